"""The output of bin/up: shown where somebody reads it, and always kept."""

import os
import subprocess
import sys
from pathlib import Path

from ops.launch.data_dir import BASE_DIR
from tests.waiting import eventually

#: More than a pipe and the console hold.
LINES = 20_000
WRITES = f"""
import sys
from pathlib import Path
from ops.launch.console import Console
with Console(Path(sys.argv[1])) as console:
    for number in range({LINES}):
        console.line("vote", f"line {{number}}")
    print("written", file=sys.stderr, flush=True)
    sys.stdin.readline()
    console.line("vote", "the last one")
"""


def started(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITES, str(folder)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=BASE_DIR, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def test_a_terminal_that_nobody_reads_stops_nothing(tmp_path: Path):
    with started(tmp_path) as console:
        assert console.stderr
        assert console.stderr.readline() == "written\n"
        shown, _ = console.communicate("\n", timeout=30)
    lines = shown.splitlines()
    assert (console.returncode, lines[0]) == (0, "vote     | line 0")
    told = [line for line in lines if line.endswith(f"lines were left out here: they are in {tmp_path}/up.log")]
    left_out = sum(int(line.split("|")[1].split()[0]) for line in told)
    assert told
    assert left_out + len(lines) - len(told) == LINES + 1
    kept = (tmp_path / "up.log").read_text()
    assert (kept.count("\n"), kept.endswith("the last one\n")) == (LINES + 1, True)


def test_it_ends_though_nobody_reads(tmp_path: Path):
    with started(tmp_path) as console:
        assert console.stdin
        console.stdin.close()
        eventually(lambda: console.poll() is not None, 30, "the end")
        assert console.stdout
        os.set_blocking(console.stdout.fileno(), False)
        assert console.stdout.readline() == "vote     | line 0\n"
    assert console.returncode == 0

"""`manage.py drill`, as a person or a program calls it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError, call_command

from ops.drill import release
from ops.drill.management.commands import drill
from ops.launch.data_dir import BASE_DIR
from tests.waiting import eventually

MANAGE = str(BASE_DIR / "bin" / "manage")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kill-everybody"], "There is no drill 'kill-everybody'. There are: kill-worker, "),
        (["all", "--seconds", "0"], "--seconds 0: must be 1 to 600."),
        (["all", "--rate", "5000"], "--rate 5000: must be 1 to 1000."),
        (["random", "--kills", "0"], "--kills 0: must be 1 or more."),
    ],
)
def test_what_can_not_be_run_is_said_in_a_sentence(arguments: list[str], said: str):
    with pytest.raises(CommandError) as refused:
        call_command("drill", *arguments)

    assert str(refused.value).startswith(said)


def test_slow_needs_somebody_at_a_terminal():
    asked = [MANAGE, "drill", "kill-redis", "--slow"]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "CommandError: --slow waits for Enter, so its input must be a terminal."


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere/drill.html", "there is no folder {folder}/nowhere."),
        ("", "can't be written: Is a directory."),
        ("x" * 300, "can't be written: File name too long."),
    ],
)
def test_a_report_that_can_not_be_written_is_said_before(tmp_path: Path, name: str, why: str):
    file = tmp_path / name
    with pytest.raises(CommandError) as refused:
        call_command("drill", "kill-redis", "--report", str(file))

    assert str(refused.value) == f"--report {file}: {why.format(folder=tmp_path)}"


def test_a_drill_that_does_not_begin_leaves_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old, new = tmp_path / "old.html", tmp_path / "new.html"
    old.write_text("of yesterday")
    monkeypatch.setattr(release, "BASE_DIR", tmp_path)
    for file in (old, new):
        with pytest.raises(CommandError, match="An earlier release comes out of git"):
            call_command("drill", "rolling-upgrade", "--report", str(file))

    assert (old.read_text(), new.exists()) == ("of yesterday", False)


@pytest.mark.parametrize(("old", "name"), [("kill-web", "kill-vote"), ("pause-web", "pause-vote")])
def test_a_drill_is_found_under_its_old_name(old: str, name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(CommandError, match=r"^--seconds 0:"):
        call_command("drill", old, "--seconds", "0")

    assert capsys.readouterr().err == f"The drill {old} is called {name} now.\n"


def test_what_is_not_installed_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drill, "_NEEDED", ("psutil", "a_package_that_is_not_there"))

    with pytest.raises(CommandError) as refused:
        call_command("drill", "all")

    assert str(refused.value) == (
        "Drills need requirements-dev.txt, and there is no a_package_that_is_not_there. Use bin/manage."
    )


@pytest.mark.slow
def test_json_is_all_that_a_program_gets():
    done = subprocess.run(
        [MANAGE, "drill", "random", "--seconds", "4", "--kills", "3", "--seed", "7", "--json"],
        capture_output=True,
        text=True,
        timeout=240,
    )

    (found,) = json.loads(done.stdout)
    assert (found["name"], found["seed"], found["kills"], found["clean"]) == ("random", 7, 3, True)
    assert (found["lost"], found["twice"], found["wrong"]) == (0, 0, 0)
    assert found["accepted"] == found["counted"] > 0
    assert done.returncode == 0


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for the copy, with a short name: a Unix socket will be in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextmanager
def a_drill(place: Path) -> Iterator[tuple[subprocess.Popen[str], Path, list[psutil.Process]]]:
    """A drill whose copy is running: its process, its folder, and all processes that it has started."""
    with subprocess.Popen(
        [MANAGE, "drill", "pause-redis"],
        env={**os.environ, "TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            (folder,) = eventually(lambda: list(place.glob("votingsite-drill-*")), 60, "a folder of the copy's")
            eventually((folder / "data" / "run" / "prepared").exists, 120, "a copy that is running")
            processes = psutil.Process(running.pid).children(recursive=True)
            assert len(processes) > 6
            yield running, folder, processes
        finally:
            running.kill()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's PR_SET_PDEATHSIG")
def test_a_drill_that_is_killed_leaves_no_process(place: Path):
    with a_drill(place) as (running, _, processes):
        running.kill()

        eventually(lambda: not any(_runs(process) for process in processes), 30, "the end of the copy")


@pytest.mark.slow
def test_ctrl_c_leaves_no_process_and_no_folder(place: Path):
    with a_drill(place) as (running, folder, processes):
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)

    assert running.returncode == 130
    assert errors.strip().endswith("Stopped; nothing of the copy is left.")
    assert [process for process in processes if _runs(process)] == []
    assert not folder.exists()


def _runs(process: psutil.Process) -> bool:
    """Tell whether the process still does anything. Children of a child that ended belong to process 1, and in a
    container that may be a program that never asks how they ended: they stay in the list, ended."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""The watchdog, in processes that hang and processes that do not."""

import os
import signal
import subprocess
import sys
import time

from core.web import watchdog

_PROGRAM = """
import asyncio, time
from core.web import watchdog

watchdog.HANGS_S = 2

async def main():
    watchdog.watch(asyncio.get_running_loop())
    {work}

asyncio.run(main())
print("done")
"""


def _run(work: str) -> "subprocess.Popen[str]":
    program = [sys.executable, "-c", _PROGRAM.format(work=work)]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_process_that_hangs_is_ended_and_says_so() -> None:
    with _run("time.sleep(60)") as process:
        _out, said = process.communicate(timeout=30)

    assert process.returncode == watchdog.HAS_HUNG
    assert said == "This process has not answered for 2 seconds; it exits to be restarted.\n"


def test_one_that_works_in_short_turns_is_not() -> None:
    with _run("[time.sleep(0.4) or await asyncio.sleep(0) for _ in range(10)]") as process:
        out, said = process.communicate(timeout=30)

    assert (process.returncode, out, said) == (0, "done\n", "")


def test_one_that_was_paused_is_not() -> None:
    with _run("print('here', flush=True); await asyncio.sleep(2)") as process:
        assert process.stdout
        process.stdout.readline()
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(4)  # what is waited for is that nothing happens
        os.kill(process.pid, signal.SIGCONT)
        out, said = process.communicate(timeout=30)

    assert (process.returncode, out, said) == (0, "done\n", "")

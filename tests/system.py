"""A whole running system whose parts tests may kill: the one that drills run, started and asked in less time."""

import fcntl
import json
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil

from ops.drill import system as drill
from ops.drill.system import STOP_S

__all__ = ["STOP_S", "System", "alive", "copy_of_a_started_one"]

#: Runs what it is given, each line of it one program as a JSON string; answers with a line, the traceback or nothing.
_RUNS_WHAT_IT_IS_GIVEN = """
import json, sys, traceback
from django.db import connections
from core.stores import redis
from polls.box import definitions

# What the programs print goes where errors go.
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    # As in a new process: what a test has killed meanwhile is asked anew.
    connections.close_all()
    redis.forget_client()
    definitions.cache.clear()
    try:
        exec(json.loads(line), dict(globals()))
        failure = ""
    except BaseException:
        failure = traceback.format_exc()
    print(json.dumps(failure), file=answers, flush=True)
"""


class System(drill.System):
    """A bin/up with its own ports and data folder, and a Django shell that stays as long as the system runs."""

    _shell: "subprocess.Popen[str] | None" = None

    def run(self, code: str) -> None:
        """Run Python code on it, as `bin/manage shell --command` does, in one process: each start takes a second."""
        if self._shell is None:
            self._shell = self._new_shell()
        assert self._shell.stdin
        assert self._shell.stdout
        print(json.dumps(code), file=self._shell.stdin, flush=True)
        answer = self._shell.stdout.readline()
        assert answer, f"the shell has ended: {self._shell.wait(STOP_S)}"
        failure = json.loads(answer)
        assert not failure, failure

    def _new_shell(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            **self._command("shell", "-v", "0", "-c", _RUNS_WHAT_IT_IS_GIVEN),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=drill.end_with_parent,
        )

    def stop(self, number: int = signal.SIGINT) -> int | None:
        """Stop the system as Ctrl-C does, and the shell."""
        self._end_shell()
        return super().stop(number)

    def kill_all(self) -> None:
        """Send SIGKILL to bin/up and every process that it started; stop the shell."""
        self._end_shell()
        super().kill_all()

    def _end_shell(self) -> None:
        if self._shell is not None:
            self._shell.communicate(timeout=STOP_S)
            self._shell = None


def copy_of_a_started_one(data: Path) -> Path:
    """Copy a data folder that bin/up has prepared, and stopped in order; return the copy.

    A start from it takes a third less. The first call makes that folder, one for all processes of a run.
    """
    first = Path(tempfile.gettempdir()) / "started-before"
    with first.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not first.exists():
            unfinished = first.with_suffix(".unfinished")
            with System(unfinished):
                pass
            unfinished.rename(first)
    shutil.copytree(first, data, symlinks=True, ignore=shutil.ignore_patterns("run", "log"))
    return data


def alive(processes: list[psutil.Process]) -> list[str]:
    """Return the state of those processes that still do something."""
    found = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.status()}: {process.cmdline()}")
        except psutil.NoSuchProcess:
            continue
    return found

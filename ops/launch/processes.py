"""Our processes, recognized by process id and start time: ids are used again, and any process may have any name."""

import json
import os
import signal
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from core.stores import files

#: The environment variable with the data folder, in every process started for it.
MARK = "VOTINGSITE_UP"
#: Seconds that a leftover process gets to end by itself.
_GRACE_S = 2
#: Seconds by which two readings of a process's start may differ: the clock may be set.
_SAME_START_S = 2


@dataclass(frozen=True)
class Recorded:
    """A process as it was when it was recorded."""

    pid: int
    started: float  # seconds since 1970

    @classmethod
    def of(cls, pid: int) -> "Recorded":
        """Return the process that has that id now."""
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def read(cls, path: Path) -> "Recorded | None":
        """Read a record; None if there is none, or an incomplete one."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Write the record; readers meanwhile find the old one."""
        files.write(path, json.dumps(asdict(self)))

    @property
    def process(self) -> psutil.Process | None:
        """Return the process, if it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def ids(self) -> set[int]:
        """Return its process id and those of its children, which may do the work; none if it has ended."""
        process = self.process
        try:
            return {process.pid, *(child.pid for child in process.children())} if process else set()
        except psutil.NoSuchProcess:
            return set()

    def left_over(self, mark: str) -> list[psutil.Process]:
        """Return the process and the members of its group with the data folder's mark, even if it has ended.

        The children of a killed server live on and serve its port, for instance uvicorn's.
        """
        itself = self.process
        children = [process for process in psutil.process_iter() if _belongs(process, self.pid, mark)]
        return [itself, *children] if itself else children


def _belongs(process: psutil.Process, group: int, mark: str) -> bool:
    try:
        return process.pid != group and os.getpgid(process.pid) == group and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def working_in(folder: Path, program: Path) -> list[psutil.Process]:
    """Return PostgreSQL's processes in this folder, by their program: they leave the group and the environment."""
    return [process for process in psutil.process_iter() if _works_in(process, folder, program)]


def _works_in(process: psutil.Process, folder: Path, program: Path) -> bool:
    try:
        return Path(process.cwd()) == folder.resolve() and Path(process.exe()) == program.resolve()
    except (psutil.Error, OSError):
        return False


def end(processes: Iterable[psutil.Process]) -> None:
    """Ask these processes to end, and kill those that don't within two seconds. Returns when all have ended."""
    asked = [process for process in processes if _signal(process, signal.SIGINT)]
    _, deaf = psutil.wait_procs(asked, timeout=_GRACE_S)
    psutil.wait_procs([process for process in deaf if _signal(process, signal.SIGKILL)], timeout=_GRACE_S)


def _signal(process: psutil.Process, number: signal.Signals) -> bool:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True

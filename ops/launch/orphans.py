"""Ends processes that a killed part or a killed bin/up left running."""

import psutil

from ops.launch import parts, processes
from ops.launch.data_dir import DataDir


def end(folder: DataDir, *names: str) -> None:
    """End leftover processes of the parts with these names. Harmless without any."""
    processes.end([process for name in names for process in _left_over(folder, name)])
    if "db" in names:
        # PostgreSQL's children have their own sessions, and a new server can't start while one of them lives.
        processes.end(processes.working_in(folder.postgres, parts.database(folder).program))


def end_all(folder: DataDir) -> None:
    """End all processes that the last bin/up of this folder left running."""
    end(folder, *folder.parts())


def _left_over(folder: DataDir, name: str) -> list[psutil.Process]:
    recorded = folder.recorded(name)
    return recorded.left_over(str(folder.path)) if recorded else []

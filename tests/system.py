"""A whole running system whose parts tests may kill: the one that drills run."""

import psutil

from ops.drill.system import STOP_S, System

__all__ = ["STOP_S", "System", "alive"]


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

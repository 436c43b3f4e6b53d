"""The memory that this process may use."""

from contextlib import suppress
from pathlib import Path

import psutil

#: Files with a container's limit: of cgroup 2 and cgroup 1.
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def available() -> int:
    """Return the bytes of this machine's memory, or this container's limit."""
    found = [psutil.virtual_memory().total]
    for limit in _LIMITS:
        with suppress(OSError, ValueError):  # not there, or "max"
            found.append(int(limit.read_text()))
    return min(found)

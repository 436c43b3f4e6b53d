"""How much memory this process may use."""

from contextlib import suppress
from pathlib import Path

import psutil

#: Where the kernel says what a container may have: cgroup 2, and cgroup 1.
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def available() -> int:
    """Return the bytes that this machine has, or this container may have."""
    found = [psutil.virtual_memory().total]
    for limit in _LIMITS:
        with suppress(OSError, ValueError):  # not there, or "max"
            found.append(int(limit.read_text()))
    return min(found)

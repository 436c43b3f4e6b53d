"""Limits of the machine for this user."""

import resource

from ops.entrypoint import services
from ops.launch.errors import CannotStart

#: Open files of one part, at least: each screen takes one, the part itself a hundred.
OPEN_FILES = 1024
#: Processes and threads of this user, at least.
PROCESSES = 256


def require_enough() -> None:
    """Raise the limits as far as allowed. Raises CannotStart if that is too little."""
    services.allow_open_files()
    _require(resource.RLIMIT_NOFILE, OPEN_FILES, "open files", "ulimit -n")
    _require(resource.RLIMIT_NPROC, PROCESSES, "processes", "ulimit -u")


def _require(limit: int, least: int, what: str, command: str) -> None:
    _soft, hard = resource.getrlimit(limit)
    if hard != resource.RLIM_INFINITY and hard < least:
        raise CannotStart(
            f"This user may have {hard} {what}, and {least} are needed. Raise the limit ({command} {least}, or "
            "/etc/security/limits.conf), or start in another shell."
        )

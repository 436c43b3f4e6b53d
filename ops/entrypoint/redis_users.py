"""The users of Redis: an administrator, and one user for each part with only the rights that it needs."""

from collections.abc import Mapping
from hashlib import sha256

#: All commands on data, and none on the server (settings, users, files, other clients), but for RQ's loading of
#: scripts, and INFO and CONFIG GET, which the checks and the pipeline page read.
_PARTS_MAY = (
    "~* &* +@all -@admin -@dangerous -@scripting +eval +evalsha +script|load +info +config|get +client|list "
    "+client|setname"
)
#: The user of health checks.
HEALTH = "health"


def configuration(password: str, passwords: Mapping[str, str]) -> str:
    """Return the lines of Redis's configuration for these users, by name; `password` is the administrator's.

    The file holds hashes of the passwords, which do not allow to sign in.
    """
    rights = {"default": "~* &* +@all", HEALTH: "resetkeys resetchannels -@all +ping"}
    users = {"default": password, **passwords}
    return "\n".join(
        f"user {name} on #{sha256(text.encode()).hexdigest()} {rights.get(name, _PARTS_MAY)}"
        for name, text in users.items()
    )

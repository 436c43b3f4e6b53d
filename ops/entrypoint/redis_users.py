"""The users of Redis: one that looks after it, and one for each part, which may do its work and nothing else."""

from collections.abc import Mapping
from hashlib import sha256

#: All that data needs, and nothing that is about the server (its settings, its users, its files, other clients). RQ
#: loads its scripts; INFO and CONFIG GET are what the checks and the pipeline page read.
_PARTS_MAY = (
    "~* &* +@all -@admin -@dangerous -@scripting +eval +evalsha +script|load +info +config|get +client|list "
    "+client|setname"
)
#: Who only asks whether it answers.
HEALTH = "health"


def configuration(password: str, passwords: Mapping[str, str]) -> str:
    """Return the lines of its configuration for these users, by their names; the first password is its operator's.

    Passwords stand there as hashes: who reads the file can't sign in with them.
    """
    rights = {"default": "~* &* +@all", HEALTH: "resetkeys resetchannels -@all +ping"}
    users = {"default": password, **passwords}
    return "\n".join(
        f"user {name} on #{sha256(text.encode()).hexdigest()} {rights.get(name, _PARTS_MAY)}"
        for name, text in users.items()
    )

"""The secrets of all containers: given by the environment, or there already, or random; and to each part its own.

So there is no default password, and nobody has to write a file first. One volume holds all of them, and nobody but
this service mounts it; each part has a volume of its own with what it needs.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from core.stores import files
from ops.entrypoint import redis_users, roles, secret_files
from votingsite.environment import Environment

#: Files, the variables that may give what is in them, and how many random bytes are in those that are made.
_GIVEN = [
    ("secret_key", "SECRET_KEY", 48),
    ("database", "DATABASE_PASSWORD", 32),
    ("redis", "REDIS_PASSWORD", 32),
    ("admin", "ADMIN_PASSWORD", 9),
]
#: The web services, which sign; and who signs nothing that anybody believes.
_WEB, _OTHERS = ("vote", "result"), ("worker", "migrate", "seed")
#: The database's owner, whose name is that of the database.
_OWNER = "votingsite"
#: What followed from the secrets before 0.2, when all parts read one folder.
_OLD = ("database_url", "redis_url", "redis.conf")
#: What both stores' configuration and addresses can hold.
_LEGAL = re.compile(r"[!-~]+")


def make(data: Path) -> None:
    """Make what is missing, take over what the environment gives, and hand each part its own. Harmless to repeat.

    Stores run as users of their own and read theirs as members of our group. Exits with one sentence when it can't.
    """
    environment = Environment()
    try:
        for name, variable, size in _GIVEN:
            given: str | None = environment.str(variable, None)
            if given and not _LEGAL.fullmatch(given):
                sys.exit(f"{variable} can't be used: must be letters, digits and punctuation, without spaces.")
            if given:
                files.write(data / "secrets" / name, given, files.GROUP)
            secret_files.secret(data / "secrets", name, size, files.GROUP)
        _hand_out(data / "secrets", data / "parts", environment.str("SECRET_KEY_FALLBACKS", ""))
    except OSError as error:
        sys.exit(f"The secrets can't be written to {error.filename} ({error.strerror}): the user 10001 has to own it.")


def _hand_out(all_of_them: Path, parts: Path, fallbacks: str) -> None:
    """Write into each part's folder what it needs."""

    def secret(name: str) -> str:
        return secret_files.secret(all_of_them, name, mode=files.GROUP).strip()

    for name in _OLD:
        (all_of_them / name).unlink(missing_ok=True)
    for name in _OTHERS:
        secret_files.secret(parts / name, "secret_key", 48, files.GROUP)
    for part, needed in _needs(secret, fallbacks).items():
        for name, text in needed.items():
            files.write(parts / part / name, text, files.GROUP)


def _needs(secret: Callable[[str], str], fallbacks: str) -> dict[str, dict[str, str]]:
    """Return the files of each part: addresses of the stores for ours, and what the stores check."""
    passwords = {name: secret(f"redis_{name}") for name in (*_WEB, *_OTHERS)}
    needs = {
        name: {
            "database_url": _database_url(roles.PARTS, secret("database_parts")),
            "redis_url": f"redis://{name}:{quote(password, safe='')}@redis:6379/0",
            "secret_key_fallbacks": fallbacks if name in _WEB else "",
        }
        for name, password in passwords.items()
    }
    for name in _WEB:
        needs[name]["secret_key"] = secret("secret_key")
    needs["migrate"] |= {
        "database_url": _database_url(_OWNER, secret("database")),
        "database_parts": secret("database_parts"),
        "admin": secret("admin"),
    }
    passwords[redis_users.HEALTH] = health = secret("redis_health")
    users = redis_users.configuration(secret("redis"), passwords)
    needs["redis"] = {"redis.conf": f"{users}\n", "health": health}
    needs["db"] = {"database": secret("database")}
    return needs


def _database_url(role: str, password: str) -> str:
    return f"postgres://{role}:{quote(password, safe='')}@db:5432/{_OWNER}"

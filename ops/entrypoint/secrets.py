"""The secrets of all containers, in a volume: given by the environment, or there already, or random.

So there is no default password, and nobody has to write a file first.
"""

import re
import sys
from pathlib import Path
from urllib.parse import quote

from ops.entrypoint import secret_files
from votingsite.environment import Environment

#: Files, the variables that may give what is in them, and how many random bytes are in those that are made.
_SECRETS = [
    ("secret_key", "SECRET_KEY", 48),
    ("database", "DATABASE_PASSWORD", 32),
    ("redis", "REDIS_PASSWORD", 32),
    ("admin", "ADMIN_PASSWORD", 9),
]
#: What both stores' configuration and addresses can hold.
_LEGAL = re.compile(r"[!-~]+")


def make(folder: Path) -> None:
    """Make what is missing, take over what the environment gives, and write what follows from it.

    Stores run as users of their own and read them as members of our group. Exits with one sentence when it can't.
    """
    environment = Environment()
    try:
        for name, variable, size in _SECRETS:
            given: str | None = environment.str(variable, None)
            if given and not _LEGAL.fullmatch(given):
                sys.exit(f"{variable} can't be used: must be letters, digits and punctuation, without spaces.")
            if given:
                secret_files.write(folder / name, given, secret_files.GROUP)
            secret_files.secret(folder, name, size, secret_files.GROUP)
        _write_what_follows(folder)
    except OSError as error:
        sys.exit(f"The secrets can't be written to {error.filename} ({error.strerror}): the user 10001 has to own it.")


def _write_what_follows(folder: Path) -> None:
    """Addresses of the stores for our parts, and Redis's configuration, whose command line anybody could read."""
    database, redis = ((folder / name).read_text().strip() for name in ("database", "redis"))
    escaped = redis.replace("\\", "\\\\").replace('"', '\\"')
    for name, text in {
        "database_url": f"postgres://votingsite:{quote(database, safe='')}@db:5432/votingsite",
        "redis_url": f"redis://:{quote(redis, safe='')}@redis:6379/0",
        "redis.conf": f'requirepass "{escaped}"\n',
    }.items():
        secret_files.write(folder / name, text, secret_files.GROUP)

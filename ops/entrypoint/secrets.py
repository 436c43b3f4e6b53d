"""The secrets of all containers: given by the environment, or there already, or random; and to each part its own.

So there is no default password, and nobody has to write a file first. One volume holds all of them, and nobody but
this service mounts it; each part has a volume of its own with what it needs.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from ops.entrypoint import redis_users, roles, secret_files
from votingsite.environment import Environment

#: Files, the variables that may give what is in them, and how many random bytes are in those that are made.
_GIVEN = [
    ("secret_key", "SECRET_KEY", 48),
    ("database", "DATABASE_PASSWORD", 32),
    ("redis", "REDIS_PASSWORD", 32),
    ("admin", "ADMIN_PASSWORD", 9),
    ("metrics_token", "METRICS_TOKEN", 32),
]
#: The web services, which sign; and who signs nothing that anybody believes.
_WEB, _OTHERS = ("vote", "result"), ("worker", "migrate", "seed")
#: The database's owner, whose name is that of the database.
_OWNER = "votingsite"
#: What followed from the secrets before 0.2, when all parts read one folder.
_OLD = ("database_url", "redis_url", "redis.conf")
#: What both stores' configuration and addresses can hold.
_LEGAL = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class _Stores:
    """The places of the stores: beside us, under the names of docker-compose.yml or others; or somebody else's.

    OWNER_DATABASE_URL is the owner's of a database that is there, and SHARED_REDIS_URL what all parts take.
    """

    database_host: str
    redis_host: str
    owner_url: str
    redis_url: str

    @classmethod
    def of_environment(cls, environment: Environment) -> "_Stores":
        names = {"DATABASE_SERVICE": "db", "REDIS_SERVICE": "redis", "OWNER_DATABASE_URL": "", "SHARED_REDIS_URL": ""}
        return cls(*(environment.str(name, default) for name, default in names.items()))

    def database_url(self, role: str, password: str) -> str:
        """Return the database's address for that role; the owner's of another's database is taken as it is given."""
        if self.owner_url and role == _OWNER:
            return self.owner_url
        user = f"{role}:{quote(password, safe='')}"
        if not self.owner_url:
            return f"postgres://{user}@{self.database_host}:5432/{_OWNER}"
        parts = urlsplit(self.owner_url)
        return parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}").geturl()

    def redis_url_of(self, part: str, password: str) -> str:
        """Return the address of Redis for that part."""
        return self.redis_url or f"redis://{part}:{quote(password, safe='')}@{self.redis_host}:6379/0"


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
                secret_files.write(data / "secrets" / name, given, secret_files.GROUP)
            secret_files.secret(data / "secrets", name, size, secret_files.GROUP)
        fallbacks: str = environment.str("SECRET_KEY_FALLBACKS", "")
        _hand_out(data / "secrets", data / "parts", fallbacks, _Stores.of_environment(environment))
    except OSError as error:
        sys.exit(f"The secrets can't be written to {error.filename} ({error.strerror}): the user 10001 has to own it.")


def _hand_out(all_of_them: Path, parts: Path, fallbacks: str, stores: _Stores) -> None:
    """Write into each part's folder what it needs."""

    def secret(name: str) -> str:
        return secret_files.secret(all_of_them, name, mode=secret_files.GROUP).strip()

    for name in _OLD:
        (all_of_them / name).unlink(missing_ok=True)
    for name in _OTHERS:
        secret_files.secret(parts / name, "secret_key", 48, secret_files.GROUP)
    for part, files in _needs(secret, fallbacks, stores).items():
        for name, text in files.items():
            secret_files.write(parts / part / name, text, secret_files.GROUP)


def _needs(secret: Callable[[str], str], fallbacks: str, stores: _Stores) -> dict[str, dict[str, str]]:
    """Return the files of each part: addresses of the stores for ours, and what the stores check."""
    passwords = {name: secret(f"redis_{name}") for name in (*_WEB, *_OTHERS)}
    needs = {
        name: {
            "database_url": stores.database_url(roles.PARTS, secret("database_parts")),
            "redis_url": stores.redis_url_of(name, password),
            "secret_key_fallbacks": fallbacks if name in _WEB else "",
        }
        for name, password in passwords.items()
    }
    for name in _WEB:
        needs[name] |= {"secret_key": secret("secret_key"), "metrics_token": secret("metrics_token")}
    needs["migrate"] |= {
        "database_url": stores.database_url(_OWNER, secret("database")),
        "database_parts": secret("database_parts"),
        "admin": secret("admin"),
    }
    passwords[redis_users.HEALTH] = health = secret("redis_health")
    users = redis_users.configuration(secret("redis"), passwords)
    needs["redis"] = {"redis.conf": f"{users}\n", "health": health}
    needs["db"] = {"database": secret("database")}
    return needs

"""The secrets of all containers: from the environment, or kept, or random; each part gets its own.

So there is no default password, and no file to write first. One volume holds all secrets, and only this service mounts
it; each part has its own volume with the secrets that it needs.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from core.stores import files
from ops.entrypoint import redis_users, roles, secret_files
from votingsite.environment import Environment

#: Files, the variables that may give their content, and the number of random bytes otherwise.
_GIVEN = [
    ("secret_key", "SECRET_KEY", 48),
    ("database", "DATABASE_PASSWORD", 32),
    ("redis", "REDIS_PASSWORD", 32),
    ("admin", "ADMIN_PASSWORD", 9),
    ("metrics_token", "METRICS_TOKEN", 32),
]
#: The web services, which sign cookies; and parts whose signatures nobody checks.
_WEB, _OTHERS = ("vote", "result"), ("worker", "migrate", "seed")
#: The database's owner, and the name of the database.
_OWNER = "votingsite"
#: Files that versions before 0.2 made for all parts.
_OLD = ("database_url", "redis_url", "redis.conf")
#: The characters that both stores' configuration and addresses can hold.
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
    """Make missing secrets, take those of the environment, and give each part its own. Harmless to repeat.

    Stores run as other users, and read theirs as members of our group. Exits with one sentence on errors.
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
        fallbacks: str = environment.str("SECRET_KEY_FALLBACKS", "")
        _hand_out(data / "secrets", data / "parts", fallbacks, _Stores.of_environment(environment))
    except OSError as error:
        sys.exit(f"The secrets can't be written to {error.filename} ({error.strerror}): the user 10001 has to own it.")


def _hand_out(all_of_them: Path, parts: Path, fallbacks: str, stores: _Stores) -> None:
    """Write the files of each part into its folder."""

    def secret(name: str) -> str:
        return secret_files.secret(all_of_them, name, mode=files.GROUP).strip()

    for name in _OLD:
        (all_of_them / name).unlink(missing_ok=True)
    for name in _OTHERS:
        secret_files.secret(parts / name, "secret_key", 48, files.GROUP)
    for part, needed in _needs(secret, fallbacks, stores).items():
        for name, text in needed.items():
            files.write(parts / part / name, text, files.GROUP)


def _needs(secret: Callable[[str], str], fallbacks: str, stores: _Stores) -> dict[str, dict[str, str]]:
    """Return the files of each part: URLs of the stores for our parts, and the stores' own files."""
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

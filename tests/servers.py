"""Servers for the tests alone: a throw-away data folder, in which PostgreSQL and Valkey run as bin/up runs them."""

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from core.stores.running import RunningServers
from ops.launch import network, orphans
from ops.launch.data_dir import DataDir
from ops.launch.embedded import Postgres, Valkey
from ops.launch.processes import MARK

_PREFIX = "votingsite-test-"
#: A file system in memory. Writing to a busy disk takes longer there than a test, or the system, waits for Redis.
_MEMORY = Path("/dev/shm")  # noqa: S108 -- folders in it are made by mkdtemp
#: Bytes that have to be free in memory: all tests leave about one gigabyte, from each of four processes a quarter.
_ROOM = 6 << 30


@contextmanager
def scratch() -> Iterator[None]:
    """Keep all temporary files of this process and its children in one folder, in memory if it has room.

    The folder goes away at the end. Folders that killed runs have left are removed now, after their servers are ended.
    """
    base = _MEMORY if _has_room() else Path(tempfile.gettempdir()).resolve()
    for place in {base, _MEMORY}:
        for stale in place.glob(f"{_PREFIX}*"):
            _remove(stale)
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, dir=base, ignore_cleanup_errors=True) as name,
        (Path(name) / "lock").open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ["TMPDIR"] = tempfile.tempdir = name
        yield


def _has_room() -> bool:
    if not os.access(_MEMORY, os.W_OK):
        return False
    return min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available) >= _ROOM


def _remove(stale: Path) -> None:
    """Remove a scratch folder and end its servers, unless its run goes on."""
    with suppress(OSError), (stale / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for mark in stale.glob("**/run/lock"):
            orphans.end_all(DataDir(mark.parent.parent))
        shutil.rmtree(stale)


@contextmanager
def _throw_away(ports: Sequence[int]) -> Iterator[dict[str, str]]:
    """Run both servers; yields the environment in which settings.py finds them. The folder goes away at the end."""
    with ExitStack() as stack:
        folder = DataDir(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="servers-"))).resolve())
        folder.make()
        stack.enter_context(folder.locked())
        running = _addresses(folder, *ports)
        running.write(folder.path)
        environment = {"DATA_DIR": str(folder.path), MARK: str(folder.path)}
        stack.callback(orphans.end_all, folder)
        for name in ("db", "redis"):
            _start(name, folder, environment)
        yield {
            **environment,
            "DATABASE_URL": running.database_url,
            "REDIS_URL": running.redis_url,
            "SECRET_KEY": running.secret_key,
        }


@contextmanager
def throw_away_several(count: int) -> Iterator[list[dict[str, str]]]:
    """Run that many pairs of servers at once, each in a folder of its own; yields the environment of each."""
    # All at once: of two searches, the second may find what the server of the first does not hold yet.
    ports = network.free_ports(2 * count)
    with ExitStack() as stack:
        yield [stack.enter_context(_throw_away(ports[2 * number : 2 * number + 2])) for number in range(count)]


def last_words(environment: Mapping[str, str]) -> str:
    """Return the end of the database's log."""
    lines = (DataDir(Path(environment["DATA_DIR"])).log / "db.log").read_text(errors="replace").splitlines()
    return "\n".join(lines[-5:]) or "Its log is empty."


def _addresses(folder: DataDir, database_port: int, redis_port: int) -> RunningServers:
    return RunningServers(
        database_url=Postgres(folder.postgres, database_port, folder.secret("database")).url,
        database_port=database_port,
        redis_url=Valkey(folder.redis, redis_port, folder.secret("redis")).url,
        redis_port=redis_port,
        secret_key=secrets.token_urlsafe(48),
    )


def _start(name: str, folder: DataDir, environment: dict[str, str]) -> None:
    with (folder.log / f"{name}.log").open("wb") as log:
        subprocess.Popen(
            [sys.executable, "-m", "ops.launch.part", name],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Its own group: Ctrl-C is for the tests, the servers are ended afterwards.
            process_group=0,
        )

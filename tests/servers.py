"""Servers for the tests alone: a throw-away data folder, in which PostgreSQL and Valkey run as bin/up runs them."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from core.stores.running import RunningServers
from ops.launch import network, orphans
from ops.launch.data_dir import DataDir
from ops.launch.embedded import Postgres, Valkey
from ops.launch.errors import CannotStart
from ops.launch.processes import MARK

_PREFIX = "votingsite-test-"


@contextmanager
def throw_away() -> Iterator[dict[str, str]]:
    """Run both servers; yields the environment in which settings.py finds them. The folder goes away at the end."""
    _clean_up()
    with ExitStack() as stack:
        folder = DataDir(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX))).resolve())
        folder.make()
        stack.enter_context(folder.locked())
        running = _addresses(folder)
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
    with ExitStack() as stack:
        yield [stack.enter_context(throw_away()) for _ in range(count)]


def _clean_up() -> None:
    """End what a killed run left behind."""
    for path in Path(tempfile.gettempdir()).resolve().glob(f"{_PREFIX}*"):
        folder = DataDir(path)
        with suppress(CannotStart, OSError), folder.locked():
            orphans.end_all(folder)


def _addresses(folder: DataDir) -> RunningServers:
    database_port, redis_port = network.free_ports(2)
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

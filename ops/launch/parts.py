"""The processes of the parts."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.stores.running import RunningServers
from ops.entrypoint import services
from ops.launch.data_dir import BASE_DIR, DataDir
from ops.launch.embedded import Postgres, Valkey


@dataclass(frozen=True)
class Part:
    """A process: its command, its folder, and its environment."""

    command: list[str]
    directory: Path = BASE_DIR
    environment: dict[str, str] = field(default_factory=dict)
    #: Whether it waits for tables and static files.
    after_prepare: bool = False


def database(folder: DataDir) -> Postgres:
    """Return the embedded PostgreSQL of this data folder."""
    return Postgres(folder.postgres, RunningServers.read(folder.path).database_port, folder.secret("database"))


#: The parts with their own users in the stores.
OURS = ("vote", "result", "worker")


def redis(folder: DataDir) -> Valkey:
    """Return the embedded Valkey of this data folder."""
    return valkey(folder, RunningServers.read(folder.path).redis_port)


def valkey(folder: DataDir, port: int) -> Valkey:
    """Return the embedded Valkey on a port that is not recorded yet."""
    passwords = {name: folder.secret(f"redis_{name}") for name in OURS}
    return Valkey(folder.redis, port, folder.secret("redis"), passwords)


def _db(folder: DataDir) -> Part:
    server = database(folder)
    server.make_ready()
    return Part(server.command())


def _redis(folder: DataDir) -> Part:
    server = redis(folder)
    server.make_ready()
    return Part(server.command(), directory=server.folder)


def _prepare(folder: DataDir) -> Part:
    return Part([sys.executable, "-m", "ops.launch.wait_until_ready"])


def _vote(folder: DataDir) -> Part:
    running = RunningServers.read(folder.path)
    return _ours(services.vote(running.host, running.vote_port))


def _result(folder: DataDir) -> Part:
    running = RunningServers.read(folder.path)
    return _ours(services.result(running.host, running.result_port))


def _worker(folder: DataDir) -> Part:
    return _ours(services.worker())


def _ours(command: services.Command) -> Part:
    return Part(command.arguments, environment=command.environment, after_prepare=True)


_MAKERS: dict[str, Callable[[DataDir], Part]] = {
    "db": _db,
    "redis": _redis,
    "prepare": _prepare,
    "vote": _vote,
    "result": _result,
    "worker": _worker,
}


def make(name: str, folder: DataDir) -> Part:
    """Return the part of that name (`vote`, `worker-2`), with its files prepared. Raises CannotStart."""
    return _MAKERS[name.partition("-")[0]](folder)

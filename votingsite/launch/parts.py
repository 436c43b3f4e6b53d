"""The parts: what each one's process is."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from votingsite.embedded import Postgres, Valkey
from votingsite.launch.folder import BASE_DIR, DataFolder
from votingsite.servers import RunningServers


@dataclass(frozen=True)
class Part:
    """One process: its command, where it runs, and what it is told."""

    command: list[str]
    directory: Path = BASE_DIR
    environment: dict[str, str] = field(default_factory=dict)
    #: Whether it waits until tables and static files are there.
    after_prepare: bool = False


def database(folder: DataFolder) -> Postgres:
    """The embedded PostgreSQL of this data folder."""
    return Postgres(folder.postgres, RunningServers.read(folder.path).database_port, folder.secret("database"))


def redis(folder: DataFolder) -> Valkey:
    """The embedded Valkey of this data folder."""
    return Valkey(folder.redis, RunningServers.read(folder.path).redis_port, folder.secret("redis"))


def _db(folder: DataFolder) -> Part:
    server = database(folder)
    server.make_ready()
    return Part(server.command())


def _redis(folder: DataFolder) -> Part:
    server = redis(folder)
    server.make_ready()
    return Part(server.command(), directory=server.folder)


def _prepare(folder: DataFolder) -> Part:
    return Part(_python("-m", "votingsite.launch.prepare"))


def _vote(folder: DataFolder) -> Part:
    running = RunningServers.read(folder.path)
    arguments = [
        *("--interface", "wsgi", "--host", running.host, "--port", str(running.vote_port)),
        *("--workers", "1", "--blocking-threads", "16"),  # unset means 512 threads
        *("--workers-kill-timeout", "4", "--respawn-failed-workers"),  # seconds; unset waits for ever
        *("--no-ws", "--log-level", "error"),
    ]
    return _door("vote", "-m", "granian", "votingsite.wsgi:application", *arguments)


def _result(folder: DataFolder) -> Part:
    running = RunningServers.read(folder.path)
    arguments = [
        *("--host", running.host, "--port", str(running.result_port)),
        *("--ws", "websockets-sansio", "--ws-max-size", "4096"),  # bytes; pages send next to nothing
        *("--timeout-graceful-shutdown", "3"),  # seconds
        # Who is behind a proxy is settled by TRUSTED_PROXIES, alike at both doors.
        *("--no-proxy-headers", "--lifespan", "off", "--no-access-log", "--log-level", "warning"),
    ]
    return _door("result", "-m", "uvicorn", "votingsite.asgi:application", *arguments)


def _worker(folder: DataFolder) -> Part:
    # rqworker ignores the queue's own SERIALIZER and would pickle.
    arguments = ["rqworker", "default", "--serializer", "rq.serializers.JSONSerializer"]
    # What is counted is said by polls.counting; RQ would say four lines a job.
    arguments += ["--verbosity", "0"]
    return Part(_python("manage.py", *arguments), after_prepare=True)


def _door(name: str, *arguments: str) -> Part:
    return Part(_python(*arguments), environment={"DOOR": name}, after_prepare=True)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


_MAKERS: dict[str, Callable[[DataFolder], Part]] = {
    "db": _db,
    "redis": _redis,
    "prepare": _prepare,
    "vote": _vote,
    "result": _result,
    "worker": _worker,
}


def make(name: str, folder: DataFolder) -> Part:
    """The part of that name (`vote`, `worker-2`), its files made ready. Raises CannotStart."""
    return _MAKERS[name.partition("-")[0]](folder)

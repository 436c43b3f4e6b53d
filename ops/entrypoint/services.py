"""The commands of our parts, the same on one machine (bin/up) and in containers."""

import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from core.web.texts import whole_number

#: Open files of one part, if the machine allows it: a result process has a socket for each screen.
_OPEN_FILES = 65536


@dataclass(frozen=True)
class Command:
    """The command of a part's process, run in the project's folder, and its additional environment."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def vote(host: str, port: int) -> Command:
    """Return the command of the vote service."""
    return _web_service("vote", host, port, "--ws", "none")


def result(host: str, port: int) -> Command:
    """Return the command of the result service."""
    # Frames are encoded once for all screens, so they can't be compressed for each.
    websockets = ("--ws", "core.web.frames:Line", "--ws-per-message-deflate", "false")
    return _web_service("result", host, port, *websockets, "--ws-max-size", "4096")  # bytes; pages send next to nothing


def _web_service(role: str, host: str, port: int, *arguments: str) -> Command:
    number = processes(role)
    # By default uvicorn takes :: as IPv6 only, but as both with several processes.
    listens_at = "" if host == "::" and number == 1 else host
    shared = [
        *("--host", listens_at, "--port", str(port), "--backlog", "4096"),
        *("--loop", "uvloop", "--http", "core.web.connections:Connection"),
        *("--timeout-graceful-shutdown", "3"),  # seconds
        # core.web.connections closes idle connections itself, after reading what has arrived.
        *("--timeout-keep-alive", "3600"),  # seconds
        # TRUSTED_PROXIES decides whose proxy headers count.
        *("--no-proxy-headers", "--lifespan", "on", "--no-server-header"),
        # Its warnings are about faults of clients, a line for each.
        *("--no-access-log", "--log-level", "error"),
    ]
    if number > 1:
        # uvicorn restarts a process that ends, or hangs for so many seconds.
        shared += ["--workers", str(number), "--timeout-worker-healthcheck", "10"]
    return Command(_python("-m", "uvicorn", "votingsite.asgi:application", *shared, *arguments), {"ROLE": role})


class BadNumberError(Exception):
    """An illegal number of processes, with a sentence for people."""


#: The default number of processes for each eight cores; the stores and the kernel need the others.
_OF_EIGHT = {"vote": 3, "result": 2, "worker": 1}
#: The variables that override it.
VARIABLES = {"vote": "VOTE_PROCESSES", "result": "RESULT_PROCESSES", "worker": "WORKERS"}
#: More processes of a part on one machine don't help.
MOST_PROCESSES = 32


def processes(role: str) -> int:
    """Return the number of processes of a part: VOTE_PROCESSES, RESULT_PROCESSES or WORKERS, else by the cores.

    Raises BadNumberError.
    """
    text = os.environ.get(VARIABLES[role], "")
    if not text:
        return max(1, _cores() * _OF_EIGHT[role] // 8)
    if number := whole_number(text, MOST_PROCESSES):
        return number
    raise BadNumberError(f"{VARIABLES[role]} is {text!r}: must be 1 to {MOST_PROCESSES}.")


def _cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker() -> Command:
    """Return the command of a worker."""
    # rqworker ignores the queue's SERIALIZER and would pickle. Our worker checks what it needs by itself.
    arguments = ["rqworker", "default", "--serializer", "rq.serializers.JSONSerializer", "--skip-checks"]
    # polls.counting.drain logs what is counted; RQ would log four lines a job.
    return Command(_python("manage.py", *arguments, "--verbosity", "0"), {"ROLE": "worker"})


def become(arguments: list[str], environment: Mapping[str, str]) -> NoReturn:
    """Become that program, with the same process id and these additional variables."""
    allow_open_files()
    os.execvpe(arguments[0], arguments, {**os.environ, **environment})  # noqa: S606


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def allow_open_files() -> None:
    """Raise this process's limit of open files, as far as the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

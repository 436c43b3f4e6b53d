"""How each part of ours is started: the same on one machine (bin/up) and in containers."""

import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from core.web.texts import whole_number

#: Open files of one part, where the machine allows it: a result process has a socket for each screen.
_OPEN_FILES = 65536


@dataclass(frozen=True)
class Command:
    """The command of a part's process, in the project's folder, and its additions to the environment."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def vote(host: str, port: int) -> Command:
    """The vote service."""
    return _web_service("vote", host, port, "--ws", "none")


def result(host: str, port: int) -> Command:
    """The result service."""
    # Frames are encoded once for all screens, so none is compressed for one of them.
    websockets = ("--ws", "core.web.frames:Line", "--ws-per-message-deflate", "false")
    return _web_service("result", host, port, *websockets, "--ws-max-size", "4096")  # bytes; pages send next to nothing


def _web_service(role: str, host: str, port: int, *arguments: str) -> Command:
    number = processes(role)
    # By itself uvicorn takes :: for IPv6 alone, and, with several processes, for both.
    listens_at = "" if host == "::" and number == 1 else host
    shared = [
        *("--host", listens_at, "--port", str(port), "--backlog", "4096"),
        *("--loop", "uvloop", "--http", "core.web.connections:Connection"),
        *("--timeout-graceful-shutdown", "3"),  # seconds
        # Connection ends idle ones, and reads first what has come meanwhile.
        *("--timeout-keep-alive", "3600"),  # seconds
        # Who is behind a proxy is settled by TRUSTED_PROXIES, alike at both web services.
        *("--no-proxy-headers", "--lifespan", "off", "--no-server-header"),
        # Its warnings are about what clients do wrong, one line for each of them.
        *("--no-access-log", "--log-level", "error"),
    ]
    if number > 1:
        # uvicorn starts one again that ends or hangs, after so many seconds without a sign of life.
        shared += ["--workers", str(number), "--timeout-worker-healthcheck", "10"]
    return Command(_python("-m", "uvicorn", "votingsite.asgi:application", *shared, *arguments), {"ROLE": role})


class BadNumberError(Exception):
    """A number of processes that can't be, in a sentence for people."""


#: Of eight cores, how many processes each part has by itself; the stores and the kernel need the others.
_OF_EIGHT = {"vote": 3, "result": 2, "worker": 1}
#: What says otherwise.
VARIABLES = {"vote": "VOTE_PROCESSES", "result": "RESULT_PROCESSES", "worker": "WORKERS"}
#: More of one part on one machine help nobody.
MOST_PROCESSES = 32


def processes(role: str) -> int:
    """How many processes that part has: VOTE_PROCESSES, RESULT_PROCESSES or WORKERS, else what fits the cores.

    Raises BadNumberError.
    """
    text = os.environ.get(VARIABLES[role], "")
    if not text:
        return max(1, _cores() * _OF_EIGHT[role] // 8)
    if number := whole_number(text, MOST_PROCESSES):
        return number
    raise BadNumberError(f"{VARIABLES[role]} is {text!r}. Legal are 1 to {MOST_PROCESSES}.")


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker() -> Command:
    """A worker."""
    # rqworker ignores the queue's own SERIALIZER and would pickle.
    arguments = ["rqworker", "default", "--serializer", "rq.serializers.JSONSerializer"]
    # What is counted is said by polls.counting.drain; RQ would say four lines a job.
    return Command(_python("manage.py", *arguments, "--verbosity", "0"), {"ROLE": "worker"})


def become(arguments: list[str], environment: Mapping[str, str]) -> NoReturn:
    """Go on as that program, under this process's id, with these variables added to the environment."""
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

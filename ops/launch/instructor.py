"""Carries out an instructor's requests, and records what happens to the parts (core.telemetry.control).

Threads of bin/up do all of it. They outlive every part, so a paused part is resumed, and a killed part waited for, even
if it is the web service that was asked.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import psutil

from core.telemetry import control
from core.telemetry.control import Do, Request, Stage
from ops.launch import answering
from ops.launch.data_dir import BASE_DIR, DataDir
from ops.launch.event_log import EventLog

#: Supervisor's names of parts that have other names for people.
_NAMES = {"postgres": "db"}
#: Seconds in which the web service that was asked sends its answer, before it may be paused or killed.
_ANSWER_S = 0.5
#: Seconds after the end of a pause at which the parts are resumed even if bin/up was killed.
_GUARD_S = 2
#: Seconds between two checks whether a part is back: at first, and after a while.
_OFTEN_S, _SELDOM_S = 0.1, 1.0


class Instructor:
    """Reads requests and carries them out, each in its own thread."""

    def __init__(self, folder: DataDir, names: Sequence[str]) -> None:
        """`names` are supervisor's names of the parts that bin/up runs."""
        self._folder = folder
        self._names = list(names)
        self._log = EventLog(folder.path, [part for part in control.PARTS if self._processes_of(part)])
        self._lock = threading.Lock()
        #: Names of processes that are down and waited for.
        self._down: set[str] = set()
        self._paused: set[psutil.Process] = set()
        #: Running programs of its own, each the leader of a process group.
        self._programs: set[subprocess.Popen[bytes]] = set()
        self._is_over = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read requests during this block; at its end all paused parts are resumed."""
        pipe = control.pipe(self._folder.path)
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe, 0o600)
        _in_thread(self._read)
        try:
            yield
        finally:
            self.stop()
            pipe.unlink(missing_ok=True)

    def stop(self) -> None:
        """Resume all paused parts, so that they can end, and stop waiting."""
        self._is_over.set()
        with self._lock:
            _each(self._paused, psutil.Process.resume)
            for program in self._programs:
                _kill_group(program)

    def has_ended(self, name: str, how: str) -> None:
        """Record that a part has ended, unless it was killed on request, and when it is back."""
        with self._lock:
            if name in self._down or name not in self._names:
                return
            self._down.add(name)
        event = self._log.begin(control.ENDED, name, how=how)
        _in_thread(self._wait_back, event, [name], self._ids([name]))

    def _read(self) -> None:
        # Opened for writing too, so that the pipe does not end with its last writer.
        with control.pipe(self._folder.path).open("r+b", buffering=0) as pipe:
            for line in iter(pipe.readline, b""):
                request = Request.read(line)
                event = self._log.begin_request(request) if request else None
                if request and event:
                    _in_thread(self._do, request, event)

    def _do(self, request: Request, event: int) -> None:
        match request.do:
            case Do.VOTES:
                self._send_votes(request, event)
            case Do.PAUSE:
                self._pause(request, event)
            case Do.KILL:
                self._kill(request, event)

    def _kill(self, request: Request, event: int) -> None:
        names = self._processes_of(request.subject)
        with self._lock:
            self._down.update(names)
        time.sleep(_ANSWER_S)
        killed = self._ids(names)
        processes = self._running(names)
        self._log.change(event, at=time.time())
        _each(processes, psutil.Process.kill)
        self._wait_back(event, names, killed)

    def _pause(self, request: Request, event: int) -> None:
        names = self._processes_of(request.subject)
        time.sleep(_ANSWER_S)
        self._log.change(event, at=time.time())
        processes = self._halted(names)
        # They are resumed even if bin/up is killed meanwhile. The kernel wakes the processes that this orphans, but
        # not Postgres's children, which have their own sessions.
        ids = " ".join(str(process.pid) for process in processes)
        with self._program("/bin/sh", "-c", f"sleep {request.seconds + _GUARD_S}; kill -CONT {ids}"):
            _each(processes, psutil.Process.suspend)
            self._is_over.wait(request.seconds)
            _each(processes, psutil.Process.resume)
        with self._lock:
            self._paused.difference_update(processes)
        self._wait_back(event, names, {})

    def _halted(self, names: Sequence[str]) -> list[psutil.Process]:
        """Pause the processes of these parts; return them and their children, which still run."""
        # A paused process starts no further children, so none is missed.
        with self._lock:
            parents = self._recorded(names)
            self._paused.update(parents)
            _each(parents, psutil.Process.suspend)
            processes = self._running(names)
            self._paused.update(processes)
        return processes

    def _send_votes(self, request: Request, event: int) -> None:
        """Let a child process send them; it reports in lines of JSON, the last one with the end."""
        # Supervisor reaps every child, so the exit code is not available here.
        stage = None
        with self._program(sys.executable, "-m", "ops.drill.crowd", request.subject, str(control.VOTES)) as crowd:
            assert crowd.stdout
            for line in crowd.stdout:
                with suppress(ValueError):
                    said = json.loads(line)
                    stage = said.pop("stage", None)
                    self._log.change(event, detail=said)
        self._log.end(event, Stage.DONE if stage == Stage.DONE else Stage.FAILED)

    @contextmanager
    def _program(self, *command: str) -> "Iterator[subprocess.Popen[bytes]]":
        """Run a program that ends with this block or with bin/up, and receives no Ctrl-C."""
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(command, cwd=BASE_DIR, stdin=nothing, stdout=pipe, process_group=0) as program:
            with self._lock:
                self._programs.add(program)
            try:
                yield program
            finally:
                _kill_group(program)
                with self._lock:
                    self._programs.discard(program)

    def _wait_back(self, event: int, names: Sequence[str], killed: Mapping[str, int]) -> None:
        """Wait until these parts are ready, killed ones as new processes, and record when."""
        began = time.monotonic()
        while self._are_old(killed) or answering.trouble_of_all(self._folder, names):
            if self._is_over.wait(_OFTEN_S if time.monotonic() - began < 10 else _SELDOM_S):
                return
        with self._lock:
            self._down.difference_update(names)
        self._log.end(event)

    def _ids(self, names: Iterable[str]) -> dict[str, int]:
        """Return the recorded process ids of these parts, running or not."""
        return {name: recorded.pid for name in names if (recorded := self._folder.recorded(name))}

    def _are_old(self, killed: Mapping[str, int]) -> bool:
        ids = self._ids(killed)
        return any(ids.get(name) == pid for name, pid in killed.items())

    def _processes_of(self, part: str) -> list[str]:
        """Return supervisor's names of a part's processes; none for a part that bin/up does not run."""
        own = _NAMES.get(part, part)
        return [name for name in self._names if name.partition("-")[0] == own]

    def _running(self, names: Sequence[str]) -> list[psutil.Process]:
        """Return the processes of these parts, each before its children."""
        found: list[psutil.Process] = []
        for process in self._recorded(names):
            with suppress(psutil.NoSuchProcess):
                found += [process, *process.children(recursive=True)]
        return found

    def _recorded(self, names: Iterable[str]) -> list[psutil.Process]:
        """Return the running processes of these parts, without their children."""
        recorded = (self._folder.recorded(name) for name in names)
        return [one.process for one in recorded if one and one.process]


def _in_thread(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, name="instructor", daemon=True).start()


def _each(processes: Iterable[psutil.Process], do: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            do(process)


def _kill_group(program: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)

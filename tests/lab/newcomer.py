"""A newcomer with a fresh clone: a shell in one window, and bin/up in others."""

import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Self

from ops.drill.system import end_with_parent
from ops.launch import network, orphans
from ops.launch.data_dir import BASE_DIR, DataDir
from ops.launch.environment import without_ours
from tests.lab.matching import mismatch
from tests.lab.pages import CTRL_C, Command
from tests.system import copy_of_a_started_one

#: Seconds without a line of a command: the longest is a drill, on a busy machine.
_SILENT_S = 180
#: Seconds for a command that only reads to say what the page says; it is asked again and again.
_CHANGE_S = 60
#: The last line of a start of bin/up.
_STARTED = "Ctrl-C stops everything; the data stays."
#: Not part of a clone.
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "var", "node_modules", ".*_cache", ".hypothesis")

_UP = re.compile(r"^(?:\w+=(?:'[^']*'|\S*) )*bin/up\b(?!.* --help)")
_DATA = re.compile(r"--data (\S+)")
#: A port of ours in an address, or alone as an argument.
_PORT = re.compile(r"(?<=127\.0\.0\.1:|localhost:)(?:8080|8081)\b|(?<=\s)(?:8080|8081)(?!\S)")
#: Changes nothing, so that it may be asked until the system has got so far. `number`, `stored`, `ledger`: of lessons.
_READS = re.compile(
    r"^(?:bin/manage (?:pipeline|audit|dbshell -- -c 'SELECT|redis (?:XLEN|XRANGE|H?M?GET|LRANGE|KEYS))"
    r"|curl -s\S* (?:-\S+ )*\S+/(?:\w+\.json|readyz)|tail|cat|ls|grep|number|stored|ledger"
    r"|docker (?:compose (?:ps|exec (?:db psql|\w+ python manage\.py))|(?:network|volume) (?:ls|inspect)))\b"
)


class OutOfDate(AssertionError):
    """A lesson prints another output than its command has."""


class Newcomer:
    """Types the commands of a lesson. Use it as a context manager."""

    def __init__(self, folder: Path, **variables: str) -> None:
        """`folder` is where the clone is made; it must not exist. Adds variables to those of the shell."""
        shutil.copytree(BASE_DIR, folder, ignore=_LEFT_OUT, symlinks=True)
        (folder / ".venv").symlink_to(sys.prefix)
        self.folder = folder
        vote, result = network.free_ports(2)
        #: The ports that pages name, and those that are free here.
        self._ports = {"8080": str(vote), "8081": str(result)}
        self._up: list[Window] = []
        self._environment = {name: os.environ[name] for name in without_ours(os.environ)} | variables
        self._shell = Window(["bash", "--noprofile", "--norc"], folder, self._environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._up:
            self._up.pop().interrupt()
        self._shell.close()
        for data in self.folder.glob("var/**/run"):
            orphans.end_all(DataDir(data.parent))

    def type(self, page: Path, command: Command) -> None:
        """Run a command of a page. Raises OutOfDate if it says something else than the page."""
        deadline = time.monotonic() + (_CHANGE_S if _READS.match(command.text) else 0)
        while True:
            got = [self._as_printed(line) for line in self._run(command)]
            wrong = mismatch(command.output, got)
            if wrong is None:
                return
            if time.monotonic() > deadline:
                raise OutOfDate(difference(page, command, got, wrong))
            time.sleep(0.2)

    def _run(self, command: Command) -> list[str]:
        if command.text == CTRL_C:
            return self._up.pop().interrupt()
        if _UP.match(command.text):
            return self._start(command.text)
        return self._in_shell(command)

    def _in_shell(self, command: Command) -> list[str]:
        return self._shell.run(self._with_free_ports(command.text))

    def _start(self, text: str) -> list[str]:
        data = self.folder / (found[1] if (found := _DATA.search(text)) else "var")
        if not data.exists():
            # Not a first start, which takes longer and which other tests have.
            copy_of_a_started_one(data)
        ports = [
            f"{option} {port}" for option, port in zip(("--port", "--result-port"), self._ports.values(), strict=True)
        ]
        window = Window(["bash", "-c", f"exec env {text} {' '.join(ports)}"], self.folder, self._environment)
        said, runs = window.read_to(_STARTED)
        if runs:
            self._up.append(window)
        else:
            window.close()
        return said

    def _with_free_ports(self, text: str) -> str:
        return _PORT.sub(lambda found: self._ports[found[0]], text)

    def _as_printed(self, line: str) -> str:
        for printed, real in self._ports.items():
            line = re.sub(rf"\b{real}\b", printed, line)
        return line


class Window:
    """A terminal window with one program, whose output and errors come in one stream."""

    def __init__(self, program: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            program,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        #: Lines that were not read yet, and None at the end of the program.
        self._said: SimpleQueue[str | None] = SimpleQueue()
        # All the time: a program that nobody reads stops when the pipe is full.
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def run(self, command: str) -> list[str]:
        """Type a command into the shell that runs here; return its output. The shell keeps variables and functions."""
        assert self._process.stdin
        end = secrets.token_hex(8)
        typed = f"eval {shlex.quote(command)} </dev/null; printf '\\n%s\\n' {end}"
        print(typed, file=self._process.stdin, flush=True)
        said, runs = self.read_to(end)
        assert runs, f"{command} has ended the shell"
        del said[-1]
        # The empty line before it is ours, or ends a line that the command has left open.
        return said[:-1] if said and not said[-1] else said

    def read_to(self, end: str | None) -> tuple[list[str], bool]:
        """Return the output to the line that ends so, and True; or to the end of the program, and False.

        Raises queue.Empty after three silent minutes.
        """
        said: list[str] = []
        while (line := self._said.get(timeout=_SILENT_S)) is not None:
            said.append(line)
            if end and line.endswith(end):
                return said, True
        return said, False

    def interrupt(self) -> list[str]:
        """Press Ctrl-C; return what the program says until it ends."""
        self._process.send_signal(signal.SIGINT)
        said, _ = self.read_to(None)
        self.close()
        return said

    def close(self) -> None:
        """Close the window, with all that was started in it."""
        with self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._said.put(line.rstrip("\n"))
        self._said.put(None)


def difference(page: Path, command: Command, got: Sequence[str], wrong: int) -> str:
    """Say what is out of date: file, line, command, expected, got."""
    expected = [f"{'>' if n == wrong else ' '} {line}" for n, line in enumerate(command.output)]
    if wrong == len(command.output):
        expected.append("> (nothing more)")
    lines = [
        f"{page.relative_to(BASE_DIR)}:{command.line}: the lesson is out of date",
        f"$ {command.text}",
        "expected (> is the first line that is not there):",
        *expected,
        "got:",
        *(f"  {line}" for line in got),
    ]
    return "\n".join(lines)

"""The log of all parts, each line under its part's name: in colours on the terminal, and in a rotated file."""

import logging
import os
import queue
import re
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Thread
from typing import Self

#: Bytes of a line at most; a part's longer lines are split.
_LONGEST_LINE = 16 * 1024
#: Lines that wait for a terminal that is not read, such as after Ctrl-S; more are left out there.
_MOST_WAITING = 2000
#: Seconds that it has at the end to show what waits.
_PATIENCE_S = 2
_COLOURS = {"db": 34, "redis": 31, "vote": 32, "result": 36, "worker": 35}  # of ANSI terminals


class _Coloured(logging.Formatter):
    """Gives each name a colour."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the library's name
        line = super().formatMessage(record)
        prefix, bar, text = line.partition("|")
        colour = _COLOURS.get(record.name.partition("-")[0], 1)
        return f"\x1b[{colour}m{prefix}{bar}\x1b[0m{text}"


class _WithoutPassword(logging.Formatter):
    """Removes the password that the terminal shows once: logs are kept, and read by others."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the library's name
        return re.sub(r"\(admin / [^)]*\)", "(admin / ...)", super().formatMessage(record))


class _Terminal(logging.Handler):
    """Writes to a terminal or pipe in a thread of its own: one that nobody reads must not stop the system."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log
        self._waiting: queue.Queue[str | None] = queue.Queue(_MOST_WAITING)
        self._left_out = 0
        self._thread = Thread(target=self._write_all, name="terminal", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have a line written, unless too many wait."""
        try:
            self._tell_of_gap()
            self._waiting.put_nowait(self.format(record))
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Wait a moment until all is written."""
        with suppress(queue.Full):
            self._tell_of_gap(_PATIENCE_S)
            self._waiting.put(None, timeout=_PATIENCE_S)
        self._thread.join(_PATIENCE_S)
        super().close()

    def _tell_of_gap(self, patience_s: float = 0) -> None:
        """Have it written how many lines were left out since the last one. Raises queue.Full."""
        if self._left_out:
            line = f"{'up':9}| {self._left_out} lines were left out here: they are in {self._log}"
            self._waiting.put(line, timeout=patience_s)
            self._left_out = 0

    def _write_all(self) -> None:
        with suppress(OSError):  # it was closed
            while (line := self._waiting.get()) is not None:
                self._write(line)

    def _write(self, line: str) -> None:
        # Not through sys.stdout: Python waits for its lock when it ends.
        left = f"{line}\n".encode(sys.stdout.encoding, "replace")
        while left:
            left = left[os.write(sys.stdout.fileno(), left) :]


class Console:
    """The output of bin/up and all its parts. As a context manager it ends with all lines written."""

    def __init__(self, folder: Path) -> None:
        self._unfinished: dict[str, bytes] = {}
        log = folder / "up.log"
        terminal = _Terminal(log)
        coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        terminal.setFormatter((_Coloured if coloured else logging.Formatter)("%(name)-9s| %(message)s"))
        file = RotatingFileHandler(log, maxBytes=5_000_000, backupCount=3, encoding="utf-8", errors="replace")
        file.setFormatter(_WithoutPassword("%(asctime)s %(name)-9s| %(message)s"))
        self._handlers: list[logging.Handler] = [terminal, file]
        # A closed terminal or a full disk must not stop the system.
        logging.raiseExceptions = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for handler in self._handlers:
            handler.close()

    def line(self, name: str, text: str) -> None:
        """Write one line under that name."""
        record = logging.LogRecord(name, logging.INFO, "", 0, text, None, None)
        for handler in self._handlers:
            handler.handle(record)

    def output(self, name: str, data: bytes) -> None:
        """Write the output of a part, which may end in the middle of a line."""
        *lines, rest = (self._unfinished.pop(name, b"") + data).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        for line in lines:
            self.line(name, line.decode(errors="replace").rstrip())
        if rest:
            self._unfinished[name] = rest

    def ended(self, name: str) -> None:
        """Write the unfinished line of a part that has ended."""
        if self._unfinished.get(name):
            self.output(name, b"\n")

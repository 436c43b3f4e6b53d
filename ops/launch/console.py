"""The log of all parts, each line under its part's name: in colours on the terminal, and in a rotated file."""

import logging
import os
import re
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

#: Bytes of a line at most; a part's longer lines are split.
_LONGEST_LINE = 16 * 1024
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


class Console:
    """The output of bin/up and all its parts."""

    def __init__(self, folder: Path) -> None:
        self._unfinished: dict[str, bytes] = {}
        terminal = logging.StreamHandler(sys.stdout)
        coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        terminal.setFormatter((_Coloured if coloured else logging.Formatter)("%(name)-9s| %(message)s"))
        log = folder / "up.log"
        file = RotatingFileHandler(log, maxBytes=5_000_000, backupCount=3, encoding="utf-8", errors="replace")
        file.setFormatter(_WithoutPassword("%(asctime)s %(name)-9s| %(message)s"))
        self._handlers: list[logging.Handler] = [terminal, file]
        # A closed terminal or a full disk must not stop the system.
        logging.raiseExceptions = False

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

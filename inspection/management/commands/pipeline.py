"""`manage.py pipeline [--watch] [--json]`."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from inspection import pipeline
from inspection.pipeline import formatting, table
from inspection.pipeline.state import State

#: Seconds between two readings of --watch.
EVERY_S = 1.0
#: Exit code when something is down.
DOWN = 3
_COLUMNS = ("name", "does", "state_word", "since", "rate", "late", "memory", "where", "version", "heard")
_LEFT = ("name", "does", "state_word", "where", "version")
#: Clears a terminal, and puts what comes next at its top (ECMA-48).
_CLEAR = "\033[2J\033[H"


class Command(BaseCommand):
    """Prints the state of the running system, as /admin/pipeline/ shows it."""

    help = f"Print what is running, what is down and what is waiting. Exit code {DOWN} when a part is down."

    def add_arguments(self, parser: CommandParser) -> None:
        """Once or again and again, for people or for programs."""
        parser.add_argument("--watch", action="store_true", help="repeat every second until Ctrl-C")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print JSON; with --watch one object a line"
        )

    def handle(self, *args: Any, watch: bool, as_json: bool, **options: Any) -> None:
        """Print it."""
        state = pipeline.read()
        try:
            while watch:
                self._print(state, as_json=as_json, clear=True)
                time.sleep(EVERY_S)
                state = pipeline.read()
        except KeyboardInterrupt:
            return
        self._print(state, as_json=as_json)
        if state.down:
            raise CommandError(_("Down: {parts}.").format(parts=", ".join(state.down)), returncode=DOWN)

    def _print(self, state: State, *, as_json: bool, clear: bool = False) -> None:
        if as_json:
            text = json.dumps(asdict(state))
        else:
            text = "\n".join(_lines(state))
            if clear and sys.stdout.isatty():
                text = _CLEAR + text
        self.stdout.write(text)
        self.stdout.flush()


def _lines(state: State) -> Iterator[str]:
    yield " ".join(formatting.headline(state, formatting.local))
    yield from formatting.warnings(state, formatting.local)
    yield ""
    yield from _numbers(state)
    yield ""
    yield from _table(state)


def _numbers(state: State) -> Iterator[str]:
    if state.redis is not None:
        jobs = ", ".join(f"{number} {name}" for name, number in state.redis.jobs.items())
        oldest = formatting.seconds(state.redis.oldest_s)
        yield _("waiting    {number} (boxes: {boxes}; the oldest for {time})").format(
            number=formatting.spaced(state.redis.waiting), boxes=state.redis.boxes, time=oldest
        )
        yield _("jobs       {jobs}").format(jobs=jobs)
    if state.postgres is not None:
        yield _("counted    {number} (polls: {polls})").format(
            number=formatting.spaced(state.postgres.ballots), polls=state.postgres.polls
        )
    yield _("rates      {received} received, {counted} counted, {frames} frames a second; {screens} screens").format(
        received=formatting.rate(state.rate("received", "direct")),
        counted=formatting.rate(state.rate("counted", "direct")),
        frames=formatting.rate(state.rate("frames")),
        screens=formatting.spaced(state.screens),
    )
    if state.lag is not None:
        yield _("lag        {time} from the tap to the {end}").format(
            time=formatting.seconds(state.lag.seconds), end=state.lag.to
        )


def _table(state: State) -> Iterator[str]:
    titles = [_("process"), _("does"), _("state"), _("since"), _("rate"), "95 %", _("memory"), _("at"), _("runs")]
    rows = [[*titles, _("heard")]]
    rows += [[str(getattr(row, column)) for column in _COLUMNS] for row in table.rows(state, formatting.local)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(_COLUMNS, row, widths, strict=True)
        line = "  ".join(text.ljust(width) if name in _LEFT else text.rjust(width) for name, text, width in cells)
        yield line.rstrip()

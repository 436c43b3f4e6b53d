"""`manage.py bench`."""

import asyncio
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ops.drill.management.commands.drill import missing
from ops.loadtest import curves

_MOST_POLLS, _MOST_BALLOTS = "10000", "10000000"
#: Phones a second of each room, and the seconds in which they arrive and stay.
_ROOMS, _ARRIVE_S, _STAY_S = (30, 60, 100, 150), 10.0, 3.0


class Command(BaseCommand):
    """Measures a copy of the system: the cost of each page, and how fast a room may arrive."""

    help = (
        "Start a copy of the whole system, measure the CPU of each page in-process, and let rooms of phones walk in, "
        "each faster than the one before. Some two minutes, on a machine that should do nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--curves`."""
        parser.add_argument(
            "--curves",
            action="store_true",
            help="measure a vote in up to 10,000 open polls and beside up to 10,000,000 ballots instead: half an hour, "
            "and 5 GB of disk",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, and print two tables as Markdown, or one with the curves."""
        if names := missing():
            raise CommandError(
                f"This needs requirements-dev.txt, and {', '.join(names)} is not installed. Use bin/manage."
            )
        from ops.drill.runner import a_copy

        with a_copy() as system:
            if options["curves"]:
                self._print_curves(system)
                return
            self._print_pages(system)
            self._print_rooms(system)

    def _print_pages(self, system: Any) -> None:
        # With a single open poll the home page only redirects to it.
        _poll(system, "bench-other")
        done = system.manage("-m", "ops.loadtest.in_process", _poll(system, "bench-pages"))
        if done.returncode:
            raise CommandError(f"The pages could not be measured: {done.stderr}")
        found: dict[str, float] = json.loads(done.stdout)
        unit = found["send() of 500 bytes"]
        lines = [f"| {name} | {cpu:,.0f} | {cpu / unit:,.0f} |" for name, cpu in found.items()]
        self.stdout.write("\n".join(["| in-process | µs of CPU | in sends |", "|---|---|---|", *lines, ""]))

    def _print_rooms(self, system: Any) -> None:
        from ops.loadtest.room import Plan, run

        self.stdout.write("| phones a second | page p50 / p99 | vote p99 | screens stale p99 | lost | failures |")
        self.stdout.write("|---|---|---|---|---|---|")
        for rate in _ROOMS:
            page = f"{system.vote_url}{_poll(system, f'bench-{rate}')}"
            plan = Plan(round(rate * _ARRIVE_S), _ARRIVE_S, _STAY_S)
            room = asyncio.run(run(page, plan, lambda _notes: None))
            times = [room.page_p50_s, room.page_p99_s, room.vote_p99_s, room.stale_p99_s]
            p50, p99, vote, stale = ("-" if one is None else f"{1000 * one:,.0f} ms" for one in times)
            failures = sum(room.failures.values())
            self.stdout.write(f"| {rate} | {p50} / {p99} | {vote} | {stale} | {room.lost} | {failures} |")

    def _print_curves(self, system: Any) -> None:
        from ops.drill.system import SystemEnded

        # Nobody else counts.
        for worker in system.workers:
            system.hold(worker)
        self.stdout.write(f"| {' | '.join(curves.FIELDS)} |\n|{'---|' * len(curves.FIELDS)}")
        try:
            for point in system.lines("-m", "ops.loadtest.curves", _MOST_POLLS, _MOST_BALLOTS):
                self.stdout.write(f"| {' | '.join(f'{value:,.0f}' for value in json.loads(point).values())} |")
        except SystemEnded as error:
            raise CommandError(f"The curves could not be measured: {error}") from None


def _poll(system: Any, slug: str) -> str:
    """Open a poll with two choices in the copy; returns its path."""
    made = system.manage("-m", "ops.drill.poll", slug, "2")
    if made.returncode:
        raise CommandError(f"The poll {slug} could not be made: {made.stderr}")
    return f"/p/{slug}/"

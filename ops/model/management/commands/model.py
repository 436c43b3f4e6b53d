"""`manage.py model`."""

import sys
import time
from collections.abc import Iterable
from textwrap import indent, wrap
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from ops.model.play import Outcome
from ops.model.rules import RULES, Rule
from ops.model.search import search

_WIDTH = 100
_PROMISES = {
    "P1": "nothing lost, nothing twice",
    "P2": "one voter, one ballot, the last one counts",
    "P3": "sealing is exact",
    "P4": "any one part may be down and voting goes on",
    "P5": "a page knows what became of its vote",
    "P7": "a screen never goes backwards, and catches up",
}


class Command(BaseCommand):
    """Search for a run of the protocol that breaks a promise."""

    help = (
        "Play random runs of the protocol's model, with a rule left out, and print the shortest one that breaks a "
        "promise. Needs no server. Exit code 0: none was found; 1: one was, or the command was wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the rules and the size of the search."""
        parser.add_argument("--list", action="store_true", help="print the rules that can be left out")
        parser.add_argument(
            "--without", action="append", default=[], metavar="RULE", help="leave this rule out; may be repeated"
        )
        parser.add_argument("--runs", type=int, default=20_000, metavar="N", help="runs at most [20000]")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, other runs [1]")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rules, or search."""
        if options["list"]:
            self._print_rules()
            return
        if unknown := sorted(set(options["without"]) - set(RULES)):
            raise CommandError(f'There is no rule "{unknown[0]}". "bin/manage model --list" names them all.')
        if options["runs"] < 1:
            raise CommandError(f"--runs has to be 1 or more, not {options['runs']}.")
        self._search(frozenset(options["without"]), options["runs"], options["seed"])

    def _search(self, without: frozenset[str], runs: int, seed: int) -> None:
        started = time.monotonic()
        with tqdm(total=runs, unit=" runs", leave=False, disable=None, file=self.stderr) as bar:
            found = search(without, runs, seed, tick=bar.update)
        took = f"seed {seed}, {time.monotonic() - started:.0f} s"
        if found.counterexample is None:
            self.stdout.write(f"No counterexample in {found.runs:,} runs ({took}).")
            return
        self._print(found.counterexample, [RULES[name] for name in sorted(without)])
        self.stdout.write(f"\nThe shortest of those found in {found.runs:,} runs ({took}).")
        sys.exit(1)

    def _print(self, run: Outcome, rules: Iterable[Rule]) -> None:
        assert run.broken
        for number, (who, what) in enumerate(run.timeline, 1):
            self.stdout.write(line(number, who, what))
        promise = run.broken.promise
        self.stdout.write(f"\nBroken: {promise}, {_PROMISES[promise]}.\n  {run.broken.sentence}")
        for rule in rules:
            self.stdout.write(f"\nLeft out: {rule.name} (rule {rule.number}). {rule.sentence}")
            self.stdout.write(f"  in the code   {rule.code}\n  held by       {rule.test}")

    def _print_rules(self) -> None:
        for rule in RULES.values():
            self.stdout.write(f"{rule.name} ({rule.number})")
            text = f"{rule.sentence} Without it: {rule.without[0].lower()}{rule.without[1:]}"
            self.stdout.write(indent("\n".join(wrap(text, _WIDTH)), "    "))


def line(number: int, who: str, what: str) -> str:
    """Return a line of the time line: who does what."""
    text = f"{who}{what}" if what.startswith(("'s ", ": ")) else f"{who} {what}".strip()
    return f"{number:3}  {text[0].upper()}{text[1:]}"

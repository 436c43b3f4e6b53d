"""`manage.py audit [SLUG ...] [--repair] [--json]`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as PostgresError
from django.utils.translation import gettext, ngettext
from tqdm import tqdm

from core.stores.errors import one_line
from polls.counting import audit
from polls.counting.audit import Compared, Difference, SetAsides, What
from polls.management.polls_by_slug import poll_of
from polls.models import Poll, Tally

#: The exit code if Postgres does not answer; 1 if something differs.
NOT_AUDITED = 2
_HEAD = ("poll", "choice", "stored", "recomputed", "difference")
_NAMES = {
    What.ANSWER: "(answer: {0.choice})",
    What.VOTERS: "(voters)",
    What.TIMELINE: "(time line)",
    What.UNKNOWN_CHOICE: "(unknown: {0.choice})",
    What.LISTED: "{0.text} (in the tally)",
}


class Command(BaseCommand):
    """Recomputes every total from the ballots and prints the differences."""

    help = (
        "Recompute the totals of polls from their ballots and report differences; without SLUG, of every poll. Exit "
        "code 1 if anything differs. Takes no locks: votes can be counted meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the slugs, `--repair` and `--json`."""
        parser.add_argument("slugs", metavar="SLUG", nargs="*")
        parser.add_argument(
            "--repair", action="store_true", help="correct totals, voters and time lines from the ballots"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, slugs: list[str], repair: bool, json: bool, **options: Any) -> None:
        """Compare, repair if asked to, and print the result."""
        with _postgres_or_a_sentence():
            named = [poll_of(slug).pk for slug in dict.fromkeys(slugs)] or None
            every = Poll.objects.order_by("pk").values_list("pk", flat=True)
            polls, repaired = _audit(named or list(every), repair=repair)
            set_asides = audit.set_asides(named)
        if json:
            self.stdout.write(_as_json(polls, repaired, set_asides))
        else:
            self._tell(polls, repaired, set_asides)
        left = sum(len(poll.differences) for poll in polls)
        if left:
            raise CommandError(_advice(polls, left))

    def _tell(self, polls: Sequence[Compared], repaired: Sequence[Compared], set_asides: SetAsides) -> None:
        for title, audited in (("Repaired", repaired), ("Different", polls)):
            if differences := [difference for poll in audited for difference in poll.differences]:
                self.stdout.write(f"{title}:\n{_table(differences)}")
        if not any(poll.differences for poll in polls):
            ballots = sum(poll.ballots for poll in polls)
            counted = ngettext("{number} ballot", "{number} ballots", ballots).format(number=ballots)
            text = gettext("{polls}, {ballots}: every total equals its ballots.")
            self.stdout.write(text.format(polls=_polls(len(polls)), ballots=counted))
        if set_asides.newest:
            self.stdout.write(f"{set_asides.count} set aside, which count nowhere. {_newest(set_asides)}")


@contextmanager
def _postgres_or_a_sentence() -> Iterator[None]:
    try:
        yield
    except PostgresError as error:
        text = f"Postgres can't be asked, so nothing was found out: {one_line(error)}"
        raise CommandError(text, returncode=NOT_AUDITED) from error


def _audit(poll_ids: Sequence[int], *, repair: bool) -> tuple[list[Compared], list[Compared]]:
    """Return the polls as they are now, and repaired ones as they were; without polls deleted meanwhile."""
    now, repaired = [], []
    for poll_id in tqdm(poll_ids, unit=" polls", disable=None, leave=False):
        try:
            poll = audit.compare(poll_id)
            if repair and poll.can_be_repaired:
                before, poll = audit.repair(poll_id)
                repaired.append(before)
        except (Poll.DoesNotExist, Tally.DoesNotExist):
            continue
        now.append(poll)
    return now, repaired


def _table(differences: Sequence[Difference]) -> str:
    rows = [_HEAD, *map(_row, differences)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) if number < 2 else cell.rjust(width) for number, (cell, width) in enumerate(cells))
        for cells in (zip(row, widths, strict=True) for row in rows)
    )


def _row(difference: Difference) -> tuple[str, ...]:
    name = _NAMES.get(difference.what, "{0.text}").format(difference)
    stored = "none" if difference.stored is None else str(difference.stored)
    return difference.poll, name, stored, str(difference.recomputed), f"{difference.difference:+}"


def _newest(set_asides: SetAsides) -> str:
    newest = set_asides.newest
    assert newest
    poll = set_asides.poll or f"{newest.poll_id}, which is gone"
    when = f"{newest.set_aside_at:%Y-%m-%d %H:%M:%S %Z}"
    return f"The newest: poll {poll}, box {newest.box}, {newest.position}, at {when}: {newest.reason}"


def _polls(number: int) -> str:
    return ngettext("{number} poll", "{number} polls", number).format(number=number)


def _advice(polls: Sequence[Compared], left: int) -> str:
    differences = ngettext("{number} difference", "{number} differences", left).format(number=left)
    wrong = sum(1 for poll in polls if poll.differences)
    some = gettext("{differences} in {wrong} of {polls}.").format(
        differences=differences, wrong=wrong, polls=_polls(len(polls))
    )
    advice = gettext(
        "The ballots don't tell which side is right: look at the poll's choices and its tally in the admin."
    )
    if any(poll.can_be_repaired for poll in polls):
        advice = gettext("--repair sets totals, voters and time lines to what the ballots say.")
    return f"{some} {advice}"


def _as_json(polls: Sequence[Compared], repaired: Sequence[Compared], set_asides: SetAsides) -> str:
    newest = set_asides.newest
    return json.dumps(
        {
            "polls": len(polls),
            "ballots": sum(poll.ballots for poll in polls),
            "differences": _as_data(polls),
            "repaired": _as_data(repaired),
            "set_aside": {
                "count": set_asides.count,
                "newest": newest
                and {
                    "poll": set_asides.poll,
                    "poll_id": newest.poll_id,
                    "box": newest.box,
                    "position": newest.position,
                    "reason": newest.reason,
                    "set_aside_at": newest.set_aside_at.isoformat(),
                },
            },
        }
    )


def _as_data(polls: Sequence[Compared]) -> list[dict[str, Any]]:
    return [
        {
            "poll": difference.poll,
            "what": difference.what.value,
            "choice": difference.choice,
            "text": difference.text,
            "stored": difference.stored,
            "recomputed": difference.recomputed,
            "difference": difference.difference,
        }
        for poll in polls
        for difference in poll.differences
    ]

"""The rows that snapshots are made of, read in one statement."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db.models import F, QuerySet

from polls import kinds
from polls.models import Poll
from polls.results import answers

#: What a snapshot is made of: fields of each choice with its total; one row without a choice for a poll that has none.
_FIELDS: Final = {
    "poll_id": F("pk"),
    "choice_id": F("totals__choice_id"),
    "votes": F("totals__votes"),
    "text": F("totals__choice__text"),
    "statement": F("totals__choice__statement"),
    "picture": F("totals__choice__picture_id"),
    "entry_state": F("totals__choice__entry_state"),
    "is_answered": F("totals__choice__is_answered"),
    "state": F("tally__state"),
    "round": F("tally__round"),
    "version": F("tally__version"),
    "box": F("tally__box"),
    "counted_through": F("tally__counted_through"),
    "voters": F("tally__voters"),
    "timeline": F("tally__timeline"),
    "is_test": F("tally__is_test"),
    "may_be_changed": F("tally__allows_changes"),
    "right_ids": F("tally__right_ids"),
    "right_voters": F("tally__right_voters"),
}
#: Fields of the poll itself.
_OF_POLL: Final = ("slug", "question", "kind", "max_choices", "details", "result_rule", "closes_at")


@lru_cache
def _of_all(kinds_with_answers: tuple[str, ...]) -> QuerySet[Poll, dict[str, Any]]:
    """Return the rows of all polls, not read yet. Kept: to put it together took longer than to ask Postgres."""
    polls = Poll.objects.filter(tally__isnull=False)
    ordered = polls.order_by("pk", "totals__choice__position", "totals__choice_id")
    rows: QuerySet[Poll, dict[str, Any]] = ordered.values(*_OF_POLL, **_FIELDS, given=answers.kept(kinds_with_answers))
    return rows


def of(poll_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Read the rows of these polls, by id; without polls that have no choices, unless voters write them.

    One statement, so that totals, version and state are consistent without a lock. Raises django.db.Error.
    """
    rows = _of_all(tuple(kinds.keeping_answers())).filter(pk__in=poll_ids)
    taking = kinds.taking_entries()
    found = {poll_id: list(group) for poll_id, group in groupby(rows, key=itemgetter("poll_id"))}
    return {
        poll_id: group
        for poll_id, group in found.items()
        if group[0]["choice_id"] is not None or group[0]["kind"] in taking
    }

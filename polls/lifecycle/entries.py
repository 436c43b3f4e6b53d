"""Moderation of the entries of an open list. Ballots that name one stay as they are, whatever becomes of it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext

from polls.counting import audit
from polls.lifecycle.steps import NotPossibleError, transition
from polls.lifecycle.transitions import tell_all
from polls.models import Choice, EntryState, Poll, State, Tally


def show(poll_id: int, entry_id: int) -> None:
    """Show an entry to everybody: one that waits for approval, or a hidden one. May be repeated."""
    with _changing(poll_id, entry_id) as entry:
        entry.entry_state = EntryState.SHOWN


def hide(poll_id: int, entry_id: int) -> None:
    """Hide an entry from everybody but the hosts. May be repeated."""
    with _changing(poll_id, entry_id) as entry:
        entry.entry_state = EntryState.HIDDEN


def mark(poll_id: int, entry_id: int) -> None:
    """Mark an entry as answered. May be repeated."""
    with _changing(poll_id, entry_id) as entry:
        entry.is_answered = True


def unmark(poll_id: int, entry_id: int) -> None:
    """Take the mark of an answered entry away. May be repeated."""
    with _changing(poll_id, entry_id) as entry:
        entry.is_answered = False


def merge(poll_id: int, entry_ids: Collection[int]) -> None:
    """Merge entries into the one of them with the most votes.

    Ballots that name another one count for it from now on, once each; they stay as they are. Raises NotPossibleError.
    """
    with transition(poll_id) as tally:
        if tally.state == State.FINAL:
            raise NotPossibleError(gettext("This poll is final: its result stays as it is."))
        entries = [_entry(tally, entry_id) for entry_id in set(entry_ids)]
        if len(entries) < 2:
            raise NotPossibleError(gettext("Tick two entries or more to merge them."))
        target, *others = sorted(entries, key=lambda entry: (-entry.total.votes, entry.pk))
        details = dict[str, Any](Poll.objects.values_list("details", flat=True).get(pk=poll_id))
        gone = {entry.pk for entry in others}
        merged = {each: target.pk if into in gone else into for each, into in details.get("merged", {}).items()}
        details["merged"] = {**merged, **{str(entry.pk): target.pk for entry in others}}
        Poll.objects.filter(pk=poll_id).update(details=details)
        Choice.objects.filter(pk__in=gone).update(entry_state=EntryState.MERGED)
        audit.recount(poll_id)
        tally.definition_version += 1
    tell_all(poll_id)


@contextmanager
def _changing(poll_id: int, entry_id: int) -> Iterator[Choice]:
    """Yield an entry to change, and tell everybody. Raises NotPossibleError if the poll has no such entry any more."""
    with transition(poll_id) as tally:
        yield (entry := _entry(tally, entry_id))
        entry.save(update_fields=["entry_state", "is_answered"])
        tally.definition_version += 1
    tell_all(poll_id)


def _entry(tally: Tally, entry_id: int) -> Choice:
    entries = Choice.objects.filter(poll_id=tally.pk, pk=entry_id, author__isnull=False)
    entry = entries.exclude(entry_state=EntryState.MERGED).first()
    if entry is None:
        raise NotPossibleError(gettext("This entry is no longer there. Load the page again."))
    return entry

"""Entries of open lists: choices that voters write while a poll is open.

Needs the Tally lock throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.web import texts
from polls.models import Choice, EntryState, Poll, Tally, Total


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a poll: of one that was merged, the one that it counts for."""

    id: int
    text: str
    state: str
    is_new: bool


def find(poll_id: int, text: str, merged: Mapping[str, int]) -> Entry | None:
    """Return the entry that reads the same as this text; None if there is none."""
    wanted = texts.reading(text)
    for pk, present, state in Choice.objects.filter(poll_id=poll_id).values_list("pk", "text", "entry_state"):
        if texts.reading(present) == wanted:
            target = merged.get(str(pk), pk)
            if target != pk:
                present, state = Choice.objects.values_list("text", "entry_state").get(pk=target)
            return Entry(target, present, state, is_new=False)
    return None


def written_by(poll_id: int, author: UUID) -> int:
    """Return how many entries of this round a voter has written, hidden ones included."""
    return Choice.objects.filter(poll_id=poll_id, author=author).count()


def add(tally: Tally, text: str, author: UUID, state: EntryState) -> Entry:
    """Make an entry. `tally` is changed and not saved."""
    choice = Choice.objects.create(
        poll_id=tally.pk, position=len(tally.choice_ids), text=text, author=author, entry_state=state
    )
    Total.objects.create(poll_id=tally.pk, choice_id=choice.pk)
    tally.choice_ids = [*tally.choice_ids, choice.pk]
    tally.definition_version += 1
    return Entry(choice.pk, text, state, is_new=True)


def forget(tally: Tally) -> None:
    """Delete what voters have written. Needs a round without ballots. `tally` is changed and not saved."""
    deleted, _ = Choice.objects.filter(poll_id=tally.pk, author__isnull=False).delete()
    if not deleted:
        return
    details = dict[str, Any](Poll.objects.values_list("details", flat=True).get(pk=tally.pk))
    details.pop("merged", None)
    Poll.objects.filter(pk=tally.pk).update(details=details)
    tally.choice_ids = sorted(Choice.objects.filter(poll_id=tally.pk).values_list("pk", flat=True))
    tally.definition_version += 1

"""Finding a ballot by its receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from django.db.models import F, TextField
from django.db.models.functions import Cast, Right

from polls.box.casts import NO_CAST
from polls.models import Ballot, Choice, EntryState

#: Bits of a cast id's last eight hexadecimal digits that are not the receipt's.
_OTHERS = range(4)


class Standing(Enum):
    """The standing of a ballot."""

    COUNTED = "counted"
    WITHDRAWN = "withdrawn"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class FoundBallot:
    """A ballot with that receipt."""

    standing: Standing
    selections: tuple[int, ...]


def find(poll_id: int, receipt: int) -> list[FoundBallot]:
    """Return the ballots whose receipt has this number: mostly one or none, seldom two. Raises django.db.Error.

    It reads an index of the poll's ballots from end to end: callers limit how often.
    """
    endings = [f"{other << 30 | receipt:08x}" for other in _OTHERS]
    ballots = Ballot.objects.filter(poll_id=poll_id).exclude(cast_id=NO_CAST)
    ended = ballots.alias(ending=Right(Cast(F("cast_id"), TextField()), 8)).filter(ending__in=endings)
    rows = ended.values_list("selections", "is_set_aside")
    return [FoundBallot(_standing(selections, aside), tuple(selections)) for selections, aside in rows]


def _standing(selections: Sequence[int], aside: bool) -> Standing:
    if not selections:
        return Standing.WITHDRAWN
    return Standing.SET_ASIDE if aside else Standing.COUNTED


def texts(poll_id: int, selections: Sequence[int]) -> list[str | None]:
    """Return the texts of choices in the order of a ballot; None of an entry that is not shown to everybody."""
    choices: Mapping[int, Choice] = Choice.objects.filter(poll_id=poll_id).in_bulk(selections)
    return [_text(choices.get(selection)) for selection in selections]


def _text(choice: Choice | None) -> str | None:
    if choice is None or choice.entry_state != EntryState.SHOWN:
        return None
    return f"{choice.statement}: {choice.text}" if choice.statement else choice.text

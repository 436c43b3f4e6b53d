"""Kinds of poll: what a ballot may hold, how it moves the totals, and how it is shown. One class for each kind."""

from collections.abc import Mapping
from typing import Any

from polls.kinds.base import CHOICES, Answered, BadDetailsError, BadSelectionsError, Kind, Rows
from polls.kinds.estimate import ESTIMATE, Estimate
from polls.kinds.open_list import OPEN_LIST, OpenList
from polls.kinds.pick import PICK, PickOne, PickSeveral
from polls.kinds.rank import RANK, Rank
from polls.kinds.scale import SCALE, Scale
from polls.kinds.yes_no import YES_NO, YesNo

__all__ = [
    "CHOICES",
    "ESTIMATE",
    "OPEN_LIST",
    "PICK",
    "RANK",
    "SCALE",
    "YES_NO",
    "Answered",
    "BadDetailsError",
    "BadSelectionsError",
    "Kind",
    "Rows",
    "are_ranked",
    "named",
    "of",
    "offered",
    "register",
]

_PICK_ONE, _PICK_SEVERAL = PickOne(), PickSeveral()
_kinds: dict[str, Kind] = {YES_NO: YesNo(), RANK: Rank(), SCALE: Scale(), ESTIMATE: Estimate(), OPEN_LIST: OpenList()}


def register(name: str, kind: Kind) -> None:
    """Let polls be of this kind, which `Poll.kind` names. May be repeated."""
    _kinds[name] = kind


def offered() -> dict[str, Kind]:
    """Return the kinds that hosts choose from, by name."""
    return {PICK: _PICK_ONE, **_kinds}


def keeping_answers() -> list[str]:
    """Return the names of the kinds of which each distinct answer is kept."""
    return [name for name, kind in _kinds.items() if kind.keeps_answers]


def taking_entries() -> list[str]:
    """Return the names of the kinds whose voters write the choices."""
    return [name for name, kind in _kinds.items() if kind.takes_entries]


def named(name: str) -> str:
    """Return the name of a kind that there is: this one, else `pick`."""
    return name if name in _kinds else PICK


def are_ranked(name: str) -> bool:
    """Tell whether choices of a kind can lead and win. Kinds that this process does not know are taken for `pick`."""
    return _kinds.get(name, _PICK_ONE).is_ranked


def of(name: str, max_choices: int, details: Mapping[str, Any]) -> Kind:
    """Return the kind of a poll with its details.

    Raises KeyError for a name that nobody has registered, and BadDetailsError.
    """
    if name == PICK:
        return _PICK_ONE if max_choices == 1 else _PICK_SEVERAL
    return _kinds[name].with_details(details)

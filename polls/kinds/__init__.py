"""Kinds of poll: what a ballot may hold, how it moves the totals, and how it is shown. One class for each kind."""

from polls.kinds.base import Answered, BadSelectionsError, Kind
from polls.kinds.pick import PICK, PickOne, PickSeveral
from polls.kinds.yes_no import YES_NO, YesNo

__all__ = ["PICK", "YES_NO", "Answered", "BadSelectionsError", "Kind", "named", "of", "offered", "register"]

_PICK_ONE, _PICK_SEVERAL = PickOne(), PickSeveral()
_kinds: dict[str, Kind] = {YES_NO: YesNo()}


def register(name: str, kind: Kind) -> None:
    """Let polls be of this kind, which `Poll.kind` names. May be repeated."""
    _kinds[name] = kind


def offered() -> dict[str, Kind]:
    """Return the kinds that hosts choose from, by name."""
    return {PICK: _PICK_ONE, **_kinds}


def keeping_answers() -> list[str]:
    """Return the names of the kinds of which each distinct answer is kept."""
    return [name for name, kind in _kinds.items() if kind.keeps_answers]


def named(name: str) -> str:
    """Return the name of a kind that there is: this one, else `pick`."""
    return name if name in _kinds else PICK


def of(name: str, max_choices: int) -> Kind:
    """Return the kind of a poll. Raises KeyError for a name that nobody has registered."""
    if name == PICK:
        return _PICK_ONE if max_choices == 1 else _PICK_SEVERAL
    return _kinds[name]

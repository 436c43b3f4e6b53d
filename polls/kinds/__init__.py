"""Kinds of poll: what a ballot may hold, how it moves the totals, and how it is shown. One class for each kind."""

from polls.kinds.base import BadSelectionsError, Kind
from polls.kinds.pick import PICK, PickOne, PickSeveral

__all__ = ["PICK", "BadSelectionsError", "Kind", "of", "register"]

_PICK_ONE, _PICK_SEVERAL = PickOne(), PickSeveral()
_kinds: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """Let polls be of this kind, which `Poll.kind` names. May be repeated."""
    _kinds[name] = kind


def of(name: str, max_choices: int) -> Kind:
    """Return the kind of a poll. Raises KeyError for a name that nobody has registered."""
    if name == PICK:
        return _PICK_ONE if max_choices == 1 else _PICK_SEVERAL
    return _kinds[name]

"""Visits on Redis: the only module that knows the counter's keys.

Each counter has a hash: a random `epoch`, made with the key, the `number` of visits in it, which only grows, and the
`base`, the sum of the counter's other epochs as a flush last told it. So Redis alone can say the whole number.

Every function raises RedisUnavailableError (core.stores.redis) when Redis can't be asked or doesn't answer.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy

from core.stores.key_kinds import KeyKind
from core.stores.redis import Script

#: Milliseconds after which the bell may be rung again: a flush is asked for once in this time at most.
BELL_MS = 1000
#: Ids of the last visits that Redis keeps, to say later whether it counted one. Those in doubt are the last before it
#: fell silent, and are settled by the first flush after it is back.
REMEMBERED = 10_000
#: Seconds for which a visit that was settled without Redis is refused there, should it still come.
VOID_S = 24 * 60 * 60

_COUNTERS = "visits:counters"
_BELL = "visits:bell"
_PREFIX = "visits:counter:"
_RECENT = "visits:recent"
_VOID = "visits:void:"

#: What its keys are, for people who look.
KINDS = (
    KeyKind(
        "visits:counter:C",
        r"visits:counter:\d+",
        gettext_lazy("What is counted of counter C since its key was made, and what it had before."),
    ),
    KeyKind("visits:counters", r"visits:counters", gettext_lazy("Which counters have a key.")),
    KeyKind("visits:bell", r"visits:bell", gettext_lazy("There while a worker has been asked to write visits down.")),
    KeyKind(
        "visits:recent",
        r"visits:recent",
        gettext_lazy("Ids of the last visits, to say later whether one whose answer was lost was counted."),
    ),
    KeyKind(
        "visits:void:V",
        r"visits:void:.*",
        gettext_lazy("Visit V counts in Postgres, and is refused here should it still come."),
    ),
)

_SCRIPTS = Path(__file__).parent / "scripts"
_visit = Script(_SCRIPTS / "visit.lua")
_read_counters = Script(_SCRIPTS / "read_counters.lua")
_tell_base = Script(_SCRIPTS / "tell_base.lua")
_begin_epoch = Script(_SCRIPTS / "begin_epoch.lua")
_settle = Script(_SCRIPTS / "settle.lua")
_forget = Script(_SCRIPTS / "forget.lua")


@dataclass(frozen=True)
class Count:
    """The number of a counter, as Redis has it."""

    counter_id: int
    epoch: uuid.UUID
    #: Visits in this epoch.
    number: int
    #: Visits in all other epochs; None until a flush has told it.
    base: int | None


def count(counter_id: int, visit: uuid.UUID) -> tuple[Count, bool]:
    """Count one visit, of a fresh random id; the bool says whether the caller has to ring the bell for a flush.

    After NoAnswerError the visit may have been counted, and may still be: `settle` tells.
    """
    keys = [_key(counter_id), _COUNTERS, _BELL, _RECENT, _void(visit)]
    epoch, number, base, rings = _visit(keys, [counter_id, str(visit), BELL_MS, REMEMBERED])
    return _count(counter_id, epoch, number, base), rings == 1


def settle(visit: uuid.UUID) -> bool:
    """Tell whether Redis has counted this visit. If not, it never will, even if the command is still on its way.

    Safe to call twice: the answer stays.
    """
    return bool(_settle([_RECENT, _void(visit)], [str(visit), VOID_S]))


def read(counter_id: int) -> Count | None:
    """The counter as Redis knows it; None if nobody has visited it since Redis was empty."""
    found = _read(counter_id)
    return found[0] if found else None


def read_several(counter_ids: Sequence[int]) -> list[Count]:
    """These counters, as far as Redis knows them."""
    return _read(*counter_ids) if counter_ids else []


def read_all() -> list[Count]:
    """All counters that Redis knows."""
    return _read()


def tell_base(count: Count, base: int) -> None:
    """Tell Redis the sum of the epochs other than this one. Safe to call twice."""
    _tell_base([_key(count.counter_id)], [str(count.epoch), base])


def begin_epoch(count: Count, stored: int) -> bool:
    """Begin a new epoch if Redis counts below what is `stored` of this one: it was put back from an older copy.

    Safe to call twice, and on a count that is old: the script compares again.
    """
    return bool(_begin_epoch([_key(count.counter_id)], [str(count.epoch), stored, str(uuid.uuid4())]))


def forget(counter_id: int) -> None:
    """Drop a counter that was deleted. Safe to call twice."""
    _forget([_key(counter_id), _COUNTERS], [counter_id])


def _key(counter_id: int) -> str:
    return f"{_PREFIX}{counter_id}"


def _void(visit: uuid.UUID) -> str:
    return f"{_VOID}{visit}"


def _read(*counter_ids: int) -> list[Count]:
    return [_count(*row) for row in _read_counters([_COUNTERS], [_PREFIX, *counter_ids])]


def _count(counter_id: bytes | int, epoch: bytes, number: bytes | int, base: bytes | None) -> Count:
    return Count(int(counter_id), uuid.UUID(epoch.decode()), int(number), None if base is None else int(base))

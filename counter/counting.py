"""Counting a visit: in Redis; if it is away in Postgres; if both are, refused."""

import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from core.stores import postgres, queue
from core.stores.redis import NoAnswerError, NotSentError, RedisUnavailableError
from core.web import request_ids
from counter import flush, visits
from counter.models import Counter
from counter.visits import Count

_Result = TypeVar("_Result")

logger = logging.getLogger(__name__)

#: Errors of a store: no connection, a lost one, or a time limit.
_NO_POSTGRES = (OperationalError, InterfaceError)

#: Ids of known counters by name, so that their visits need no Postgres. A name is dropped when its counter turns out
#: to be deleted; its id never changes otherwise, since the admin renames no counter.
_ids: dict[str, int] = {}


class UnknownCounter(Exception):
    """There is no counter of this name."""


class NoStore(Exception):
    """Neither store answers, or the one that is needed does not. The visit was not counted."""


class NotKnown(Exception):
    """A store got the visit and did not answer, and the other one is away: the visit may be counted or not."""


def _asks_anew(ask: Callable[[str], int]) -> Callable[[str], int]:
    """Ask once more where the counter is gone that this process knows: another one may have its name."""

    @wraps(ask)
    def wrapper(name: str) -> int:
        is_remembered = name in _ids
        try:
            return ask(name)
        except UnknownCounter:
            if not is_remembered:
                raise
            return ask(name)

    return wrapper


@_asks_anew
def visit(name: str) -> int:
    """Count one visit and return the total.

    If Redis does not answer, the visit is counted in Postgres as one in doubt, until a flush settles it. Raises
    UnknownCounter, NoStore or NotKnown.
    """
    counter_id = _id_of(name)
    visit_id = uuid.uuid4()
    try:
        count, rings = visits.count(counter_id, visit_id)
    except NotSentError as error:
        logger.warning("Redis can't count this visit, so Postgres does: %s", error)
        return _known(name, _count_in_postgres(lambda: flush.count_directly(counter_id), sent=False))
    except NoAnswerError as error:
        logger.warning("Redis doesn't say whether it counts, so Postgres does until it says so: %s", error)
        return _known(name, _count_in_postgres(lambda: flush.count_in_doubt(counter_id, visit_id), sent=True))
    if rings:
        queue.enqueue("workers.jobs.flush_counters", request_id=request_ids.current())
    return _whole(name, count)


@_asks_anew
def total(name: str) -> int:
    """Return the number of visits, without counting one. Raises UnknownCounter or NoStore."""
    counter_id = _id_of(name)
    count = None
    with suppress(RedisUnavailableError):
        count = visits.read(counter_id)
    if count:
        return _whole(name, count)
    return _known(name, _ask_postgres(lambda: Counter.objects.visits(counter_id)))


def numbers(names: Sequence[str]) -> dict[str, int]:
    """Return the numbers of these counters by one call to Redis; unknown ones are left out."""
    told: dict[str, int] = {}
    counts: dict[int, Count] = {}
    known = [name for name in names if name in _ids]
    with suppress(RedisUnavailableError):
        counts = {count.counter_id: count for count in visits.read_several([_ids[name] for name in known])}
    for name in names:
        count = counts.get(_ids.get(name, 0))
        with suppress(UnknownCounter, NoStore):
            told[name] = total(name) if count is None else _whole(name, count)
    return told


def totals() -> dict[int, int]:
    """Return the number of visits of every counter, by id. Needs Postgres."""
    epochs = Counter.objects.epochs(Counter.objects.values_list("pk", flat=True))
    with suppress(RedisUnavailableError):
        for count in visits.read_all():
            of_counter = epochs.get(count.counter_id, {})
            of_counter[count.epoch] = max(count.number, of_counter.get(count.epoch, 0))
    return {counter_id: sum(of_counter.values()) for counter_id, of_counter in epochs.items()}


def _whole(name: str, count: Count) -> int:
    """Return the whole number: Redis's epoch and the sum of the others, which Redis lacks and gets here."""
    if count.base is not None:
        return count.number + count.base
    try:
        base = _known(name, _ask_postgres(lambda: Counter.objects.visits(count.counter_id, besides=count.epoch)))
    except NoStore:
        return count.number
    with suppress(RedisUnavailableError):
        visits.tell_base(count, base)
    return count.number + base


def _id_of(name: str) -> int:
    if name not in _ids:
        found = Counter.objects.filter(name=name).values_list("pk", flat=True)
        _ids[name] = _known(name, _ask_postgres(found.first))
    return _ids[name]


def _known(name: str, found: int | None) -> int:
    """Return the result of Postgres; raise UnknownCounter if it is None."""
    if found is None:
        _ids.pop(name, None)
        raise UnknownCounter(name)
    return found


def _count_in_postgres(count: Callable[[], int | None], *, sent: bool) -> int | None:
    """Count a visit in Postgres. Raises NotKnown if this or Redis was `sent` the visit, else NoStore."""
    try:
        with postgres.bounded():
            connection.ensure_connection()
            sent = True
            return count()
    except _NO_POSTGRES as error:
        raise (NotKnown if sent else NoStore)(str(error)) from error


def _ask_postgres(query: Callable[[], _Result]) -> _Result:
    try:
        with postgres.bounded():
            return query()
    except _NO_POSTGRES as error:
        raise NoStore(str(error)) from error

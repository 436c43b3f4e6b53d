"""Visits into Postgres: the write transaction of the counter, and the direct path.

A flush writes, per counter, the greatest number seen of Redis's epoch, and settles visits in doubt. It can be repeated,
and run in several processes at once, without counting a visit twice.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from counter import visits
from counter.models import DIRECT, Counter, Epoch
from counter.visits import Count

#: Visits in doubt that one flush settles at most.
BATCH = 1000

#: Visits by epoch, by counter: what Postgres has.
Stored = dict[int, dict[uuid.UUID, int]]


def flush_all() -> int:
    """Write what Redis has counted since the last flush, and tell Redis what Postgres has.

    Returns the number of counters written. Where nothing changed it is one call to Redis and two plain queries. Safe to
    repeat. Raises RedisUnavailableError without Redis, django.db.Error without Postgres; the next flush then
    does the same work.
    """
    # First: the numbers that are read afterwards have the visits that Redis turns out to have counted.
    _settle_doubts()
    counts = visits.read_all()
    if not counts:
        return 0
    ids = [count.counter_id for count in counts]
    stored = Counter.objects.epochs(ids)
    ahead = [count for count in counts if _is_ahead(count, stored)]
    written = _write(ahead) if ahead else 0
    if written:
        stored = Counter.objects.epochs(ids)
    for count in counts:
        _tell(count, stored)
    return written


def count_directly(counter_id: int) -> int | None:
    """Count one visit without Redis, and return the whole number; None if there is no such counter.

    Not safe to repeat: a visit has no id by which it could be told from another.
    """
    with suppress(IntegrityError):
        _grow_direct(counter_id)
    return Counter.objects.visits(counter_id)


def count_in_doubt(counter_id: int, visit: uuid.UUID) -> int | None:
    """Count one visit that Redis was sent and did not answer. Returns what `count_directly` does. Safe to repeat."""
    with suppress(IntegrityError):
        Epoch.objects.bulk_create(
            [Epoch(counter_id=counter_id, epoch=visit, visits=1, in_doubt=True)], ignore_conflicts=True
        )
    return Counter.objects.visits(counter_id)


def _settle_doubts() -> None:
    """Ask Redis for each visit in doubt whether it counts there, and count it only once."""
    for doubt in Epoch.objects.filter(in_doubt=True).order_by("pk")[:BATCH]:
        _settle(doubt, counted_by_redis=visits.settle(doubt.epoch))


@transaction.atomic
def _settle(doubt: Epoch, *, counted_by_redis: bool) -> None:
    # Of two flushes at once only one deletes it.
    deleted, _ = Epoch.objects.filter(pk=doubt.pk).delete()
    if deleted and not counted_by_redis:
        _grow_direct(doubt.counter_id)


def _grow_direct(counter_id: int) -> None:
    """Add a visit to the epoch DIRECT. Raises IntegrityError if there is no such counter."""
    direct = Epoch.objects.filter(counter_id=counter_id, epoch=DIRECT)
    if not _grow(direct):
        # The first one, or one of the first: whoever makes the row, each of them then grows it.
        Epoch.objects.bulk_create([Epoch(counter_id=counter_id, epoch=DIRECT)], ignore_conflicts=True)
        _grow(direct)


def _grow(epoch: QuerySet[Epoch]) -> int:
    return epoch.update(visits=F("visits") + 1, flushed_at=Now())


def _is_ahead(count: Count, stored: Stored) -> bool:
    return count.counter_id in stored and count.number > stored[count.counter_id].get(count.epoch, 0)


def _write(counts: Sequence[Count]) -> int:
    """Write the numbers that are greater than the stored ones. The lock on its counter keeps each comparison true."""
    with transaction.atomic():
        # In one order, so that two flushes can't wait for each other. The direct path doesn't wait for this lock.
        counters = Counter.objects.filter(pk__in=[count.counter_id for count in counts]).order_by("pk")
        locked = list(counters.select_for_update(no_key=True).values_list("pk", flat=True))
        stored = Counter.objects.epochs(locked)
        Epoch.objects.bulk_create(
            [
                Epoch(counter_id=count.counter_id, epoch=count.epoch, visits=count.number)
                for count in counts
                if _is_ahead(count, stored)
            ],
            update_conflicts=True,
            unique_fields=["counter", "epoch"],
            update_fields=["visits", "flushed_at"],
        )
    return len(locked)


def _tell(count: Count, stored: Stored) -> None:
    """Tell Redis what Postgres has of a counter, where it doesn't know it yet."""
    if count.counter_id not in stored:
        visits.forget(count.counter_id)
        return
    others = dict(stored[count.counter_id])
    mine = others.pop(count.epoch, 0)
    if count.number < mine:
        visits.begin_epoch(count, mine)
    elif count.base != sum(others.values()):
        visits.tell_base(count, sum(others.values()))

"""Writing visits to Postgres: the flush, and the direct path.

A flush writes the greatest number of each counter in Redis's epoch and settles visits in doubt. It may be repeated and
run in several processes at once: no visit is counted twice.
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

#: The most visits in doubt that one flush settles.
BATCH = 1000

#: Visits in Postgres, by counter and epoch.
Stored = dict[int, dict[uuid.UUID, int]]


def flush_all() -> int:
    """Write the visits since the last flush to Postgres, and the stored numbers to Redis.

    Returns the number of counters written. Without changes it makes one call to Redis and two plain queries. May be
    repeated. Raises RedisUnavailableError without Redis, django.db.Error without Postgres; the next flush then does the
    same work.
    """
    # First: the numbers read afterwards include the visits that Redis has counted after all.
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
    """Count one visit without Redis and return the total; None if there is no such counter.

    Not to be repeated: a visit has no id.
    """
    with suppress(IntegrityError):
        _grow_direct(counter_id)
    return Counter.objects.visits(counter_id)


def count_in_doubt(counter_id: int, visit: uuid.UUID) -> int | None:
    """Count one visit that Redis did not answer. Returns as `count_directly`. May be repeated."""
    with suppress(IntegrityError):
        Epoch.objects.bulk_create(
            [Epoch(counter_id=counter_id, epoch=visit, visits=1, in_doubt=True)], ignore_conflicts=True
        )
    return Counter.objects.visits(counter_id)


def _settle_doubts() -> None:
    """Ask Redis for each visit in doubt whether it is counted there; if not, count it under DIRECT."""
    for doubt in Epoch.objects.filter(in_doubt=True).order_by("pk")[:BATCH]:
        _settle(doubt, counted_by_redis=visits.settle(doubt.epoch))


@transaction.atomic
def _settle(doubt: Epoch, *, counted_by_redis: bool) -> None:
    # Only one of two flushes at once deletes it.
    deleted, _ = Epoch.objects.filter(pk=doubt.pk).delete()
    if deleted and not counted_by_redis:
        _grow_direct(doubt.counter_id)


def _grow_direct(counter_id: int) -> None:
    """Add a visit to the epoch DIRECT. Raises IntegrityError if there is no such counter."""
    direct = Epoch.objects.filter(counter_id=counter_id, epoch=DIRECT)
    if not _grow(direct):
        # Several may come first at once: one makes the row, and each grows it.
        Epoch.objects.bulk_create([Epoch(counter_id=counter_id, epoch=DIRECT)], ignore_conflicts=True)
        _grow(direct)


def _grow(epoch: QuerySet[Epoch]) -> int:
    return epoch.update(visits=F("visits") + 1, flushed_at=Now())


def _is_ahead(count: Count, stored: Stored) -> bool:
    return count.counter_id in stored and count.number > stored[count.counter_id].get(count.epoch, 0)


def _write(counts: Sequence[Count]) -> int:
    """Write the numbers that are greater than the stored ones, each compared under the lock of its counter."""
    with transaction.atomic():
        # In one order: two flushes can't wait for each other. The direct path does not need this lock.
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
    """Store the numbers of Postgres in Redis, where it lacks them."""
    if count.counter_id not in stored:
        visits.forget(count.counter_id)
        return
    others = dict(stored[count.counter_id])
    mine = others.pop(count.epoch, 0)
    if count.number < mine:
        visits.begin_epoch(count, mine)
    elif count.base != sum(others.values()):
        visits.tell_base(count, sum(others.values()))

"""Visits per day, as differences: a row holds the number of a counter when the day ended.

So a row may be written twice, late or by several workers: the next writing corrects it, and the days always add up to
the number (docs/decisions/0023-days-are-differences.md).
"""

import time
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Now, TruncDate

from core.stores import postgres
from counter.models import Counter, Day

#: Days that a chart shows, today included.
SHOWN = 30
#: Seconds for which a process caches the days before today.
KEPT_S = 30.0

_kept: dict[tuple[str, date], tuple[float, list[int]]] = {}


def record() -> int:
    """Write today's row of each counter visited since its last row; returns their number. May be repeated."""
    last = Day.objects.filter(counter=OuterRef("pk")).order_by("-day").values("visits")[:1]
    grown = Counter.objects.annotate(
        total=Coalesce(Sum("epochs__visits"), 0), last=Coalesce(Subquery(last), 0)
    ).exclude(total=F("last"))
    return _write(list(grown.values_list("pk", flat=True)))


def _write(counter_ids: list[int]) -> int:
    if not counter_ids:
        return 0
    with transaction.atomic():
        # The later of two workers has read the later number. The day is that of Postgres at the reading.
        locked = Counter.objects.filter(pk__in=counter_ids).order_by("pk").select_for_update(no_key=True)
        ids = list(locked.values_list("pk", flat=True))
        totals = Counter.objects.filter(pk__in=ids).annotate(total=Coalesce(Sum("epochs__visits"), 0))
        Day.objects.bulk_create(
            [
                Day(counter_id=counter_id, day=day, visits=total)
                for counter_id, total, day in totals.values_list("pk", "total", TruncDate(Now()))
            ],
            update_conflicts=True,
            unique_fields=["counter", "day"],
            update_fields=["visits"],
        )
    return len(ids)


def before(name: str, today: date) -> list[int]:
    """Return the number at the end of each day before today, oldest first: SHOWN numbers, so SHOWN - 1 days.

    Cached for a moment, so that most visits ask no store. Raises django.db.Error without Postgres.
    """
    read_at, numbers = _kept.get((name, today), (0.0, []))
    if not numbers or time.monotonic() - read_at > KEPT_S:
        with postgres.bounded():
            numbers = _read(name, today)
        for key in [key for key in list(_kept) if key[1] != today]:  # other threads use the old ones meanwhile
            _kept.pop(key, None)
        _kept[name, today] = (time.monotonic(), numbers)
    return numbers


def _read(name: str, today: date) -> list[int]:
    first = today - timedelta(days=SHOWN)
    rows = Day.objects.filter(counter__name=name, day__lt=today)
    ended = dict(rows.filter(day__gt=first).values_list("day", "visits"))
    number = rows.filter(Q(day__lte=first)).order_by("-day").values_list("visits", flat=True).first() or 0
    numbers = []
    for day in (first + timedelta(days=later) for later in range(SHOWN)):
        # A day without a visit has no row.
        number = ended.get(day, number)
        numbers.append(number)
    return numbers

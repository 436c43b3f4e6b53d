"""Visits per day: the differences of numbers, so that the days always add up to the number."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from counter import chart, counting, days, flush
from counter.models import DIRECT, Counter, Day, Epoch
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres


def today() -> date:
    return timezone.localdate()


def ended(home: Counter, days_ago: int, visits: int) -> None:
    Day.objects.create(counter=home, day=today() - timedelta(days=days_ago), visits=visits)


def rows() -> list[tuple[int, int]]:
    """How many days ago, and the number then."""
    return [((today() - row.day).days, row.visits) for row in Day.objects.order_by("-day")]


def test_recording_again_changes_nothing(home: Counter) -> None:
    counting.visit("home")
    counting.visit("home")
    flush.flush_all()
    assert [days.record() for _ in range(3)] == [1, 0, 0]
    assert rows() == [(0, 2)]


def test_a_day_that_goes_on_has_one_row(home: Counter) -> None:
    ended(home, 1, 3)
    Epoch.objects.create(counter=home, epoch=DIRECT, visits=3)
    assert days.record() == 0
    for _ in range(2):
        counting.visit("home")
        flush.flush_all()
        days.record()
    assert rows() == [(0, 5), (1, 3)]


def test_a_look_without_news_is_one_query(home: Counter) -> None:
    counting.visit("home")
    flush.flush_all()
    days.record()
    with CaptureQueriesContext(connection) as queries:
        days.record()
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


def test_visits_without_redis_have_their_day(home: Counter, own_redis: OwnRedis) -> None:
    own_redis.stop()
    counting.visit("home")
    assert days.record() == 1
    assert rows() == [(0, 1)]


def test_workers_at_once_write_the_number(home: Counter) -> None:
    def visit_and_record(_: int) -> None:
        flush.count_directly(home.pk)
        days.record()
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(visit_and_record, range(12)))
    days.record()
    assert rows() == [(0, 12)]


def test_the_days_before_today_go_on_from_the_last_row(home: Counter) -> None:
    ended(home, 50, 100)
    ended(home, 29, 130)
    ended(home, 2, 137)
    ended(home, 0, 999)
    numbers = days.before("home", today())
    assert numbers == [100, *[130] * 27, *[137] * 2]
    drawn = chart.draw(numbers, 140, today())
    assert [bar.visits for bar in drawn.bars] == [30, *[0] * 26, 7, 0, 3]
    assert sum(bar.visits for bar in drawn.bars) == 140 - 100
    assert [bar.is_today for bar in drawn.bars] == [*[False] * 29, True]
    assert (drawn.bars[0].day, drawn.before) == (today() - timedelta(days=29), 137)


def test_the_fullest_day_fills_the_chart() -> None:
    bars = chart.draw([0, 10, 10], 15, today()).bars
    assert [(bar.y, bar.height) for bar in bars] == [("0.00%", "100.00%"), ("100.00%", "0.00%"), ("50.00%", "50.00%")]


def test_a_counter_without_visits_has_empty_days(home: Counter) -> None:
    drawn = chart.draw(days.before("home", today()), 0, today())
    assert {bar.height for bar in drawn.bars} == {"0.00%"}


def test_a_visit_does_not_ask_for_the_days_again(home: Counter, postgres: Postgres) -> None:
    days.before("home", today())
    postgres.stop()
    assert days.before("home", today()) == [0] * days.SHOWN
    with pytest.raises(OperationalError):
        days.before("home", today() + timedelta(days=1))


def test_the_days_of_another_counter_may_be_read_meanwhile(home: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(date):
        """While it is compared, another thread keeps something."""

        def __ne__(self, other: object) -> bool:
            days._kept["other", self] = (0.0, [0])
            return super().__ne__(other)

        __hash__ = date.__hash__

    monkeypatch.setattr(days, "_kept", {("home", Interrupted(2000, 1, 1)): (0.0, [0])})
    days.before("home", today())
    assert ("home", today()) in days._kept

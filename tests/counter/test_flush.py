"""Rule 14: visits are one growing number per epoch, and repeating a flush changes nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from core.stores.redis import NotSentError
from counter import counting, flush, visits
from counter.models import Counter, Epoch
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres


def visit(times: int) -> None:
    for _ in range(times):
        counting.visit("home")


def stored() -> list[int]:
    return sorted(Epoch.objects.values_list("visits", flat=True))


def test_repeating_a_flush_changes_nothing(home: Counter) -> None:
    visit(3)
    assert [flush.flush_all() for _ in range(3)] == [1, 0, 0]
    assert stored() == [3]
    visit(2)
    assert flush.flush_all() == 1
    assert stored() == [5]


def test_a_flush_without_news_only_reads(home: Counter) -> None:
    visit(1)
    flush.flush_all()
    flush.flush_all()
    with CaptureQueriesContext(connection) as queries:
        assert flush.flush_all() == 0
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "SELECT"]


def test_an_empty_redis_asks_postgres_for_visits_in_doubt_alone(home: Counter) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert flush.flush_all() == 0
    assert ["in_doubt" in query["sql"] for query in queries] == [True]


def test_flushes_at_once_count_once(home: Counter) -> None:
    Counter.objects.bulk_create(Counter(name=f"c{number}") for number in range(10))
    names = ["home", *(f"c{number}" for number in range(10))]

    def visit_and_flush(_: int) -> None:
        for name in names:
            counting.visit(name)
            flush.flush_all()
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(visit_and_flush, range(8)))
    flush.flush_all()
    assert stored() == [8] * 11


def test_a_late_flush_takes_nothing_back(home: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    visit(2)
    late = visits.read_all()
    visit(3)
    flush.flush_all()
    # A worker that was paused after it had asked Redis goes on now.
    monkeypatch.setattr(visits, "read_all", lambda: late)
    assert flush.flush_all() == 0
    monkeypatch.undo()
    assert stored() == [5]
    assert counting.visit("home") == 6


def test_a_redis_put_back_from_an_older_copy_begins_a_new_epoch(home: Counter, own_redis: OwnRedis) -> None:
    visit(3)
    copy = own_redis.client.dump(f"visits:counter:{home.pk}")
    visit(4)
    flush.flush_all()
    own_redis.client.restore(f"visits:counter:{home.pk}", 0, copy, replace=True)  # type: ignore[arg-type]
    flush.flush_all()
    assert counting.total("home") == 7
    visit(2)
    flush.flush_all()
    assert stored() == [2, 7]
    assert counting.visit("home") == 10


def test_a_flush_tells_redis_what_was_counted_without_it(home: Counter, own_redis: OwnRedis) -> None:
    visit(2)
    flush.flush_all()
    flush.count_directly(home.pk)
    assert counting.total("home") == 2
    assert flush.flush_all() == 0
    assert counting.total("home") == 3


def test_a_restarted_redis_keeps_its_epoch(home: Counter, own_redis: OwnRedis) -> None:
    visit(2)
    own_redis.stop()
    own_redis.start()
    visit(2)
    flush.flush_all()
    assert stored() == [4]


def test_a_deleted_counter_leaves_redis_and_others_are_written(home: Counter, own_redis: OwnRedis) -> None:
    Counter.objects.create(name="old")
    counting.visit("old")
    visit(1)
    Counter.objects.get(name="old").delete()
    assert flush.flush_all() == 1
    assert stored() == [1]
    assert [count.counter_id for count in visits.read_all()] == [home.pk]


def test_what_postgres_missed_is_written_when_it_is_back(home: Counter, postgres: Postgres) -> None:
    visit(1)
    postgres.stop()
    visit(1)
    with pytest.raises(OperationalError):
        flush.flush_all()
    postgres.start()
    assert flush.flush_all() == 1
    assert stored() == [2]


def test_without_redis_a_flush_says_so(home: Counter, own_redis: OwnRedis) -> None:
    own_redis.stop()
    with pytest.raises(NotSentError):
        flush.flush_all()


def test_direct_visits_at_once_are_all_counted(home: Counter) -> None:
    def count(_: int) -> None:
        flush.count_directly(home.pk)
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(20)))
    assert stored() == [20]

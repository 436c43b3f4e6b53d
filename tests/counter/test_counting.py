"""P10: visits are not lost, whichever store is away. A visit is counted by what the web service has."""

import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import DjangoAssertNumQueries

from core.stores import queue
from counter import counting, flush, visits
from counter.models import DIRECT, Counter, Epoch
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres
from tests.waiting import eventually


def stored() -> int:
    return sum(Epoch.objects.values_list("visits", flat=True))


def test_each_visit_is_counted_once_under_threads(home: Counter) -> None:
    counting.visit("home")
    with ThreadPoolExecutor(8) as threads:
        seen = sorted(threads.map(counting.visit, ["home"] * 400))
    assert seen == list(range(2, 402))
    assert flush.flush_all() == 1
    assert stored() == 401


def test_asking_counts_nothing(home: Counter) -> None:
    assert [counting.total("home") for _ in range(3)] == [0, 0, 0]
    counting.visit("home")
    assert [counting.total("home") for _ in range(3)] == [1, 1, 1]
    assert counting.totals() == {home.pk: 1}


def test_a_known_counter_needs_no_postgres(
    home: Counter, postgres: Postgres, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    counting.visit("home")
    with django_assert_num_queries(0):
        counting.visit("home")
    postgres.stop()
    assert counting.visit("home") == 3
    assert counting.total("home") == 3


def test_a_redis_that_is_stopped_sends_visits_into_postgres(home: Counter, own_redis: OwnRedis) -> None:
    counting.visit("home")
    flush.flush_all()
    own_redis.stop()
    assert [counting.visit("home") for _ in range(3)] == [2, 3, 4]
    assert counting.total("home") == 4
    assert Epoch.objects.get(epoch=DIRECT).visits == 3


def test_a_redis_that_is_back_goes_on_where_it_was(home: Counter, own_redis: OwnRedis) -> None:
    counting.visit("home")
    own_redis.stop()
    counting.visit("home")
    own_redis.start()
    flush.flush_all()
    assert counting.total("home") == 2
    assert counting.visit("home") == 3


def test_an_emptied_redis_begins_a_new_epoch(home: Counter, own_redis: OwnRedis) -> None:
    for _ in range(3):
        counting.visit("home")
    flush.flush_all()
    own_redis.client.flushall()
    assert counting.total("home") == 3
    assert [counting.visit("home") for _ in range(2)] == [4, 5]
    flush.flush_all()
    assert stored() == 5


def test_visits_go_on_with_an_emptied_redis_and_without_postgres(
    home: Counter, own_redis: OwnRedis, postgres: Postgres
) -> None:
    counting.visit("home")
    flush.flush_all()
    own_redis.client.flushall()
    postgres.stop()
    assert [counting.visit("home") for _ in range(2)] == [1, 2]
    postgres.start()
    assert counting.visit("home") == 4


@pytest.mark.parametrize(
    "harm", ["config set maxmemory 1", "replicaof 127.0.0.1 1"], ids=["out of memory", "read only"]
)
def test_a_redis_that_refuses_sends_visits_into_postgres(home: Counter, own_redis: OwnRedis, harm: str) -> None:
    counting.visit("home")
    flush.flush_all()
    own_redis.client.execute_command(harm)  # type: ignore[no-untyped-call]
    assert counting.visit("home") == 2
    assert Epoch.objects.get(epoch=DIRECT).visits == 1


def test_a_hanging_redis_costs_a_visitor_less_than_two_seconds(home: Counter, own_redis: OwnRedis) -> None:
    counting.visit("home")
    flush.flush_all()
    own_redis.pause()
    began = time.monotonic()
    assert counting.visit("home") == 2
    assert time.monotonic() - began < 2
    own_redis.resume()


def test_the_fall_back_to_postgres_is_logged(
    home: Counter, own_redis: OwnRedis, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.stop()
    with caplog.at_level(logging.WARNING, "counter"):
        counting.visit("home")
    assert [record.name for record in caplog.records] == ["counter.counting"]


def test_without_any_store_a_visit_is_refused(home: Counter, own_redis: OwnRedis, postgres: Postgres) -> None:
    counting.visit("home")
    own_redis.stop()
    postgres.stop()
    with pytest.raises(counting.NoStore):
        counting.visit("home")
    with pytest.raises(counting.NoStore):
        counting.total("home")


def test_a_counter_never_met_needs_postgres(home: Counter, postgres: Postgres) -> None:
    postgres.stop()
    with pytest.raises(counting.NoStore):
        counting.visit("home")


def test_an_unknown_counter_is_not_made(home: Counter, own_redis: OwnRedis) -> None:
    with pytest.raises(counting.UnknownCounter):
        counting.visit("away")
    assert own_redis.client.keys("*") == []


@pytest.mark.parametrize("redis_runs", [True, False])
def test_a_deleted_counter_is_unknown_and_may_be_made_anew(
    home: Counter, own_redis: OwnRedis, redis_runs: bool
) -> None:
    counting.visit("home")
    flush.flush_all()
    Counter.objects.all().delete()
    flush.flush_all()
    if not redis_runs:
        own_redis.stop()
    with pytest.raises(counting.UnknownCounter):
        counting.visit("home")
    Counter.objects.create(name="home")
    assert counting.visit("home") == 1


@pytest.mark.parametrize("redis_runs", [True, False])
@pytest.mark.parametrize(("ask", "number"), [(counting.total, 0), (counting.visit, 1)])
def test_a_counter_made_anew_is_met_at_once(
    home: Counter, own_redis: OwnRedis, ask: Callable[[str], int], number: int, redis_runs: bool
) -> None:
    counting.visit("home")
    Counter.objects.all().delete()
    flush.flush_all()
    Counter.objects.create(name="home")
    if not redis_runs:
        own_redis.stop()
    assert ask("home") == number


def test_visits_ask_for_a_flush_once_in_a_while(home: Counter) -> None:
    for _ in range(3):
        counting.visit("home")
    assert [job.func_name for job in queue._queue().jobs] == ["workers.jobs.flush_counters"]


def test_only_the_first_visit_in_a_while_rings_the_bell(home: Counter) -> None:
    assert [visits.count(home.pk, uuid.uuid4())[1] for _ in range(3)] == [True, False, False]
    eventually(lambda: visits.count(home.pk, uuid.uuid4())[1], within=3 * visits.BELL_MS / 1000)

"""P10: visits are not lost, and none is counted twice, whatever happens to the answers of Redis and Postgres."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connections

from core.stores import redis as redis_store
from core.stores.redis import NoAnswerError
from core.stores.running import RunningServers
from counter import counting, flush, visits
from counter.models import DIRECT, Counter, Epoch
from tests.browsing import Browser
from tests.counter.conftest import home
from tests.own_redis import OwnRedis
from tests.promises.parts import BackgroundCall
from tests.proxy import End, Proxy, postgres_proxy, redis_proxy, sha_of
from tests.store_fixtures import Postgres
from tests.system import System
from tests.waiting import eventually

__all__ = ["home", "postgres_proxy", "redis_proxy"]

VISIT = sha_of(visits._visit)
SETTLE = sha_of(visits._settle)


def visit(times: int = 1) -> None:
    for _ in range(times):
        counting.visit("home")


def settle() -> None:
    """Flush as a worker does each second, as soon as Redis answers again."""
    eventually(lambda: not redis_store.is_silent())
    flush.flush_all()


def stored() -> int:
    return sum(Epoch.objects.values_list("visits", flat=True))


@pytest.fixture
def network(home: Counter, redis_proxy: Proxy) -> Proxy:
    """Before a Redis that knows the scripts of visits, so that each is one EVALSHA."""
    for path in sorted(Path(visits.__file__).parent.glob("scripts/*.lua")):
        redis_store.client().script_load(path.read_text())
    return redis_proxy


# A visit that Redis was sent and did not answer -----------------------------------------------------------------------


@pytest.mark.parametrize("end", list(End))
def test_a_visit_whose_answer_is_lost_counts_once(network: Proxy, end: End):
    visit()
    flush.flush_all()
    with network.losing_reply(VISIT, end) as fault:
        # Not known yet: nobody is told less than there are.
        assert counting.visit("home") == 2
        fault.wait_delivered()
    settle()
    flush.flush_all()
    assert (stored(), counting.visit("home")) == (2, 3)


@pytest.mark.parametrize("end", list(End))
def test_a_visit_that_comes_late_counts_once(network: Proxy, end: End):
    with network.holding(VISIT, end) as fault:
        assert counting.visit("home") == 1
        fault.deliver()
    settle()
    flush.flush_all()
    assert (stored(), Epoch.objects.filter(in_doubt=True).count(), counting.visit("home")) == (1, 0, 2)


@pytest.mark.parametrize("end", list(End))
def test_a_visit_that_comes_after_it_was_given_up_counts_once(network: Proxy, end: End):
    visit()
    flush.flush_all()
    with network.holding(VISIT, end) as fault:
        assert counting.visit("home") == 2
        settle()
        fault.deliver()
    flush.flush_all()
    assert (stored(), Epoch.objects.get(epoch=DIRECT).visits, counting.visit("home")) == (2, 1, 3)


def test_a_visit_that_never_comes_counts_once(network: Proxy):
    visit()
    flush.flush_all()
    with network.holding(VISIT, End.CUT):
        assert counting.visit("home") == 2
    flush.flush_all()
    flush.flush_all()
    assert (stored(), counting.visit("home")) == (2, 3)


def test_a_settlement_that_is_repeated_changes_nothing(network: Proxy, postgres_proxy: Proxy):
    with network.holding(VISIT, End.CUT):
        visit()
    with network.losing_reply(SETTLE), pytest.raises(NoAnswerError):
        flush.flush_all()
    with postgres_proxy.losing_reply(b"COMMIT"), pytest.raises(OperationalError):
        flush.flush_all()
    connections.close_all()
    flush.flush_all()
    assert stored() == 1


def test_flushes_at_once_settle_a_visit_once(network: Proxy):
    for _ in range(3):
        with network.holding(VISIT, End.CUT):
            visit()

    def settle_again(_: int) -> None:
        flush.flush_all()
        connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(settle_again, range(8)))
    assert stored() == 3


def test_without_any_answer_no_visit_is_called_uncounted(network: Proxy, postgres_proxy: Proxy):
    visit()
    postgres_proxy.refuse()
    with network.losing_reply(VISIT), pytest.raises(counting.NotKnown):
        visit()


def test_a_direct_visit_whose_answer_is_lost_is_not_known(home: Counter, own_redis: OwnRedis, postgres_proxy: Proxy):
    visit()
    own_redis.stop()
    with postgres_proxy.losing_reply(b"counter_epoch"), pytest.raises(counting.NotKnown):
        visit()


class Visitors:
    """Four of them, who visit all the time."""

    def __enter__(self) -> "Visitors":
        self._stop = threading.Event()
        self._answered = [0] * 4
        self._pool = ThreadPoolExecutor(4)
        self._running = [self._pool.submit(self._visit_on, number) for number in range(4)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for visitor in self._running:
            visitor.result()

    @property
    def answered(self) -> int:
        """Visits that were answered with a number."""
        return sum(self._answered)

    def go_on(self, times: int) -> None:
        """Wait until so many further visits were answered."""
        enough = self.answered + times
        eventually(lambda: self.answered >= enough, what=f"{times} further visits")

    def _visit_on(self, number: int) -> None:
        while not self._stop.is_set():
            counting.visit("home")
            self._answered[number] += 1
        connections.close_all()


def test_visits_are_exact_though_redis_is_killed_again_and_again(home: Counter, own_redis: OwnRedis):
    with Visitors() as visitors:
        for _ in range(5):
            visitors.go_on(50)
            own_redis.stop()
            visitors.go_on(50)
            own_redis.start()
            flush.flush_all()
    flush.flush_all()
    assert (stored(), counting.total("home")) == (visitors.answered,) * 2


def test_visits_are_exact_over_a_long_pause_of_redis(home: Counter, own_redis: OwnRedis):
    """Longer than anybody waits."""
    with Visitors() as visitors:
        visitors.go_on(50)
        own_redis.pause()
        visitors.go_on(8)
        own_redis.resume()
        visitors.go_on(50)
    assert Epoch.objects.filter(in_doubt=True).exists()
    settle()
    assert (stored(), counting.total("home")) == (visitors.answered,) * 2


# Flushes -------------------------------------------------------------------------------------------------------------


def test_a_flush_with_a_lost_answer_to_commit_counts_once(home: Counter, postgres_proxy: Proxy):
    visit(3)
    with postgres_proxy.losing_reply(b"COMMIT") as fault:
        with pytest.raises(OperationalError):
            flush.flush_all()
        fault.wait_delivered()
    connections.close_all()
    assert stored() == 3
    visit(2)
    assert [flush.flush_all(), flush.flush_all()] == [1, 0]
    assert (stored(), counting.total("home")) == (5, 5)


def test_a_flush_that_another_one_overtakes_takes_nothing_back(home: Counter, postgres_proxy: Proxy):
    """A flush that pauses between reading and locking holds a number that is not the greatest any more."""
    visit(3)
    with postgres_proxy.holding(b"FOR NO KEY UPDATE") as fault:
        overtaken = BackgroundCall(flush.flush_all)
        fault.wait()
        visit(2)
        assert flush.flush_all() == 1
        fault.let_through()
        overtaken.join()
    assert (stored(), counting.total("home")) == (5, 5)


def test_a_flush_whose_commit_comes_late_takes_nothing_back(home: Counter, postgres_proxy: Proxy):
    visit(3)
    with postgres_proxy.holding(b"COMMIT", End.CUT) as fault:
        with pytest.raises(OperationalError):
            flush.flush_all()
        connections.close_all()
        visit(2)
        # The counter is locked until the one before is through, or has never been.
        with ThreadPoolExecutor(1) as other:
            second = other.submit(flush.flush_all)
            fault.deliver()
            assert second.result() == 1
            other.submit(connections.close_all).result()
    assert stored() == 5


def test_visits_without_postgres_are_flushed_when_it_is_back(home: Counter, postgres_proxy: Proxy):
    visit(3)
    postgres_proxy.refuse()
    connections.close_all()
    visit(2)
    with pytest.raises(OperationalError):
        flush.flush_all()
    postgres_proxy.recover()
    connections.close_all()
    flush.flush_all()
    assert stored() == 5


# Redis loses what it had ----------------------------------------------------------------------------------------------


def test_an_emptied_redis_costs_what_came_after_the_last_flush(home: Counter, own_redis: OwnRedis):
    visit(3)
    flush.flush_all()
    visit(2)
    own_redis.stop()
    empty(own_redis)
    own_redis.start()
    assert counting.visit("home") == 4
    flush.flush_all()
    assert (stored(), counting.visit("home")) == (4, 5)


def test_an_older_copy_of_redis_loses_nothing_that_was_flushed(home: Counter, own_redis: OwnRedis):
    visit(3)
    own_redis.stop()
    copy = shutil.copytree(own_redis.folder / "appendonlydir", own_redis.folder / "copy")
    own_redis.start()
    visit(4)
    flush.flush_all()
    own_redis.stop()
    empty(own_redis)
    shutil.copytree(copy, own_redis.folder / "appendonlydir")
    own_redis.start()
    assert flush.flush_all() == 0
    assert counting.visit("home") == 8
    visit(5)
    flush.flush_all()
    assert (stored(), counting.visit("home")) == (13, 14)


def test_the_restart_of_both_stores_loses_nothing(home: Counter, own_redis: OwnRedis, postgres: Postgres):
    visit(3)
    flush.flush_all()
    visit(2)
    own_redis.stop()
    postgres.stop()
    with pytest.raises(counting.NoStore):
        visit()
    own_redis.start()
    visit(4)
    postgres.start()
    flush.flush_all()
    assert (stored(), counting.visit("home")) == (9, 10)


def empty(redis: OwnRedis) -> None:
    shutil.rmtree(redis.folder / "appendonlydir")


# The whole system ----------------------------------------------------------------------------------------------------

#: Seconds: a flush is asked for each second, and takes its time on a busy machine.
FLUSHED_WITHIN = 2.5


class Workload:
    """Visitors of the real vote service, who note when each visit was answered, and how many got no number."""

    VISITORS = 4

    def __init__(self, system: System) -> None:
        self._system = system
        self.answered: list[float] = []
        self.unknown = 0

    def __enter__(self) -> "Workload":
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._visit_on) for _ in range(self.VISITORS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def go_on(self, times: int) -> None:
        """Wait until so many further visits were answered."""
        enough = len(self.answered) + times
        eventually(lambda: len(self.answered) >= enough, 60, f"{times} further visits")

    def _visit_on(self) -> None:
        visitor = Browser(self._system.vote_url)
        while not self._stop.is_set():
            try:
                status = visitor.get("/counter/home/").status
            except (OSError, HTTPException):
                self.unknown += 1
            else:
                if status == 200:
                    self.answered.append(time.monotonic())
                else:
                    self.unknown += 1


def shown(system: System) -> int:
    """The number at the web service."""
    number: int = Browser(system.vote_url).get("/counter/home.json").json()["visits"]
    return number


def settled(system: System) -> int:
    """The number once nothing is in doubt any more: the same in Postgres, at the web service, and a moment later."""
    with psycopg.connect(RunningServers.read(system.folder.path).database_url, autocommit=True) as database:

        def all_flushed() -> bool:
            rows = database.execute("SELECT sum(visits), bool_or(in_doubt) FROM counter_epoch").fetchone()
            return rows is not None and rows[0] == shown(system) and not rows[1]

        eventually(all_flushed, 30)
    return shown(system)


@pytest.mark.slow
def test_what_was_answered_is_counted_once_whatever_is_killed(system: System):
    with Workload(system) as workload:
        for part in ("redis", "db", "worker-1", "vote", "redis", "db", "vote", "redis"):
            workload.go_on(50)
            system.wait_back(part, system.kill(part), 30)
        workload.go_on(50)
    assert len(workload.answered) <= settled(system) <= len(workload.answered) + workload.unknown


@pytest.mark.slow
def test_an_emptied_redis_costs_the_visits_since_the_last_flush(system: System):
    """At most."""
    before = settled(system)
    with Workload(system) as workload:
        workload.go_on(1)
        # Longer than what may be lost: else the loss of everything would do.
        eventually(lambda: time.monotonic() - workload.answered[0] > 3 * FLUSHED_WITHIN)
        last_flush = time.monotonic() - FLUSHED_WITHIN
        with system.redis() as redis:
            redis.flushall()
        emptied = time.monotonic()
        workload.go_on(300)
    lost = before + len(workload.answered) - settled(system)
    # Those that Redis had counted, and whose visitors had no answer yet, are one a visitor at most.
    assert 0 <= lost <= sum(last_flush < when <= emptied for when in workload.answered) + workload.VISITORS

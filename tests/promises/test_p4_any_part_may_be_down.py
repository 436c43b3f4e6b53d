"""P4: any one part may be down and voting goes on. The ways in which Redis can fail a vote, and the direct path."""

import os
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError

from core.stores import redis
from polls.lifecycle import safety_net, transitions
from polls.models import State
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import Client, PollDriver, waiting
from tests.promises.parts import audit, finish, run_worker, work
from tests.proxy import Proxy
from tests.store_fixtures import Postgres
from tests.waiting import eventually

JSON = {"Accept": "application/json"}
#: A Redis that loads: so many keys of so many bytes each, with a delay (microseconds) for each.
KEYS, KEY_BYTES, DELAY_US = 200, 2048, 100_000


def refuse(server: OwnRedis, proxy: Proxy) -> None:
    proxy.refuse()


def hang(server: OwnRedis, proxy: Proxy) -> None:
    proxy.hang()


def stop_answering(server: OwnRedis, proxy: Proxy) -> None:
    server.pause()


def run_out_of_memory(server: OwnRedis, proxy: Proxy) -> None:
    server.client.config_set("maxmemory", 1)


def become_read_only(server: OwnRedis, proxy: Proxy) -> None:
    server.client.replicaof("127.0.0.1", 1)


def load(server: OwnRedis, proxy: Proxy) -> None:
    """Restarted, it reads its data for some 20 seconds, unless it is told to hurry."""
    server.client.mset({f"large:{number}": os.urandom(KEY_BYTES) for number in range(KEYS)})
    server.client.bgrewriteaof()
    eventually(lambda: not server.client.info("persistence")["aof_rewrite_in_progress"])
    server.stop()
    server.config |= {"key-load-delay": str(DELAY_US), "loading-process-events-interval-bytes": str(KEY_BYTES)}
    server.start(wait=False)
    eventually(lambda: "loading" in server.complaint(), what="a Redis that is loading")


FAILURES = [refuse, hang, stop_answering, run_out_of_memory, become_read_only, load]


def heal(server: OwnRedis, proxy: Proxy) -> None:
    proxy.heal()
    server.resume()
    server.client.config_set("key-load-delay", 0)
    eventually(server.answers)
    server.client.config_set("maxmemory", 0)
    server.client.replicaof("NO", "ONE")


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_a_vote_that_redis_fails_is_counted_by_postgres_at_once(
    own_redis: OwnRedis, driver: PollDriver, redis_proxy: Proxy, client: Client, fail: Callable[[OwnRedis, Proxy], None]
):
    url = driver.poll.get_absolute_url()
    client.get(url)
    driver.vote("ann", 0)
    driver.vote("bob", 0)
    fail(own_redis, redis_proxy)
    began = time.monotonic()
    answer = client.post(url, {"choice": driver.choices[1]}, headers=JSON)
    assert time.monotonic() - began < 2
    assert (answer.status_code, answer.json()["status"]) == (200, "counted")
    # A change of mind on the direct path beats what waits in Redis.
    assert driver.vote("ann", 1).position is None
    assert driver.totals == [0, 2]
    heal(own_redis, redis_proxy)
    eventually(lambda: driver.vote("cid", 0).position is not None, what="a vote that Redis takes again")
    work()
    assert driver.totals == [2, 2]
    finish(driver)
    assert driver.totals == [2, 2]
    audit(driver)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda fail: fail.__name__)
def test_a_poll_that_closes_as_redis_fails_becomes_final(
    own_redis: OwnRedis, driver: PollDriver, redis_proxy: Proxy, fail: Callable[[OwnRedis, Proxy], None]
):
    """When all is counted."""
    driver.vote("ann", 0)
    fail(own_redis, redis_proxy)
    driver.vote("bob", 1)
    transitions.seal(driver.poll.pk)
    heal(own_redis, redis_proxy)
    finish(driver)
    assert (driver.totals, waiting()) == ([1, 1], 0)
    audit(driver)


# Without Postgres ----------------------------------------------------------------------------------------------------


def test_votes_without_postgres_are_counted_when_it_is_back(driver: PollDriver, postgres: Postgres):
    driver.vote("ann", 0)
    postgres.stop()
    for number in range(20):
        assert driver.vote(f"voter {number}", 1).position is not None
    with pytest.raises(OperationalError):
        safety_net.sweep()
    postgres.start()
    work()
    assert (driver.totals, waiting()) == ([1, 20], 0)
    finish(driver)
    audit(driver)


def test_a_job_without_postgres_loses_nothing(driver: PollDriver, postgres: Postgres):
    """The job is not kept as failed."""
    driver.vote("ann", 0)
    postgres.stop()
    run_worker()
    assert redis.client().keys("rq:failed:*") == []
    postgres.start()
    work()
    assert (driver.totals, driver.tally.state) == ([1, 0], State.OPEN)

import threading
import time

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from redis import Redis, RedisError

from core.stores import redis as redis_store
from polls.models import Poll
from tests.proxy import End, Proxy, postgres_proxy, redis_proxy, until_redis_is_asked
from tests.waiting import eventually

__all__ = ["postgres_proxy", "redis_proxy"]

#: Seconds that a client waits for Redis.
TIMEOUT = settings.REDIS_TIMEOUT


def push(word: str) -> None:
    redis_store.client().rpush("words", word)


def test_a_proxy_passes_everything(redis: Redis, redis_proxy: Proxy, postgres_proxy: Proxy):
    push("one")
    Poll.objects.create(slug="one", question="One?")
    assert redis.lrange("words", 0, -1) == [b"one"]
    assert Poll.objects.count() == 1


@pytest.mark.parametrize("end", list(End))
def test_a_command_whose_reply_is_lost_is_carried_out(redis: Redis, redis_proxy: Proxy, end: End):
    began = time.monotonic()
    with redis_proxy.losing_reply(b"one", end) as fault:
        with pytest.raises(RedisError):
            push("one")
        fault.wait_delivered()
    assert (time.monotonic() - began >= TIMEOUT) is (end is End.SILENCE)
    push("two")
    assert redis.lrange("words", 0, -1) == [b"one", b"two"]


def test_a_fault_strikes_one_command(redis: Redis, redis_proxy: Proxy):
    with redis_proxy.losing_reply(b"word"):
        with pytest.raises(RedisError):
            push("one")
        push("two")
    assert redis.lrange("words", 0, -1) == [b"one", b"two"]


@pytest.mark.parametrize("end", list(End))
def test_a_held_command_is_carried_out_when_it_is_delivered(redis: Redis, redis_proxy: Proxy, end: End):
    with redis_proxy.holding(b"one", end) as fault:
        with pytest.raises(RedisError):
            push("one")
        until_redis_is_asked()
        push("two")
        assert redis.lrange("words", 0, -1) == [b"two"]
        fault.deliver()
    assert redis.lrange("words", 0, -1) == [b"two", b"one"]


def test_a_held_command_that_is_dropped_is_never_carried_out(redis: Redis, redis_proxy: Proxy):
    before = len(redis.client_list())
    with redis_proxy.holding(b"one"), pytest.raises(RedisError):
        push("one")
    eventually(lambda: len(redis.client_list()) <= before)
    assert redis.llen("words") == 0


def test_a_refusing_proxy_is_a_server_that_is_down(redis: Redis, redis_proxy: Proxy):
    push("one")
    redis_proxy.refuse()
    began = time.monotonic()
    with pytest.raises(RedisError):
        push("two")
    assert time.monotonic() - began < TIMEOUT
    redis_proxy.heal()
    push("three")
    assert redis.lrange("words", 0, -1) == [b"one", b"three"]


def test_a_hanging_proxy_is_a_server_that_is_stopped(redis: Redis, redis_proxy: Proxy):
    redis_proxy.hang()
    began = time.monotonic()
    with pytest.raises(RedisError):
        push("one")
    assert time.monotonic() - began >= TIMEOUT
    redis_proxy.heal()
    until_redis_is_asked()
    push("two")
    assert redis.lrange("words", 0, -1) == [b"two"]


@transaction.atomic
def make_poll() -> None:
    Poll.objects.create(slug="one", question="One?")


def test_a_commit_whose_reply_is_lost_has_happened(postgres_proxy: Proxy):
    with postgres_proxy.losing_reply(b"COMMIT"), pytest.raises(OperationalError):
        make_poll()
    connection.close()
    assert Poll.objects.count() == 1


def test_a_commit_may_be_held_and_arrive_late(postgres_proxy: Proxy):
    with postgres_proxy.holding(b"COMMIT", End.CUT) as fault:
        with pytest.raises(OperationalError):
            make_poll()
        connection.close()
        assert Poll.objects.count() == 0
        fault.deliver()
    assert Poll.objects.count() == 1


def test_a_refused_postgres_answers_again_after_healing(postgres_proxy: Proxy):
    postgres_proxy.refuse()
    connection.close()
    with pytest.raises(OperationalError):
        Poll.objects.count()
    postgres_proxy.heal()
    assert Poll.objects.count() == 0


def test_a_proxy_leaves_no_thread_behind(redis: Redis, redis_proxy: Proxy):
    before = threading.active_count()
    push("one")
    redis_proxy.cut()
    eventually(lambda: threading.active_count() <= before, what="as many threads as before")

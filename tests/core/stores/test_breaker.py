"""Nobody waits for a store that does not answer, and everybody asks it again as soon as it does."""

import socket
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings as real_settings
from django.db import OperationalError, connection, connections
from pytest_django import Settings
from redis.exceptions import ConnectionError as NotConnectedError
from redis.exceptions import TimeoutError as TooLateError

from core.stores import postgres as patience
from core.stores import redis
from core.stores.deadline import Connection, each_statement_within
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres
from tests.waiting import eventually

#: Seconds in which somebody who does not wait is done: whoever waits, waits longer.
AT_ONCE = real_settings.REDIS_TIMEOUT


@pytest.fixture
def hanging_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_only_the_first_waits_for_a_redis_that_hangs(own_redis: OwnRedis):
    redis.client().ping()
    own_redis.pause()
    with pytest.raises(TooLateError):
        redis.client().ping()
    for _ in range(20):
        began = time.monotonic()
        with pytest.raises(NotConnectedError, match="did not answer a moment ago"):
            redis.client().ping()
        assert time.monotonic() - began < AT_ONCE
    own_redis.resume()
    assert redis.client().ping()


def test_a_redis_that_does_not_let_connect_is_waited_for_once(
    own_redis: OwnRedis, hanging_port: int, settings: Settings
):
    settings.REDIS = type(own_redis.address)("127.0.0.1", hanging_port, password="secret")
    redis.forget_client()
    with pytest.raises((TooLateError, NotConnectedError)):
        redis.client().ping()
    assert redis.is_silent()


def test_a_redis_that_refuses_is_asked_each_time(own_redis: OwnRedis):
    own_redis.stop()
    with pytest.raises(NotConnectedError):
        redis.client().ping()
    assert not redis.is_silent()
    own_redis.start()
    assert redis.client().ping()


def ask() -> None:
    connection.close()
    with patience.bounded():
        connection.cursor().close()


def test_only_the_first_waits_for_a_postgres_that_hangs(postgres: Postgres, hanging_port: int):
    postgres.move(hanging_port)
    with pytest.raises(OperationalError):
        ask()
    began = time.monotonic()
    with pytest.raises(OperationalError, match="did not answer a moment ago"):
        ask()
    assert time.monotonic() - began < AT_ONCE
    postgres.move(postgres.port)
    eventually(lambda: not patience.is_silent(), what="a Postgres that is asked again")
    ask()


def test_a_refused_statement_is_an_answer(postgres: Postgres):
    with pytest.raises(OperationalError), patience.bounded(), connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '200ms'; SELECT pg_sleep(10)")
    assert not patience.is_silent()
    connection.close()


def test_an_answer_that_takes_too_long_is_given_up(postgres: Postgres):
    parameters = connections["default"].get_connection_params()
    with Connection.connect(**parameters) as slow:
        began = time.monotonic()
        with (
            pytest.raises(psycopg.OperationalError, match="did not answer in time"),
            each_statement_within(0.2),
        ):
            slow.execute("SELECT pg_sleep(5)")
        assert time.monotonic() - began < 2
        assert slow.closed
    with Connection.connect(**parameters) as other:
        other.execute("SELECT pg_sleep(0.3)")


def test_a_deadline_is_of_one_thread_alone(postgres: Postgres):
    parameters = connections["default"].get_connection_params()
    failed: list[Exception] = []

    def take_time() -> None:
        try:
            with Connection.connect(**parameters) as other:
                other.execute("SELECT pg_sleep(0.3)")
        except psycopg.Error as error:
            failed.append(error)

    with each_statement_within(0.1):
        thread = threading.Thread(target=take_time)
        thread.start()
        thread.join()
    assert not failed

"""The port of the sample app's worker: what it stores, and how it loses votes, as the original does."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
import redis as redis_py
from redis import Redis

from ops.drill.sample.worker import Worker
from tests.own_redis import OwnRedis
from tests.waiting import eventually

SCHEMA = "sample_app"
VOTES = f"SELECT id, vote FROM {SCHEMA}.votes"  # noqa: S608 -- a name that stands here
NOBODY: dict[str, str] = {}


@pytest.fixture
def database() -> Iterator[psycopg.Connection]:
    """The tests' Postgres, with a schema in which the worker makes its table."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as postgres:
        postgres.execute(f"CREATE SCHEMA {SCHEMA}")
        try:
            yield postgres
        finally:
            postgres.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.fixture
def worker(own_redis: OwnRedis, database: psycopg.Connection) -> Iterator[Worker]:
    url = f"{os.environ['DATABASE_URL']}?options=-csearch_path%3D{SCHEMA}"
    working = Worker(f"redis://127.0.0.1:{own_redis.port}/0", url)
    yield working
    working.postgres.close()
    working.redis.close()


def cast(redis: Redis, voter: str, vote: str) -> None:
    """Hand a vote in, as the sample app's page does."""
    redis.rpush("votes", json.dumps({"voter_id": voter, "vote": vote}))


def stored(database: psycopg.Connection) -> dict[str, str]:
    return dict(database.execute(VOTES).fetchall())


def end_connection(worker: Worker, database: psycopg.Connection) -> None:
    """End the worker's connection at the server, which the worker does not notice."""
    database.execute("SELECT pg_terminate_backend(%s, 5000)", [worker.postgres.info.backend_pid])


def test_a_vote_is_stored_and_a_newer_one_replaces_it(
    worker: Worker, own_redis: OwnRedis, database: psycopg.Connection
):
    for voter, vote in [("ann", "a"), ("bob", "a"), ("ann", "b")]:
        cast(own_redis.client, voter, vote)
        worker.step()

    assert stored(database) == {"ann": "b", "bob": "a"}


def test_a_vote_is_popped_and_dropped_at_a_reconnect(worker: Worker, own_redis: OwnRedis, database: psycopg.Connection):
    cast(own_redis.client, "ann", "a")
    cast(own_redis.client, "bob", "b")
    worker.postgres.close()

    worker.step()
    assert (own_redis.client.llen("votes"), stored(database)) == (1, NOBODY)

    worker.step()
    assert stored(database) == {"bob": "b"}


def test_a_broken_connection_ends_the_worker_and_its_vote(
    worker: Worker, own_redis: OwnRedis, database: psycopg.Connection
):
    cast(own_redis.client, "ann", "a")
    end_connection(worker, database)

    with pytest.raises(psycopg.OperationalError):
        worker.step()

    assert (own_redis.client.llen("votes"), stored(database)) == (0, NOBODY)


def test_a_broken_connection_ends_an_idle_worker(worker: Worker, database: psycopg.Connection):
    end_connection(worker, database)

    with pytest.raises(psycopg.OperationalError):
        worker.step()


def test_redis_that_is_away_is_waited_for(
    worker: Worker, own_redis: OwnRedis, database: psycopg.Connection, capsys: pytest.CaptureFixture[str]
):
    own_redis.stop()
    step = threading.Thread(target=worker.step)
    step.start()
    eventually(lambda: "Waiting for redis" in capsys.readouterr().err)
    own_redis.start()
    cast(own_redis.client, "ann", "a")
    step.join(20)
    # The vote may have come after that step.
    worker.step()

    assert stored(database) == {"ann": "a"}


def test_a_redis_that_hangs_ends_the_worker(worker: Worker, own_redis: OwnRedis):
    with own_redis.client as client, suppress(redis_py.TimeoutError):
        client.execute_command("CLIENT", "PAUSE", "7000")

    with pytest.raises(redis_py.TimeoutError):
        worker.step()

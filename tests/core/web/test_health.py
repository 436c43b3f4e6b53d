"""Health checks: the answers while a store is away, and how fast they come."""

import socket
import time
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres


@pytest.fixture
def hanging_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_alive_asks_no_store(client: Client, own_redis: OwnRedis, postgres: Postgres) -> None:
    client.cookies["sessionid"] = "x" * 32
    own_redis.stop()
    postgres.stop()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert not answer.cookies


def test_ready_with_both_stores(client: Client, own_redis: OwnRedis, postgres: Postgres, settings: Settings) -> None:
    settings.ROLE = "vote"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "role": "vote",
        "door": "vote",
        "stores": {"postgres": "up", "redis": "up"},
    }
    assert "no-store" in answer["Cache-Control"]


def test_ready_without_redis(client: Client, own_redis: OwnRedis, postgres: Postgres) -> None:
    own_redis.stop()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["stores"]) == (200, {"postgres": "up", "redis": "down"})


def test_ready_without_postgres(client: Client, own_redis: OwnRedis, postgres: Postgres) -> None:
    postgres.stop()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["stores"]) == (200, {"postgres": "down", "redis": "up"})


def test_not_ready_without_both(client: Client, own_redis: OwnRedis, postgres: Postgres) -> None:
    own_redis.stop()
    postgres.stop()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
    assert int(answer["Retry-After"]) > 0


def test_stores_that_hang_hold_up_no_probe(
    client: Client, own_redis: OwnRedis, postgres: Postgres, hanging_port: int
) -> None:
    own_redis.pause()
    postgres.move(hanging_port)
    began = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - began < 1.5
    assert answer.status_code == 503
    assert answer.json()["stores"]["postgres"] == "hanging"
    own_redis.resume()


def test_a_store_that_is_back_is_seen(client: Client, own_redis: OwnRedis, postgres: Postgres) -> None:
    own_redis.stop()
    client.get("/readyz")
    own_redis.start()
    assert client.get("/readyz").json()["stores"]["redis"] == "up"


def test_probes_are_answered_under_https(client: Client, own_redis: OwnRedis, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 401  # for Prometheus, which comes as probes do
    assert client.get("/").status_code == 301

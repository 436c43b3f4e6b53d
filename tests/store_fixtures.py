"""Stores that a test may take away from this process. A conftest.py imports the fixtures that its tests use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from core.stores import postgres as patience
from core.stores import queue, redis
from tests.own_redis import OwnRedis


def forget_clients() -> None:
    """Let the process ask anew where Redis is."""
    redis.forget_client()
    queue._queue.cache_clear()


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[OwnRedis]:
    """An empty Redis, which the process's client asks now."""
    server = OwnRedis(tmp_path).with_own_clock()
    server.start()
    settings.REDIS = server.address
    forget_clients()
    yield server
    server.stop()
    forget_clients()


@pytest.fixture
def patient(settings: Settings) -> Iterator[None]:
    """Let this test's clients of Redis wait long enough for what it holds on a busy machine."""
    settings.REDIS_TIMEOUT = 10
    forget_clients()
    yield
    forget_clients()


class Postgres:
    """Takes Postgres away from this process, and gives it back."""

    def __init__(self) -> None:
        self.port = connection.settings_dict["PORT"]

    def stop(self) -> None:
        self.move(1)

    def start(self) -> None:
        self.move(self.port)
        patience.ask_again()

    def move(self, port: int) -> None:
        connection.close()
        connection.settings_dict["PORT"] = port


@pytest.fixture
def postgres(transactional_db: None) -> Iterator[Postgres]:
    """Postgres as the part sees it. Stopped: nothing listens where it asks."""
    server = Postgres()
    yield server
    server.start()

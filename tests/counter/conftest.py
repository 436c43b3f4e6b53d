"""What the tests of the counter stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from counter import counting
from counter.models import Counter
from tests.own_redis import OwnRedis
from votingsite import stores


@pytest.fixture
def own_redis(tmp_path: Path, settings: Settings) -> Iterator[OwnRedis]:
    """An empty Redis, which the process's client asks now."""
    server = OwnRedis(tmp_path)
    server.start()
    settings.REDIS = server.address
    stores.redis.cache_clear()
    yield server
    server.stop()
    stores.redis.cache_clear()


@pytest.fixture
def home(transactional_db: None, own_redis: OwnRedis) -> Iterator[Counter]:
    """A counter that nobody has visited, and that this process has not met."""
    counting._ids.clear()
    yield Counter.objects.create(name="home")
    counting._ids.clear()


class Postgres:
    """Takes Postgres away from this process, and gives it back."""

    def __init__(self) -> None:
        self._port = connection.settings_dict["PORT"]

    def stop(self) -> None:
        self._move(1)

    def start(self) -> None:
        self._move(self._port)

    def _move(self, port: int) -> None:
        connection.close()
        connection.settings_dict["PORT"] = port


@pytest.fixture
def postgres(transactional_db: None) -> Iterator[Postgres]:
    """Postgres as the part sees it. Stopped: nothing listens where it asks."""
    server = Postgres()
    yield server
    server.start()

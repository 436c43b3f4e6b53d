import threading
from collections.abc import Callable

import pytest

from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres, forget_clients
from workers import worker


class Rounds(threading.Event):
    """Stops the safety net after some rounds; calls one of these between each two."""

    def __init__(self, *between: Callable[[], object]) -> None:
        super().__init__()
        self._between = iter(between)

    def wait(self, timeout: float | None = None) -> bool:
        step = next(self._between, None)
        if step is not None:
            step()
        return step is None


def nothing() -> None:
    """Let the next round be as the last."""


def test_a_redis_that_is_away_is_said_once(
    own_redis: OwnRedis, transactional_db: None, caplog: pytest.LogCaptureFixture
) -> None:
    def start() -> None:
        own_redis.start()
        forget_clients()

    own_redis.stop()
    worker._sweep_until(Rounds(nothing, nothing, start, nothing))
    begin, end = caplog.messages
    assert begin.startswith("The safety net waits for a store: list_boxes: Error 111")
    assert end == "The safety net goes on: the stores answer"


def test_a_postgres_that_is_away_is_said_in_one_line(
    own_redis: OwnRedis, postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    postgres.stop()
    worker._sweep_until(Rounds(nothing, nothing, postgres.start, nothing))
    begin, end = caplog.messages
    assert "Connection refused" in begin
    assert "\n" not in begin
    assert end == "The safety net goes on: the stores answer"


def test_another_store_is_said_too(own_redis: OwnRedis, postgres: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    """Redis goes when Postgres comes back: both are told."""

    def change() -> None:
        postgres.start()
        own_redis.stop()

    postgres.stop()
    worker._sweep_until(Rounds(nothing, change, nothing))
    assert [message.startswith("The safety net waits") for message in caplog.messages] == [True, True]

import logging
from collections.abc import Callable

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

from votingsite.logs import StoreIsAway


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[Exception], str]:
    """What stands on stderr after an exception was logged."""
    handler = logging.StreamHandler()
    handler.addFilter(StoreIsAway())
    logger = logging.Logger("a part")
    logger.addHandler(handler)

    def log(error: Exception) -> str:
        try:
            raise error
        except type(error):
            logger.exception("Quitting %s:", "now")
        return capsys.readouterr().err

    return log


@pytest.mark.parametrize(
    "error", [OperationalError("connection refused\n  is it up?"), RedisConnectionError("refused")]
)
def test_a_store_that_is_away_is_one_line(said: Callable[[Exception], str], error: Exception):
    line = said(error)
    assert line.startswith(f"Quitting now: {type(error).__name__}: ")
    assert line.count("\n") == 1


def test_a_defect_keeps_its_traceback(said: Callable[[Exception], str]):
    assert "Traceback" in said(KeyError("choice"))

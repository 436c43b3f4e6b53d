import io
import logging
import sys

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response
from redis.exceptions import ConnectionError as RedisConnectionError

from votingsite.logs import StoreIsAway


def said(error: Exception) -> str:
    """What a handler writes when an exception is logged."""
    handler = logging.StreamHandler(output := io.StringIO())
    handler.addFilter(StoreIsAway())
    try:
        raise error
    except type(error):
        handler.handle(logging.LogRecord("x", logging.ERROR, "x", 1, "Quitting %s:", ("now",), sys.exc_info()))
    return output.getvalue()


@pytest.mark.parametrize("error", [OperationalError("refused\n  is it %s up?"), RedisConnectionError("refused")])
def test_a_store_that_is_away_is_one_line(error: Exception):
    line = said(error)
    assert line.startswith(f"Quitting now: {type(error).__name__}: refused")
    assert line.count("\n") == 1


def test_a_defect_keeps_its_traceback():
    assert "Traceback" in said(KeyError("choice"))


@pytest.mark.parametrize(("status", "lines"), [(503, 0), (500, 1)])
def test_only_503_is_not_logged(caplog: pytest.LogCaptureFixture, status: int, lines: int):
    log_response("%s", "/", response=HttpResponse(status=status), request=RequestFactory().get("/"))
    assert len(caplog.records) == lines

import io
import json
import logging
import sys

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.log import log_response
from redis.exceptions import ConnectionError as RedisConnectionError

from core.web import request_ids
from votingsite.logs import JsonFormatter, LineFormatter, OnceAMinute, StoreIsAway


def said(error: Exception) -> str:
    """Return what a handler writes when an exception is logged."""
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


def test_a_collector_that_is_away_is_a_line_a_minute():
    said = [
        logging.makeLogRecord({"msg": "Failed to export: %s", "args": (number,), "created": 60.0 + at})
        for number, at in enumerate((0, 5, 59, 60))
    ]
    other = logging.makeLogRecord({"msg": "Failed to encode", "created": 65.0})
    only = OnceAMinute()
    assert [record.args for record in said if only.filter(record)] == [(0,), (3,)]
    assert only.filter(other)


@pytest.mark.parametrize(("status", "lines"), [(503, 0), (500, 1)])
def test_only_503_is_not_logged(caplog: pytest.LogCaptureFixture, status: int, lines: int):
    log_response("%s", "/", response=HttpResponse(status=status), request=RequestFactory().get("/"))
    assert len(caplog.records) == lines


# Formats -------------------------------------------------------------------------------------------------------------


def record(message: str = "counted %s", *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("polls.counting.drain", logging.INFO, "x", 1, message, arguments or ("7",), None)
    vars(made).update(extra)
    return made


def test_a_line_ends_with_the_request_that_it_is_about():
    formatter = LineFormatter("%(levelname)s %(name)s: %(message)s")
    assert formatter.format(record()) == "INFO polls.counting.drain: counted 7"
    with request_ids.working_for("abc"):
        assert formatter.format(record()) == "INFO polls.counting.drain: counted 7 [abc]"


def test_json_has_what_was_logged_with_the_line():
    with request_ids.working_for("abc"):
        line = JsonFormatter().format(record(poll=3, position="1-0"))
    entry = json.loads(line)
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "info",
        "logger": "polls.counting.drain",
        "message": "counted 7",
        "poll": 3,
        "position": "1-0",
        "request_id": "abc",
    }


def test_a_line_break_in_a_message_makes_no_second_line_of_json():
    assert JsonFormatter().format(record("%s", "a\nb")).count("\n") == 0


def test_json_has_the_traceback_of_a_defect():
    made = record()
    made.exc_info = (KeyError, KeyError("choice"), None)
    assert "KeyError: 'choice'" in json.loads(JsonFormatter().format(made))["exception"]

"""Logs: lines for people, or JSON for programs. A store that is away is one line, not a traceback.

Our lines hold no address and no voter key: of a vote they have its poll, its position and its outcome.
"""

import json
import logging
import math
from datetime import UTC, datetime
from typing import Any

from django.db import Error as PostgresError
from redis import RedisError

from core.stores.errors import one_line
from core.telemetry import otel
from core.web import request_ids

_PACKAGES = ("accounts", "api", "core", "counter", "inspection", "polls", "votingsite", "workers")
#: The attributes of every record; all others came by `extra`, and become fields of the JSON.
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "taskName"}


class StoreIsAway(logging.Filter):
    """Replaces the traceback of an error of Postgres or Redis by one sentence, whoever logs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, PostgresError | RedisError):
            record.msg, record.args = f"{record.getMessage()} {type(error).__name__}: {one_line(error)}", ()
            record.exc_info = record.exc_text = None
        return True


class OnceAMinute(logging.Filter):
    """Drops a message that was logged less than a minute ago, whatever its arguments: a collector may be away long."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every other record pass."""
        is_new = record.created - self._said.get(record.msg, -math.inf) >= 60
        if is_new:
            self._said[record.msg] = record.created
        return is_new


class NotUnavailable(logging.Filter):
    """Drops Django's line for each 503: with both stores away each vote has one, and the breakers have logged why."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every other record pass."""
        return getattr(record, "status_code", None) != 503


def _request_id(record: logging.LogRecord) -> str:
    """Return the id in `extra`, or of the request that this was logged for."""
    return str(getattr(record, "request_id", "") or request_ids.current())


class LineFormatter(logging.Formatter):
    """Formats a record as a line, with the ids of the request and of the trace at its end if there are any."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return the first line; a traceback follows it."""
        trace_id = otel.trace_id()
        ids = " ".join(filter(None, [_request_id(record), trace_id and f"trace {trace_id}"]))
        line = super().formatMessage(record)
        return f"{line} [{ids}]" if ids else line


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON: time, level, logger, message, extra fields, ids of request and trace."""

    def format(self, record: logging.LogRecord) -> str:
        """Return JSON without a line break."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD},
        }
        if request_id := _request_id(record):
            entry["request_id"] = request_id
        if trace_id := otel.trace_id():
            entry["trace_id"] = trace_id
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str, ensure_ascii=False)


def configuration(level: str, form: str) -> dict[str, Any]:
    """Return LOGGING: what our packages say from `level` on, as `form`, the name of a formatter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": LineFormatter, "format": "%(levelname)s %(name)s: %(message)s"},
            "json": {"()": JsonFormatter},
        },
        "filters": {
            "store is away": {"()": StoreIsAway},
            "not unavailable": {"()": NotUnavailable},
            "once a minute": {"()": OnceAMinute},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form, "filters": ["store is away"]}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Only our packages: details of libraries would bury the rest.
            **{package: {"level": level.upper()} for package in _PACKAGES},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["not unavailable"]},
            "django.security": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "rq": {"level": "WARNING"},
            # Of spans that can't be sent: a line for each attempt, each retry and each span.
            "opentelemetry": {"level": "ERROR"},
            "opentelemetry.exporter.otlp.proto.http.trace_exporter": {"filters": ["once a minute"]},
            # It logs a traceback where the hub logs a line.
            "channels_redis.pubsub": {"level": "CRITICAL"},
        },
    }

"""Logs: a line for people, or JSON for programs. A store that is away is a line, not a traceback.

No line of ours holds an address, and none a voter key: of a vote its poll, its position and its fate are logged.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from django.db import Error as PostgresError
from redis import RedisError

from core.stores.errors import one_line
from core.web import request_ids

_PACKAGES = ("accounts", "core", "counter", "inspection", "polls", "votingsite", "workers")
#: What every record has; all else came by `extra` and is a field of the JSON.
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "taskName"}


class StoreIsAway(logging.Filter):
    """Turns the traceback of an error of Postgres or Redis, whoever logs it, into its one sentence."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, PostgresError | RedisError):
            record.msg, record.args = f"{record.getMessage()} {type(error).__name__}: {one_line(error)}", ()
            record.exc_info = record.exc_text = None
        return True


class NotUnavailable(logging.Filter):
    """Drops Django's line for each 503: with both stores away there is one a vote, and the breakers have said it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every other record pass."""
        return getattr(record, "status_code", None) != 503


def _request_id(record: logging.LogRecord) -> str:
    """Return the id of the request that this was logged for; `extra` may name another."""
    return str(getattr(record, "request_id", "") or request_ids.current())


class LineFormatter(logging.Formatter):
    """A line, with the request's id at the end where there is one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """The first line; a traceback follows it."""
        request_id = _request_id(record)
        line = super().formatMessage(record)
        return f"{line} [{request_id}]" if request_id else line


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON: time, level, logger, message, request id and the extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """As text without a line break."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD},
        }
        if request_id := _request_id(record):
            entry["request_id"] = request_id
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
        "filters": {"store is away": {"()": StoreIsAway}, "not unavailable": {"()": NotUnavailable}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form, "filters": ["store is away"]}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Ours alone: what libraries say in detail would bury it.
            **{package: {"level": level.upper()} for package in _PACKAGES},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["not unavailable"]},
            "django.security": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            "rq": {"level": "WARNING"},
            # It says with a traceback what the hub says in a line.
            "channels_redis.pubsub": {"level": "CRITICAL"},
        },
    }

"""Reports of the processes, and the history of the last minutes. Only this module knows these keys.

Under `parts:` Redis holds the newest report of each process, when each was last heard, and the history: one entry every
few seconds. Times are by Redis's clock, so that all readers agree on which process is down. Everything expires.

Every function raises RedisUnavailableError (core.stores.redis) when Redis can't be asked or doesn't answer.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy
from redis.client import Pipeline
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.stores.redis import NoAnswerError, Script

#: Seconds of silence after which a process counts as down. It beats every half second.
SILENT_AFTER_S = 1.75
#: Seconds of silence after which a process is forgotten.
FORGET_AFTER_S = 600
#: Seconds between two entries of the history, and how many there are: ten minutes.
HISTORY_EVERY_S = 5
HISTORY_LENGTH = 120

#: Its keys, for the Redis inspector.
KINDS = (
    KeyKind("parts:reports", r"parts:reports", gettext_lazy("The state of each process, for the pipeline page.")),
    KeyKind("parts:heard", r"parts:heard", gettext_lazy("When each process last reported.")),
    KeyKind("parts:history", r"parts:history", gettext_lazy("The last ten minutes of the pipeline page.")),
)

_REPORTS = "parts:reports"
_HEARD = "parts:heard"
_HISTORY = "parts:history"

_SCRIPTS = Path(__file__).parent / "scripts"
_report = Script(_SCRIPTS / "report.lua")
_remember = Script(_SCRIPTS / "remember.lua")


@dataclass(frozen=True, slots=True)
class Heard:
    """Redis's answer to a report: its clock in seconds since 1970, and whether an entry of the history is due."""

    clock: float
    history_is_due: bool


def say(process: str, report: dict[str, Any] | None) -> Heard:
    """Store a process's report; None only says that it is alive. May be repeated."""
    text = "" if report is None else json.dumps(report, separators=(",", ":"))
    keys = [_REPORTS, _HEARD, _HISTORY]
    seconds, microseconds, due = _report(keys, [process, text, 1000 * FORGET_AFTER_S, 1000 * HISTORY_EVERY_S])
    return Heard(int(seconds) + int(microseconds) / 1e6, bool(due))


def take_leave(process: str) -> None:
    """Deregister a process that ends in order. May be repeated."""
    try:
        with redis.client().pipeline(transaction=False) as pipeline:
            pipeline.hdel(_REPORTS, process)
            pipeline.zrem(_HEARD, process)
            pipeline.execute()
    except RedisError as error:
        raise NoAnswerError(str(error)) from error


def remember(entry: dict[str, float | None]) -> None:
    """Add an entry to the history, unless there is one for this interval."""
    text = json.dumps(entry, separators=(",", ":"))
    _remember([_HISTORY], [text, 1000 * HISTORY_EVERY_S, HISTORY_LENGTH])


@dataclass(frozen=True, slots=True)
class Report:
    """The latest report of a process (core.telemetry.heartbeat), and its time in seconds since 1970."""

    process: str
    heard_at: float
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reports:
    """All reports, and the history: moments (seconds since 1970) with the entries of `remember`."""

    reports: list[Report]
    history: list[tuple[float, dict[str, float | None]]]


def ask(pipeline: Pipeline) -> None:
    """Queue the commands whose answers `read` takes."""
    pipeline.hgetall(_REPORTS)
    pipeline.zrange(_HEARD, 0, -1, withscores=True)
    pipeline.xrange(_HISTORY)


#: The number of answers to `ask`.
ANSWERS = 3


def read(answers: list[Any]) -> Reports:
    """Read the answers to `ask`."""
    said, heard, history = answers
    return Reports(
        [
            Report(process.decode(), heard_ms / 1000, json.loads(said[process]))
            for process, heard_ms in heard
            if process in said
        ],
        [(int(position.partition(b"-")[0]) / 1000, json.loads(fields[b"entry"])) for position, fields in history],
    )

"""Reports of the processes, and the history of the last minutes. No other module knows these keys.

Under `parts:` Redis has the newest report of each process, when each was heard, and the history: one entry every few
seconds. Times are those of Redis's clock, so that all readers agree on who is silent. Everything expires by itself.

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

#: A process that is silent for so long is down. It says every half second that it is alive.
SILENT_AFTER_S = 1.75
#: A process that was heard last so long ago is forgotten.
FORGET_AFTER_S = 600
#: Seconds between two entries of the history, and how many there are: ten minutes.
HISTORY_EVERY_S = 5
HISTORY_LENGTH = 120

#: What its keys are, for people who look.
KINDS = (
    KeyKind(
        "parts:reports", r"parts:reports", gettext_lazy("What each process says of itself, for the pipeline page.")
    ),
    KeyKind("parts:heard", r"parts:heard", gettext_lazy("When each process was heard last.")),
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
    """Redis's answer to a report: its clock in seconds since 1970, and whether the history waits for an entry."""

    clock: float
    history_is_due: bool


def say(process: str, report: dict[str, Any] | None) -> Heard:
    """Leave a process's report; None: it only says that it is alive. May be repeated."""
    text = "" if report is None else json.dumps(report, separators=(",", ":"))
    keys = [_REPORTS, _HEARD, _HISTORY]
    seconds, microseconds, due = _report(keys, [process, text, 1000 * FORGET_AFTER_S, 1000 * HISTORY_EVERY_S])
    return Heard(int(seconds) + int(microseconds) / 1e6, bool(due))


def take_leave(process: str) -> None:
    """Say that a process ends in order: it is not missed. May be repeated."""
    try:
        with redis.client().pipeline(transaction=False) as pipeline:
            pipeline.hdel(_REPORTS, process)
            pipeline.zrem(_HEARD, process)
            pipeline.execute()
    except RedisError as error:
        raise NoAnswerError(str(error)) from error


def remember(entry: dict[str, float | None]) -> None:
    """Add an entry to the history, unless there is one of these seconds."""
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
    """All reports, and the history: moments (seconds since 1970) with what `remember` was given."""

    reports: list[Report]
    history: list[tuple[float, dict[str, float | None]]]


def ask(pipeline: Pipeline) -> None:
    """Put into a pipeline what `read` reads."""
    pipeline.hgetall(_REPORTS)
    pipeline.zrange(_HEARD, 0, -1, withscores=True)
    pipeline.xrange(_HISTORY)


#: How many answers `ask` gets.
ANSWERS = 3


def read(answers: list[Any]) -> Reports:
    """Read the replies that the pipeline got."""
    said, heard, history = answers
    return Reports(
        [
            Report(process.decode(), heard_ms / 1000, json.loads(said[process]))
            for process, heard_ms in heard
            if process in said
        ],
        [(int(position.partition(b"-")[0]) / 1000, json.loads(fields[b"entry"])) for position, fields in history],
    )

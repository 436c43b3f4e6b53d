"""A live drill: the audience of a poll votes while parts are killed, and its phones check their own receipts.

One goes on at a time. Its poll stands in a file of the data folder: so every web service knows it, also with both
stores down, and no other poll costs a question to a store. What the phones report stands in Redis, as votes do.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import Error as PostgresError
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import files, postgres, redis
from core.stores.key_kinds import KeyKind
from core.stores.redis import RedisUnavailableError, Script
from polls.box import ballot_box
from polls.box.casts import NO_CAST, BadCastError, Cast
from polls.box.definition import Definition
from polls.models import Ballot
from polls.results import snapshots
from polls.voting.receipts import Receipt

KINDS = (
    KeyKind(
        "drills:P:R",
        r"drills:\d+:\d+",
        gettext_lazy("Receipts of round R of poll P that phones have checked in a live drill, by voter key."),
    ),
)

#: Seconds for which a process uses what it has read of the file.
_FRESH_S = 0.5
#: Seconds for which reports are kept after the last one.
_KEPT_S = 24 * 3600
#: The most waiting casts that are looked through.
_MOST = 10_000

_report = Script(Path(__file__).parent / "scripts" / "report_receipt.lua")


class Found(StrEnum):
    """The states in which a phone finds its receipt."""

    COUNTED = "counted"
    #: The poll has become final without it.
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Going:
    """The live drill that goes on: its poll and round, and when it began, in seconds since 1970."""

    poll_id: int
    round: int
    began_at: float


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of voters; None where the store that knows it does not answer."""

    #: Whose vote was accepted, and whose vote is counted, as the stores say.
    accepted: int | None = None
    counted: int | None = None
    #: Whose phone has found its receipt counted, and whose has found it missing.
    found: int | None = None
    missing: int | None = None


def is_available() -> bool:
    """Tell whether this system may be broken before an audience: it is switched on, and bin/up runs the parts."""
    return settings.DRILLS and settings.INSTRUCTOR


def begin(definition: Definition) -> None:
    """Make this poll, in its present round, the one of the live drill."""
    files.write(_file(), json.dumps([definition.id, definition.round, time.time()]))
    _newest.forget()


def of(definition: Definition) -> Going | None:
    """Return the live drill of this poll in its present round; None if there is none. Asks no store."""
    if not is_available():
        return None
    going = _newest.read()
    return going if going and (going.poll_id, going.round) == (definition.id, definition.round) else None


class _Newest:
    """The file, as this process has read it last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Read it anew next time."""
        self._read_at = -_FRESH_S
        self._going: Going | None = None

    def read(self) -> Going | None:
        with self._lock:
            if time.monotonic() - self._read_at >= _FRESH_S:
                self._going, self._read_at = _read(), time.monotonic()
            return self._going


_newest = _Newest()


def _file() -> Path:
    return settings.DATA_DIR / "run" / "live-drill.json"


def _read() -> Going | None:
    try:
        return Going(*json.loads(_file().read_text()))
    except (OSError, ValueError, TypeError):
        return None


def report(receipt: Receipt, found: Found) -> None:
    """Store what the holder of a receipt has found. May be repeated; a voter's newest receipt replaces older ones.

    Raises RedisUnavailableError: it may be stored or not.
    """
    vote = receipt.cast
    _report([_key(receipt.poll_id, vote.round)], [str(vote.voter_key), str(vote.cast_id), found.value, _KEPT_S])


def _key(poll_id: int, round_: int) -> str:
    return f"drills:{poll_id}:{round_}"


def numbers(definition: Definition) -> Numbers:
    """Return the numbers of a live drill. Never raises because of a store."""
    found = missing = waiting = None
    with suppress(RedisError, RedisUnavailableError):
        values = cast("list[bytes | None]", redis.client().hmget(_key(definition.id, definition.round), list(Found)))
        found, missing = (int(value or 0) for value in values)
        waiting = _waiting(definition)
    with suppress(PostgresError), postgres.bounded():
        ballots = Ballot.objects.filter(poll=definition.id).exclude(cast_id=NO_CAST)
        counted = ballots.count()
        if waiting is None:
            return Numbers(None, counted, found, missing)
        return Numbers(counted + len(waiting) - ballots.filter(voter_key__in=waiting).count(), counted, found, missing)
    seen = snapshots.newest([definition.id]).snapshots.get(definition.id)
    if waiting is None or seen is None:
        return Numbers(None, None, found, missing)
    # Who has only changed a vote is among the counted, too: nobody can say until Postgres answers.
    return Numbers(seen["voters"] + len(waiting), seen["voters"], found, missing)


def _waiting(definition: Definition) -> set[UUID]:
    """Return the voter keys of the casts that wait in the poll's box."""
    voters = set()
    for entry in ballot_box.read(definition.id, definition.box, _MOST):
        with suppress(BadCastError):
            vote = Cast.load(entry.payload)
            if vote.round == definition.round:
                voters.add(vote.voter_key)
    return voters

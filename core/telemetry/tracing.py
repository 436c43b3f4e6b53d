"""Tracing of a single vote: each station of its way records when the vote passed.

A followed vote carries the id of its request in its cast. Any other vote costs one search in its bytes. Only this
module knows the keys: `follow:` and the id, a hash of spans that expires.
"""

import json
import logging
import os
import re
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.stores.redis import NoAnswerError
from core.telemetry import otel

logger = logging.getLogger(__name__)

#: Seconds for which the spans of a vote are kept.
KEPT_S = 600
KINDS = (
    KeyKind("follow:F", r"follow:.*", gettext_lazy("The times at which the followed vote F passed each station.")),
)

#: No station: the field with the id (`traceparent`) of the span that the stations are below, where OpenTelemetry is on.
_PARENT = "parent"
_HINT = b'"follow":"'
_ID = re.compile(rb'"follow":"([A-Za-z0-9._-]{1,64})"')


def _key(follow_id: str) -> str:
    return f"follow:{follow_id}"


@dataclass(frozen=True, slots=True)
class Span:
    """The moment at which a vote was at a station: seconds since 1970, by the clock of the process there."""

    station: str
    at: float
    process: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def begin(follow_id: str) -> None:
    """Follow a vote that is about to be cast: its stations become spans below the present one of OpenTelemetry.

    The id of that span is kept beside the stations, and not in the cast.
    """
    if parent := otel.traceparent():
        try:
            with redis.client().pipeline(transaction=False) as pipeline:
                pipeline.hsetnx(_key(follow_id), _PARENT, parent)
                pipeline.expire(_key(follow_id), KEPT_S)
                pipeline.execute()
        except RedisError as error:
            logger.debug("A followed vote has no trace: %s", error)


def parents(follow_ids: Iterable[str]) -> dict[str, str]:
    """Return the ids of the spans below which the stations of these votes are, where OpenTelemetry is on."""
    if not otel.is_on():
        return {}
    ids = list(follow_ids)
    try:
        with redis.client().pipeline(transaction=False) as pipeline:
            for follow_id in ids:
                pipeline.hget(_key(follow_id), _PARENT)
            found = zip(ids, pipeline.execute(), strict=True)
    except RedisError as error:
        logger.debug("Followed votes have no trace: %s", error)
        return {}
    return {follow_id: parent.decode() for follow_id, parent in found if parent is not None}


def write(follow_ids: Sequence[str], spans: Sequence[Span]) -> None:
    """Store spans for these votes, in the order of time; the first one of a station stays. Never raises for Redis."""
    _store(follow_ids, spans)
    for parent in parents(follow_ids).values():
        began = spans[0].at
        for span in spans:
            known = {f"votingsite.{name}": value for name, value in span.detail.items() if isinstance(value, int)}
            # Clocks of two processes may differ: nothing ends before it has begun.
            otel.record(f"vote: {span.station}", known, parent, min(began, span.at), span.at)
            began = span.at


def _store(follow_ids: Sequence[str], spans: Sequence[Span]) -> None:
    texts = {span.station: json.dumps([span.at, span.process or _process(), span.detail]) for span in spans}
    try:
        with redis.client().pipeline(transaction=False) as pipeline:
            for key in map(_key, follow_ids):
                for station, text in texts.items():
                    pipeline.hsetnx(key, station, text)
                pipeline.expire(key, KEPT_S)
            pipeline.execute()
    except RedisError as error:
        logger.debug("A followed vote lost a span: %s", error)


def read(follow_id: str) -> dict[str, Span]:
    """Return the spans of a vote by station; none for a vote that nobody follows. Raises NoAnswerError."""
    try:
        found: Any = redis.client().hgetall(_key(follow_id))
    except RedisError as error:
        raise NoAnswerError(str(error)) from error
    texts = {station.decode(): text for station, text in found.items()}
    return {station: Span(station, *json.loads(text)) for station, text in texts.items() if station != _PARENT}


def _process() -> str:
    return f"{settings.ROLE or 'command'}-{os.getpid()}@{socket.gethostname()}"


# In a worker ---------------------------------------------------------------------------------------------------------

#: The spans of what woke this worker: the bell and the job.
_woken: ContextVar[tuple[Span, ...]] = ContextVar("woken", default=())


@contextmanager
def woken_by(rung_at: float, started_at: float, request_id: str) -> Iterator[None]:
    """Attribute this block's work to the request that rang the bell, and to its job."""
    span = _woken.set((Span("bell", rung_at, "redis", {"request": request_id}), Span("job", started_at)))
    try:
        yield
    finally:
        _woken.reset(span)


class Trace:
    """Collects the spans of followed votes in a batch, and stores them after the work."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        #: The ids of the OpenTelemetry spans of the votes in the present batch, where it is on.
        self.parents: list[str] = []
        self._spans: list[Span] = []
        self._sent_at = 0.0

    def read(self, entries: Sequence[tuple[str, bytes]]) -> None:
        """Find the followed votes in a batch of (position, cast)."""
        # One search over all: most of the time nobody follows any of them.
        casts = b"\n".join([cast for _, cast in entries])
        self.parents = []
        if _HINT in casts:
            ids = [follow_id.decode() for follow_id in _ID.findall(casts)]
            self.ids += ids
            self.parents = list(parents(ids).values())
            self._spans += [*_woken.get(), Span("batch", time.time(), detail={"casts": len(entries)})]

    def was_at(self, station: str) -> None:
        """Record that the followed votes have reached a station."""
        if self.ids:
            self._spans.append(Span(station, time.time()))

    def sending(self) -> None:
        """Record that the new result is about to go out; `sent` confirms it."""
        self._sent_at = time.time()

    def sent(self) -> None:
        """Confirm that the result went out. Screens may have had it before."""
        if self.ids:
            self._spans.append(Span("broadcast", self._sent_at))

    def write(self) -> None:
        """Store the spans, and begin anew."""
        if self.ids:
            write(self.ids, self._spans)
            self.ids, self._spans = [], []

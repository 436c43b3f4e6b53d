"""The events that bin/up records (core.telemetry.control), from any of its threads."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.telemetry import control
from core.telemetry.control import Event, Log, Request, Stage


class EventLog:
    """The newest events, also of earlier starts."""

    def __init__(self, data_dir: Path, parts: Sequence[str]) -> None:
        """`parts` are those of control.PARTS that bin/up runs, which requests may name."""
        self._data_dir = data_dir
        self._parts = tuple(parts)
        self._lock = threading.Lock()
        before = control.read(data_dir).events
        # The end of those was not seen.
        self._events = [replace(event, stage=Stage.CUT) if event.stage == Stage.RUNNING else event for event in before]
        self._write()

    def begin(self, kind: str, subject: str, **detail: Any) -> int:
        """Record the begin of an event. Returns its id."""
        with self._lock:
            return self._add(kind, subject, detail)

    def begin_request(self, request: Request) -> int | None:
        """Record the begin of a request. Returns None, and records nothing, if it is refused."""
        with self._lock:
            if control.refusal(Log(self._parts, tuple(self._events)), request, time.time()):
                return None
            detail: dict[str, Any] = {"by": request.by}
            if request.do == control.Do.PAUSE:
                detail["seconds"] = request.seconds
            return self._add(request.do, request.subject, detail)

    def change(self, event_id: int, *, detail: Mapping[str, Any] | None = None, **fields: Any) -> None:
        """Change fields of an event, and add to its detail. Ignored if the event is no longer kept."""
        with self._lock:
            self._events = [
                replace(event, **fields, detail={**event.detail, **(detail or {})}) if event.id == event_id else event
                for event in self._events
            ]
            self._write()

    def end(self, event_id: int, stage: Stage = Stage.DONE) -> None:
        """Record the end of an event."""
        self.change(event_id, stage=stage, ended_at=time.time())

    def _add(self, kind: str, subject: str, detail: dict[str, Any]) -> int:
        event = Event(max((event.id for event in self._events), default=0) + 1, kind, subject, time.time())
        self._events.append(replace(event, detail=detail))
        self._write()
        return event.id

    def _write(self) -> None:
        del self._events[: -control.KEPT]
        # A full disk must not leave a part paused.
        with suppress(OSError):
            control.write(self._data_dir, self._parts, self._events)

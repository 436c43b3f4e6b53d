"""The events that bin/up has written down (core.telemetry.control), in words."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.telemetry import control
from core.telemetry.control import Do, Event, Stage
from inspection.pipeline import formatting
from inspection.pipeline.formatting import Clock, seconds, spaced

#: Events that the page shows, the newest.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Row:
    """An event in words."""

    when: str
    what: str
    outcome: str
    #: As it is drawn: `ok`, `bad`, or `hatch` as long as it goes on.
    sign: str
    #: How the part ended, in the words of the system; who asked for it.
    how: str
    by: str
    #: Of votes: the poll's slug.
    poll: str


def rows(clock: Clock, now: float) -> list[Row]:
    """Return the newest events, the newest first; none where no bin/up writes them down."""
    events = control.read(settings.DATA_DIR).events[-SHOWN:]
    return [_row(event, clock, now) for event in reversed(events)]


def _row(event: Event, clock: Clock, now: float) -> Row:
    signs = {Stage.RUNNING: "hatch", Stage.DONE: "ok", Stage.CUT: "unknown"}
    return Row(
        when=clock(event.at),
        what=_what(event),
        outcome=outcome(event, now),
        sign=signs.get(Stage(event.stage), "bad"),
        how=event.detail.get("how", ""),
        by=event.detail.get("by", ""),
        poll=event.subject if event.kind == Do.VOTES else "",
    )


def _what(event: Event) -> str:
    subject = str(formatting.NAMES.get(event.subject, event.subject))
    match event.kind:
        case Do.VOTES:
            return _("{number} votes").format(number=spaced(control.VOTES))
        case Do.PAUSE:
            return _("{part} paused for {time}").format(part=subject, time=seconds(event.detail.get("seconds", 0)))
        case Do.KILL:
            return _("{part} killed").format(part=subject)
    return _("{process} ended by itself").format(process=subject)


def outcome(event: Event, now: float) -> str:
    """Return how an event goes on, or how it has ended."""
    if event.stage == Stage.CUT:
        return _("not known: bin/up ended meanwhile")
    if event.kind == Do.VOTES:
        return _votes(event, now)
    if event.ended_at is None:
        if event.kind == Do.PAUSE:
            return _("stands still, {time} so far").format(time=seconds(max(0.0, now - event.at)))
        return _("down, {time} so far").format(time=seconds(max(0.0, now - event.at)))
    return _("back after {time}").format(time=seconds(max(0.0, event.ended_at - event.at)))


def _votes(event: Event, now: float) -> str:
    said: dict[str, Any] = event.detail
    if "sent" not in said:
        error = said.get("error", "")
        return _("not sent: {error}").format(error=error) if event.ended_at else _("being sent")
    found = [_("{number} sent").format(number=spaced(said["sent"]))]
    found.append(_("{number} accepted").format(number=spaced(said["accepted"])))
    if "counted" in said:
        found.append(_("{number} counted").format(number=spaced(said["counted"])))
    if event.stage == Stage.DONE:
        found.append(_("{number} lost").format(number=0))
    elif event.ended_at is not None:
        missing = said["accepted"] - said.get("counted", 0)
        found.append(_("{number} not found").format(number=spaced(missing)))
    took = seconds(max(0.0, (event.ended_at or now) - event.at))
    # No number stands on another line than its word.
    return ", ".join(text.replace(" ", "\N{NO-BREAK SPACE}") for text in found) + f" ({took})"

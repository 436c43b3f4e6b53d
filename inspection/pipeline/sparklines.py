"""Four lines of the last ten minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.telemetry import reports
from inspection.pipeline import formatting
from inspection.pipeline.state import State

WIDTH, HEIGHT = 260, 44
_SPAN_S = reports.HISTORY_EVERY_S * reports.HISTORY_LENGTH


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A sparkline: title, value now, pieces (a gap where nothing was known), and the moments when a part went down."""

    title: str
    now: str
    pieces: list[str]
    events: list[float]


def sparklines(state: State) -> list[Sparkline]:
    """Return the lines: votes received, counted, waiting; the lag or, while votes wait for a part, the oldest age."""
    redis = state.redis
    known = redis is not None
    waits = known and bool({"worker", "postgres"} & set(state.down))
    nothing = "\N{EN DASH}"
    lag = nothing if state.lag is None else formatting.seconds(state.lag.seconds)
    last = (
        (_("Age of the oldest"), formatting.seconds(redis.oldest_s), "oldest")
        if waits and redis is not None
        else (_("Tap to screen"), lag, "lag")
    )
    lines = [
        (_("Received per second"), formatting.rate(state.rate("received", "direct")), "received"),
        (_("Counted per second"), formatting.rate(state.rate("counted", "direct")), "counted"),
        (_("Waiting in Redis"), nothing if redis is None else formatting.spaced(redis.waiting), "waiting"),
        last,
    ]
    events = _events(state)
    return [Sparkline(title, now, _pieces(state, name), events) for title, now, name in lines]


def _recent(state: State) -> list[tuple[float, dict[str, Any]]]:
    return [(moment, entry) for moment, entry in state.history if moment > state.at - _SPAN_S]


def _x(state: State, moment: float) -> float:
    return round(WIDTH * (1 - (state.at - moment) / _SPAN_S), 1)


def _pieces(state: State, name: str) -> list[str]:
    values = [(moment, entry.get(name)) for moment, entry in _recent(state)]
    top = max([value for _moment, value in values if value is not None], default=0) or 1
    pieces: list[list[str]] = [[]]
    before = None
    for moment, value in values:
        if before is not None and moment - before > 3 * reports.HISTORY_EVERY_S:
            pieces.append([])
        before = moment
        if value is not None:
            pieces[-1].append(f"{_x(state, moment)},{round(HEIGHT - 2 - (HEIGHT - 6) * value / top, 1)}")
    return [" ".join(points) for points in pieces if len(points) > 1]


def _events(state: State) -> list[float]:
    """Return the places where a part is down that was not in the entry before."""
    found, before = [], set[str]()
    for moment, entry in _recent(state):
        down: Sequence[str] = entry.get("down") or []
        if set(down) - before:
            found.append(_x(state, moment))
        before = set(down)
    return found

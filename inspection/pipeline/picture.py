"""The picture: one SVG of 1190 by 410, two lanes in a U.

A vote goes in on top, a result comes out below, the worker turns it round. Here is all of it that changes;
templates/admin/pipeline/ draws it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inspection.pipeline import formatting
from inspection.pipeline.formatting import Clock, spaced
from inspection.pipeline.state import Is, Part, State

#: Web processes of a part that have a line of their own.
LINES = 2
#: Windows of the counter.
WINDOWS = 6
#: Phones drawn.
PHONES = 18
#: Screens drawn.
SCREENS = 3
#: Where the tank ends: full is so many.
TANK_POWERS = 4
#: The dial's hand at 0 and at the top of the scale, in degrees from upright.
_FROM, _TO = -120, 120


#: The pages of stations; the others are rows of the tables below the picture.
_PAGES = {"browsers": "admin:follow", "redis": "admin:redis_inspector", "postgres": "admin:postgres_inspector"}


@dataclass(frozen=True, slots=True)
class Station:
    """A station: its name, the line under it, and the sign before it (ok, bad, hatch, unknown or none)."""

    name: str
    label: str
    status: SafeString
    sign: str

    @property
    def url(self) -> str:
        """The address that says more of it."""
        page = _PAGES.get(self.name)
        return reverse(page) if page else f"#{'polls' if self.name == 'screens' else 'processes'}"


@dataclass(frozen=True, slots=True)
class Pipe:
    """An arrow. Of those that are cut one after the other the first has the cross."""

    name: str
    verb: str
    rate: str
    is_cut: bool
    has_cross: bool
    flows: bool

    @property
    def classes(self) -> str:
        """The classes that draw it as it is."""
        if self.is_cut:
            return "is-cut has-cross" if self.has_cross else "is-cut"
        return "flows" if self.flows else ""


@dataclass(frozen=True, slots=True)
class Line:
    """The instrument of one web process: its name, and how far its bar goes (0 to 80)."""

    name: str
    bar: float
    state: Is
    #: Of its text, and of its bar's top, below the station's name.
    y: int
    bar_y: int


def draw(state: State, clock: Clock) -> dict[str, Any]:
    """Return the context of the template."""
    top = _scale([process.rate(name) for process in state.processes for name in ("received", "direct", "frames")])
    return {
        "stations": {station.name: station for station in _stations(state, clock)},
        "pipes": {pipe.name: pipe for pipe in _pipes(state)},
        "phones": _phones(state),
        "vote_lines": _lines(state.parts["vote"], 22, top, "received", "direct"),
        "result_lines": _lines(state.parts["result"], 335, top, "frames"),
        "tank": _tank(state),
        "dial": _dial(state),
        "windows": _windows(state),
        "screens": [{"x": 2 + 38 * number, "is_open": number < state.screens} for number in range(SCREENS)],
        "reading": _reading(state),
    }


def _stations(state: State, clock: Clock) -> list[Station]:
    voted = None if state.postgres is None else state.postgres.open_ballots
    has_voted = _("not known now") if voted is None else ngettext("{number} has voted", "{number} have voted", voted)
    browsers = Station(
        "browsers", str(formatting.NAMES["browsers"]), format_html(has_voted, number=spaced(voted or 0)), "none"
    )
    parts = [_station(part, state, clock) for part in state.parts.values()]
    return [browsers, *parts, _screens(state, clock)]


def _station(part: Part, state: State, clock: Clock) -> Station:
    sign = {Is.UP: "ok", Is.DOWN: "bad", Is.UNKNOWN: "unknown"}[part.state]
    if part.name == "redis" and sign == "ok" and {"worker", "postgres"} & set(state.down):
        sign = "hatch"
    return Station(part.name, str(formatting.NAMES[part.name]), formatting.status(part, state, clock), sign)


def _screens(state: State, clock: Clock) -> Station:
    name, label = "screens", str(formatting.NAMES["screens"])
    if state.parts["result"].state == Is.DOWN:
        return Station(name, label, format_html("{}", _("reconnecting")), "unknown")
    if state.parts["result"].state == Is.UNKNOWN:
        return Station(name, label, format_html("{}", _("not known now")), "unknown")
    still = [state.parts[part].since for part in ("worker", "postgres") if part in state.down and part in state.parts]
    since = min(filter(None, still), default=None)
    if since is not None and "redis" not in state.down:
        text = format_html(_("{number}, as of {time}"), number=spaced(state.screens), time=clock(since))
        return Station(name, label, text, "hatch")
    return Station(name, label, format_html(_("{number} connected"), number=spaced(state.screens)), "ok")


def _pipes(state: State) -> list[Pipe]:
    down = set(state.down)
    received, direct, counted = state.rate("received"), state.rate("direct"), state.rate("counted")
    return [
        _pipe("cast", _("cast"), received + direct, down & {"vote"}, {"vote"}),
        _pipe("queue", _("queue"), received, down & {"vote", "redis"}, {"redis"}),
        _pipe("take", _("take"), counted, down & {"redis", "worker", "postgres"}, {"worker"}),
        _pipe("count", _("count"), counted, down & {"redis", "worker", "postgres"}, {"postgres"}),
        _pipe("straight", _("straight"), direct, down & {"postgres"}, {"postgres"}),
        _pipe("read", _("read"), state.rate("broadcasts"), down & {"result"}, {"result"}),
        _pipe("push", _("push"), state.rate("frames"), down & {"result"}, set()),
    ]


def _pipe(name: str, verb: str, rate: float, cut_by: set[str], crossed_by: set[str]) -> Pipe:
    number = "0" if cut_by else formatting.rate(rate)
    flows = rate > 0 and not cut_by
    return Pipe(name, verb, f"{number}\N{NO-BREAK SPACE}/s", bool(cut_by), bool(cut_by & crossed_by), flows)


def _phones(state: State) -> list[dict[str, Any]]:
    """Filled is the share of those who have voted, of all who are known to be there."""
    voted = 0 if state.postgres is None else state.postgres.open_ballots
    there = max(voted, state.screens)
    full = round(PHONES * voted / there) if there else 0
    return [
        {"x": round(5 + 17.3 * (number % 6), 1), "y": 60 + 24 * (number // 6), "is_full": number < full}
        for number in range(PHONES)
    ]


def _lines(part: Part, y: int, top: int, *counters: str) -> list[Line]:
    lines = []
    for number, process in enumerate(part.processes[:LINES]):
        rate = sum(process.rate(name) for name in counters)
        name = process.name.partition("@")[0].removeprefix(f"{part.name}-")
        bar = round(80 * min(1.0, rate / top), 1)
        below = y + 23 * number
        lines.append(Line(name[:7], bar, process.state, below + 48, below + 38))
    return lines


def _tank(state: State) -> dict[str, float]:
    """Return the level, from 0 (empty) to 181 (ten thousand and more), by powers of ten."""
    waiting = 0 if state.redis is None else state.redis.waiting
    level = min(1.0, math.log10(waiting + 1) / TANK_POWERS)
    width = round(181 * level, 1)
    return {"x": round(783 - width, 1), "width": width}


def _scale(rates: Sequence[float]) -> int:
    """The top of a scale that holds these: 60, 600, 6000 ..."""
    top = 60
    while max(rates, default=0.0) > top:
        top *= 10
    return top


def _dial(state: State) -> dict[str, Any]:
    rate = state.rate("counted")
    top = _scale([rate])
    angle = math.radians(_FROM + (_TO - _FROM) * rate / top)
    x, y = math.sin(angle), -math.cos(angle)
    return {
        "hand": _line(1082 - 15 * x, 231 - 15 * y, 1082 + 69 * x, 231 + 69 * y),
        "labels": [_short(top * third // 3) for third in range(4)],
    }


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    """The `d` of a straight path."""
    return f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"


def _short(number: int) -> str:
    return f"{number // 1000}k" if number >= 1000 else str(number)


def dial_ticks() -> list[dict[str, str | bool]]:
    """The dial's ticks; they never change."""
    ticks: list[dict[str, str | bool]] = []
    for step in range(61):
        angle = math.radians(_FROM + (_TO - _FROM) * step / 60)
        is_major = step % 10 == 0
        x, y, inner = math.sin(angle), -math.cos(angle), 70 if is_major else 76
        path = _line(1082 + inner * x, 231 + inner * y, 1082 + 82 * x, 231 + 82 * y)
        ticks.append({"path": path, "major": is_major})
    return ticks


def _windows(state: State) -> list[dict[str, Any]]:
    """The last six digits of how many ballots are counted."""
    digits = f"{state.postgres.ballots:0{WINDOWS}d}"[-WINDOWS:] if state.postgres else "\N{EN DASH}" * WINDOWS
    return [{"x": 602.5 + 30 * place, "digit": digit} for place, digit in enumerate(digits)]


#: The stations one below the other, each with the pipe that leads on.
_STRING = (
    ("browsers", "cast"),
    ("vote", "queue"),
    ("redis", "take"),
    ("worker", "count"),
    ("postgres", "read"),
    ("result", "push"),
    ("screens", None),
)


def string(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    """The same picture on one string."""
    return [{"station": drawn["stations"][station], "pipe": drawn["pipes"].get(pipe)} for station, pipe in _STRING]


def _reading(state: State) -> dict[str, Any]:
    """The one number in the middle: the lag; what waits, when something is down; with what it means."""
    waiting = None if state.redis is None else state.redis.waiting
    if state.down and waiting is not None and (waiting or {"worker", "postgres"} & set(state.down)):
        number, meaning, notes = (
            spaced(waiting),
            ngettext("vote is waiting", "votes are waiting", waiting),
            _waits(state),
        )
    elif "redis" in state.down:
        number = f"{formatting.rate(state.rate('direct'))}\N{NO-BREAK SPACE}/s"
        meaning, notes = _("straight into Postgres"), [_("what waits in Redis is not known now")]
    else:
        number = "\N{EN DASH}" if state.lag is None else formatting.seconds(state.lag.seconds)
        meaning, notes = _way(state), _counted(state)
    width = sum(25 if letter in "./\N{NO-BREAK SPACE}" else 75 if letter == "m" else 47 for letter in number)
    return {"number": number, "width": width, "meaning": meaning, "notes": notes, "beside": 267 + width + 22}


def _way(state: State) -> str:
    if state.lag is None:
        return _("from tap to screen")
    way = _("from tap to screen") if state.lag.to == "screen" else _("from tap to broadcast")
    return way if state.lag.is_fresh else _("{way}, the last vote").format(way=way)


def _waits(state: State) -> list[str]:
    assert state.redis is not None
    more = _("{rate} more every second").format(rate=formatting.rate(state.rate("received")))
    if not state.redis.waiting:
        return [more]
    return [more, _("the oldest waits {time}").format(time=formatting.seconds(state.redis.oldest_s))]


def _counted(state: State) -> list[str]:
    notes = []
    if state.postgres is not None:
        counted, is_open = state.postgres.ballots, state.postgres.open_ballots
        notes.append(
            ngettext("{number} ballot counted", "{number} ballots counted", counted).format(number=spaced(counted))
        )
        if is_open != counted:
            # Those who have voted, at the left, are the voters of these.
            notes.append(_("{number} of them in open polls").format(number=spaced(is_open)))
    if state.redis is not None:
        notes.append(_("{number} on their way").format(number=spaced(state.redis.waiting)))
    return notes

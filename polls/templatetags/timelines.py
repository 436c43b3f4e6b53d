"""The time line before any script runs. static/timeline.js goes on from there, with the same measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from polls.counting.timeline import SPANS, STEPS, until
from polls.models import State
from polls.results.snapshots import Seen, Timeline

register = template.Library()

#: The unit of one bar, by its seconds.
PER: Final = {
    10: _("Votes per 10 seconds"),
    30: _("Votes per 30 seconds"),
    60: _("Votes per minute"),
    120: _("Votes per 2 minutes"),
    600: _("Votes per 10 minutes"),
    1800: _("Votes per half hour"),
    3600: _("Votes per hour"),
    7200: _("Votes per 2 hours"),
    21_600: _("Votes per 6 hours"),
    43_200: _("Votes per 12 hours"),
    86_400: _("Votes per day"),
    604_800: _("Votes per week"),
    2_419_200: _("Votes per 4 weeks"),
    31_449_600: _("Votes per 52 weeks"),
}
#: The highest bar, as a share of the height; its number stands above.
HIGHEST: Final = 0.8
#: The width of a bar, as a share of its span.
BAR: Final = 0.63
#: The axis has room for a multiple of ROOM spans, and for ROOM_AT_LEAST: so the bars of a young poll fill it.
ROOM: Final = 6
ROOM_AT_LEAST: Final = 18
#: With more spans than this only every second ROOM has a time below the axis.
ROOM_OF_MANY_TIMES: Final = 30
#: Spans of so many seconds or more show the day beside the time, or the date alone.
HALF_AN_HOUR: Final = 1800
SIX_HOURS: Final = 21_600


@dataclass(frozen=True)
class Bar:
    """The votes of one span. `x` and `height` are in per cent of the picture."""

    x: str
    y: str
    height: str
    is_filling: bool


@dataclass(frozen=True)
class Picture:
    """A time line; `times` and `most` are (place in per cent of the width, text)."""

    bars: Sequence[Bar]
    width: str
    times: Sequence[tuple[str, str]]
    most: tuple[str, int] | None
    per: str

    @property
    def is_filling(self) -> bool:
        """Tell whether the last span is still going on."""
        return any(bar.is_filling for bar in self.bars)


@register.simple_tag
def time_line(snapshot: Seen | None) -> Picture | None:
    """Return the votes of a snapshot over time; None if there is nothing to draw."""
    line = (snapshot and snapshot.get("timeline")) or Timeline(start=0, step=STEPS[0], votes=[])
    is_open = snapshot is not None and snapshot["poll"]["state"] == State.OPEN
    if not line["votes"] and not is_open:
        return None
    now = int(datetime.now(UTC).timestamp())
    return _drawn(until(line, now) if is_open and line["votes"] else line, now if is_open else 0)


@register.simple_tag
def per_span() -> dict[int, str]:
    """PER, for `json_script`."""
    return {step: str(words) for step, words in PER.items()}


def _drawn(line: Timeline, now: int) -> Picture:
    votes, most = line["votes"], max(line["votes"], default=0)
    filling = (now - line["start"]) // line["step"]
    room = _room(max(len(votes), filling + 1 if votes and now else 0))
    every = ROOM if room <= ROOM_OF_MANY_TIMES else 2 * ROOM
    times = [(_percent(index / room), _time(line, index)) for index in range(0, room if votes else 0, every)]
    return Picture(
        [_bar(index / room, votes[index] / most, index == filling) for index in range(len(votes)) if votes[index]],
        _percent(BAR / room),
        times,
        (_percent((votes.index(most) + BAR / 2) / room), most) if most else None,
        str(PER[line["step"]]),
    )


def _room(spans: int) -> int:
    return min(SPANS, max(ROOM_AT_LEAST, -(-spans // ROOM) * ROOM))


def _bar(place: float, part: float, is_filling: bool) -> Bar:
    return Bar(_percent(place), _percent(1 - HIGHEST * part), _percent(HIGHEST * part), is_filling)


def _percent(part: float) -> str:
    return f"{100 * part:.2f}%"


def _time(line: Timeline, index: int) -> str:
    """Return a time, day or date, by the length of a span; in UTC, until a script knows the reader's time zone."""
    moment = datetime.fromtimestamp(line["start"] + index * line["step"], UTC)
    if line["step"] >= SIX_HOURS:
        return date_format(moment, "MONTH_DAY_FORMAT")
    return date_format(moment, "D H:i" if line["step"] >= HALF_AN_HOUR else "H:i")

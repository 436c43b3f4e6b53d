"""A waterfall: spans of time below each other on one axis, as numbers that an SVG of any width can draw."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format

from core.web import texts

#: Of the axis, at most, beside 0.
_TICKS = 5
#: A bar is at least so wide, in percent: a step that took no time was taken all the same.
_NARROWEST = 0.4
#: From here on a mark's label stands before it.
_NEAR_THE_END = 0.88
#: Height of a row, in em, and where its bar begins in it.
_ROW, _BAR = 2.6, 1.35


@dataclass(frozen=True, slots=True)
class Step:
    """A step: seconds since the beginning, and what is known of it (`on-its-way`, `counted` or `waiting`)."""

    name: Any
    began: float
    ended: float
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a step, in percent of the width and em of the height: texts, alike in every language."""

    name: Any
    time: str
    kind: str
    x: str
    width: str
    y: str
    text_y: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis."""

    x: str
    label: str
    #: It stands so far to the right that its label has to end there.
    is_last: bool


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All of it. Heights are in em."""

    bars: list[Bar]
    ticks: list[Tick]
    axis_y: str
    height: str


def draw(steps: Sequence[Step]) -> Waterfall:
    """Return the picture of these steps, one below the other; the last end is the end of the axis."""
    # A millisecond at least: there is an axis before anything has happened on it.
    total = max([step.ended for step in steps], default=0.0) or 0.001
    rows = len(steps)
    return Waterfall(
        bars=[_bar(step, number, total) for number, step in enumerate(steps)],
        ticks=[Tick(_number(100 * at / total), _label(at), at / total > _NEAR_THE_END) for at in _ticks(total)],
        axis_y=_number(_ROW * rows),
        height=_number(_ROW * rows + 1.6),
    )


def _bar(step: Step, number: int, total: float) -> Bar:
    width = max(_NARROWEST, 100 * max(0.0, step.ended - step.began) / total)
    x = min(100 * step.began / total, 100 - width)
    top = _ROW * number
    return Bar(
        name=step.name,
        time=milliseconds(max(0.0, step.ended - step.began)),
        kind=step.kind,
        x=_number(x),
        width=_number(width),
        y=_number(top + _BAR),
        text_y=_number(top + 1),
    )


def _ticks(total: float) -> list[float]:
    """Return round moments from 0 on: steps of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(total / _TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10) if total / (power * factor) <= _TICKS)
    return [step * number for number in range(int(total / step) + 1)]


def _label(seconds: float) -> str:
    number, unit = (seconds, "s") if seconds >= 1 else (1000 * seconds, "ms")
    rounded = round(number, 1)
    return f"{number_format(rounded, int(rounded % 1 > 0))}\N{NO-BREAK SPACE}{unit}" if seconds else "0"


def milliseconds(seconds: float) -> str:
    """A time that a step took: 12.3 ms."""
    return f"{texts.decimal(1000 * seconds)}\N{NO-BREAK SPACE}ms"


def _number(number: float) -> str:
    return f"{number:.2f}"

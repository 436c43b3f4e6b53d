"""The waits of votes over time, as numbers that an SVG of any width can draw: waits on a logarithmic axis."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ops.drill.history import History, Outcome
from ops.drill.target import Event

#: The area of the dots in units of its own viewBox, and the side of a cell, in which one dot stands for all.
WIDTH, HEIGHT, _CELL = 1000, 300, 2
#: The shortest wait on the axis, and the end of the axis at least, as powers of ten of a second.
_SHORTEST, _LONGEST = -3, 1
#: Seconds between two ticks; the first of them that makes so few.
_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_TICKS = 6
#: Percent of the width that the number of an event needs.
_LABEL = 6.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, in percent of its length."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An event: its number in the time line, and the row of that number, from 0, where it covers no other."""

    number: int
    x: str
    sign: str
    row: int


@dataclass(frozen=True, slots=True)
class Plot:
    """All of it. `dots` are the data of a path for each outcome."""

    dots: dict[str, str]
    marks: list[Mark]
    times: list[Tick]
    waits: list[Tick]
    #: Rows of numbers above the area.
    rows: int


def draw(history: History, events: Sequence[Event], zero: float) -> Plot:
    """Return the plot of a drill; second 0 is `zero`."""
    waits = [(press.at, press.waited, press.outcome) for press in history.operations if press.attempts]
    moments = [event.at for event in events] + [at for at, _seconds, _outcome in waits]
    begin, end = min(moments), max(max(moments), min(moments) + 1)
    top = max([_LONGEST, *(math.ceil(math.log10(max(seconds, 0.001))) for _, seconds, _ in waits)])
    marks = list(_marks(events, begin, end))
    return Plot(
        dots={str(outcome): _path(_cells(waits, outcome, begin, end, top)) for outcome in Outcome},
        marks=marks,
        times=list(_times(begin, end, zero)),
        waits=list(_waits(top)),
        rows=1 + max(mark.row for mark in marks),
    )


def _cells(
    waits: Iterable[tuple[float, float, Outcome]], outcome: Outcome, begin: float, end: float, top: int
) -> set[tuple[int, int]]:
    return {
        (
            round(WIDTH * (at - begin) / (end - begin) / _CELL) * _CELL,
            round(HEIGHT * (1 - _height(seconds, top)) / _CELL) * _CELL,
        )
        for at, seconds, found in waits
        if found is outcome
    }


def _height(seconds: float, top: int) -> float:
    """Return the place of a wait on its axis: 0 for the shortest, 1 for the longest."""
    return max(0.0, (math.log10(max(seconds, 10.0**_SHORTEST)) - _SHORTEST) / (top - _SHORTEST))


def _path(cells: set[tuple[int, int]]) -> str:
    """Return a path of dots: a line without a length has round ends."""
    return "".join(f"M{x} {y}h0" for x, y in sorted(cells))


def _marks(events: Sequence[Event], begin: float, end: float) -> Iterator[Mark]:
    """Yield the events, each number in the first row that has room."""
    taken: list[float] = []
    for number, event in enumerate(events, 1):
        x = 100 * (event.at - begin) / (end - begin)
        row = next((row for row, last in enumerate(taken) if x - last >= _LABEL), len(taken))
        taken[row : row + 1] = [x]
        yield Mark(number, _number(x), event.sign, row)


def _times(begin: float, end: float, zero: float) -> Iterator[Tick]:
    step = next((step for step in _STEPS if (end - begin) / step <= _TICKS), _STEPS[-1])
    for number in range(math.ceil((begin - zero) / step), math.floor((end - zero) / step) + 1):
        at = 100 * (zero + number * step - begin) / (end - begin)
        yield Tick(_number(at), f"{number * step:+d}\N{NO-BREAK SPACE}s" if number else "0")


def _waits(top: int) -> Iterator[Tick]:
    for power in range(_SHORTEST, top + 1):
        yield Tick(_number(100 - 100 * _height(10.0**power, top)), _label(power))


def _label(power: int) -> str:
    seconds = 10.0**power
    return f"{seconds:g}\N{NO-BREAK SPACE}s" if power >= 0 else f"{1000 * seconds:g}\N{NO-BREAK SPACE}ms"


def _number(number: float) -> str:
    return f"{number:.2f}"


def longest(history: History, events: Sequence[Event]) -> list[float | None]:
    """Return for each event the longest wait of votes that were pressed from then to the next one."""
    ends = [*(event.at for event in events[1:]), math.inf]
    waits = [(press.at, press.waited) for press in history.operations if press.attempts]
    return [
        max((seconds for at, seconds in waits if event.at <= at < end), default=None)
        for event, end in zip(events, ends, strict=True)
    ]

"""The chart of visits per day, ready to be drawn: lengths in per cent, as text, so that no language writes a comma."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

#: Of the width that a day has, what its bar takes, in per cent.
_BAR = 62


@dataclass(frozen=True)
class Bar:
    """The bar of one day. Today's may still grow."""

    day: date
    visits: int
    x: str
    y: str
    height: str
    is_today: bool


@dataclass(frozen=True)
class Chart:
    """The days, and what their bars have in common. `before` is the counter's number when today began."""

    bars: Sequence[Bar]
    width: str
    before: int
    most: int

    @property
    def today(self) -> int:
        """Visits of today so far."""
        return self.bars[-1].visits

    @property
    def middle(self) -> Bar:
        """The bar half-way, for the axis."""
        return self.bars[len(self.bars) // 2]


def draw(ended: Sequence[int], number: int, today: date) -> Chart:
    """`ended` are the counter's numbers at the end of each day before today, `number` is the one now."""
    numbers = [*ended, number]
    # A visit in doubt that is settled may take one back.
    visits = [max(0, later - earlier) for earlier, later in pairwise(numbers)]
    most = max(visits)
    step = 100 / len(visits)
    bars = []
    for index, count in enumerate(visits):
        height = 100 * count / max(most, 1)
        day = today - timedelta(days=len(visits) - 1 - index)
        x, y = f"{index * step:.3f}%", f"{100 - height:.2f}%"
        bars.append(Bar(day, count, x, y, f"{height:.2f}%", is_today=day == today))
    return Chart(bars, f"{step * _BAR / 100:.3f}%", ended[-1], most)

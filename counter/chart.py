"""The chart of visits per day: lengths in per cent, as text, so that no language writes a decimal comma."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

#: The width of a bar, in per cent of its day's.
_BAR = 62


@dataclass(frozen=True)
class Bar:
    """The bar of one day; today's may still grow."""

    day: date
    visits: int
    x: str
    y: str
    height: str
    is_today: bool


@dataclass(frozen=True)
class Chart:
    """The days and the scale of their bars. `before` is the counter's number when today began."""

    bars: Sequence[Bar]
    width: str
    before: int
    most: int

    @property
    def today(self) -> int:
        """Return the visits of today so far."""
        return self.bars[-1].visits

    @property
    def middle(self) -> Bar:
        """Return the bar in the middle, for the axis."""
        return self.bars[len(self.bars) // 2]


def draw(ended: Sequence[int], number: int, today: date) -> Chart:
    """Return the chart: `ended` are the numbers at the end of each day before today, `number` is the present one."""
    numbers = [*ended, number]
    # Settling a visit in doubt may lower the number by one.
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

"""The waterfall's numbers."""

import pytest
from django.utils import translation

from inspection import waterfall
from inspection.waterfall import Step

STEPS = [Step("a", 0.0, 0.010, "on-its-way"), Step("b", 0.010, 0.010, "counted"), Step("c", 0.010, 0.040, "waiting")]


def test_bars_stand_where_their_steps_were() -> None:
    drawn = waterfall.draw(STEPS)
    assert [(bar.x, bar.width, bar.kind) for bar in drawn.bars] == [
        ("0.00", "25.00", "on-its-way"),
        ("25.00", "0.40", "counted"),
        ("25.00", "75.00", "waiting"),
    ]
    assert [bar.y for bar in drawn.bars] == ["1.35", "3.95", "6.55"]


def test_a_step_without_length_at_the_end_is_still_inside() -> None:
    last = waterfall.draw([*STEPS, Step("d", 0.040, 0.040, "counted")]).bars[-1]
    assert float(last.x) + float(last.width) == 100


@pytest.mark.parametrize(
    ("total", "labels"),
    [
        (0.040, ["0", "10 ms", "20 ms", "30 ms", "40 ms"]),
        (0.0123, ["0", "5 ms", "10 ms"]),
        (0.0031, ["0", "1 ms", "2 ms", "3 ms"]),
        (2.2, ["0", "500 ms", "1 s", "1.5 s", "2 s"]),
        (119.0, ["0", "50 s", "100 s"]),
        (0.0, ["0", "0.2 ms", "0.4 ms", "0.6 ms", "0.8 ms", "1 ms"]),
    ],
)
def test_the_axis_has_few_round_moments(total: float, labels: list[str]) -> None:
    ticks = waterfall.draw([Step("a", 0.0, total, "counted")]).ticks
    assert [tick.label.replace("\N{NO-BREAK SPACE}", " ") for tick in ticks] == labels


def test_numbers_of_the_picture_are_alike_in_every_language() -> None:
    with translation.override("es"):
        drawn = waterfall.draw([Step("a", 0.0, 0.0123, "counted")])
    assert (drawn.bars[0].time, drawn.ticks[1].x) == ("12,3\N{NO-BREAK SPACE}ms", "40.65")

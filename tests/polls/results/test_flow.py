"""The picture of the rounds."""

from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polls import kinds
from polls.kinds import RANK
from polls.results import flow

IDS = [11, 12, 13, 14]
orders = some.dictionaries(
    some.sampled_from([order for places in range(1, 5) for order in permutations(IDS, places)]),
    some.integers(1, 50),
    min_size=1,
    max_size=10,
)


def snapshot(ballots: dict[Any, int], ids: list[int] = IDS) -> Any:
    firsts = {each: sum(number for order, number in ballots.items() if order[0] == each) for each in ids}
    result = kinds.of(RANK, 4, {}).result(firsts, list(ballots.items()))
    choices = [{"id": each, "text": f"Choice {each}", "votes": firsts[each], "percent": 0} for each in ids]
    return {"choices": choices, "result": result}


@given(orders)
def test_every_ballot_flows_into_the_next_round(ballots: dict[Any, int]):
    drawn = flow.of(snapshot(ballots))
    for column, later in pairwise(drawn.columns):
        height = sum(bar.height for bar in column.bars)
        assert sum(bar.votes for bar in column.bars) == sum(bar.votes for bar in later.bars)
        assert sum(band.height for band in column.bands) == pytest.approx(height)
        for bar in later.bars:
            arriving = [band for band in column.bands if bar.y - 0.01 <= band.end < bar.y + bar.height]
            assert sum(band.height for band in arriving) == pytest.approx(bar.height)


@given(orders)
def test_it_stays_within_its_picture(ballots: dict[Any, int]):
    for column in flow.of(snapshot(ballots)).columns:
        assert max(bar.y + bar.height for bar in column.bars) <= 100.01
        assert 0 <= column.x <= 100 - flow.BAR


def test_the_last_rounds_are_drawn_where_there_are_many():
    ids = list(range(1, 13))
    ballots = {(each,): each for each in ids}
    drawn = flow.of(snapshot(ballots, ids))
    assert [column.number for column in drawn.columns] == [6, 7, 8, 9, 10, 11]
    assert drawn.room < flow.NAME


def test_nothing_is_drawn_of_a_hidden_result():
    assert flow.of(None).columns == ()
    hidden: Any = {"choices": []}
    assert flow.of(hidden).columns == ()

"""Sketches of lists of rows."""

import random
from collections.abc import Iterable

import pytest

from polls.recount import sketch


def keys(count: int, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [sketch.key_of(rng.getrandbits(30), rng.randbytes(12)) for _ in range(count)]


def sums(some: Iterable[int]) -> list[int]:
    found = sketch.empty()
    for key in some:
        sketch.add(found, key)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_hundred_differences_among_many_rows_are_named(seed: int):
    shared, these, others = keys(5000, 99), keys(50, seed), keys(50, seed + 1000)
    found = sketch.difference(sums([*shared, *these]), sums([*others, *shared]))
    assert found is not None
    assert [sorted(some) for some in found] == [sorted(these), sorted(others)]


def test_equal_lists_differ_in_nothing():
    assert sketch.difference(sums(keys(100, 1)), sums(reversed(keys(100, 1)))) == ([], [])


def test_a_row_that_stands_there_twice_is_named_once():
    first, *_ = some = keys(10, 1)
    assert sketch.difference(sums([*some, first]), sums(some)) == ([first], [])


def test_more_than_fit_are_not_guessed():
    assert sketch.difference(sums(keys(1000, 1)), sums([])) is None


def test_a_forged_sketch_ends():
    rng = random.Random(1)
    forged = [rng.choice(keys(3, 1)) for _ in range(sketch.CELLS)]
    assert sketch.difference(sums([]), forged) is None


def test_a_key_has_the_number_of_its_receipt():
    assert sketch.receipt_of(sketch.key_of(2**30 - 1, b"x")) == 2**30 - 1

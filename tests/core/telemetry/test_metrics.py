"""Metrics of a process."""

import threading
import time
import timeit
from uuid import uuid4

import pytest

from core.telemetry import metrics
from core.telemetry.metrics import BOUNDS, Counter, Times, Window, percentile
from polls.box import casts
from polls.box.casts import Cast, new_cast_id


def test_a_counter_loses_nothing_between_threads() -> None:
    counter = Counter()

    def count() -> None:
        for _ in range(10_000):
            counter.add()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value == 40_000


def test_times_are_told_apart_by_their_bounds() -> None:
    times = Times()
    for seconds in (0.0005, 0.001, 0.0011, 100.0):
        times.add(seconds)
    assert (times.buckets[0], times.buckets[1], times.buckets[-1]) == (2, 1, 1)
    assert times.sum == pytest.approx(100.0026)


def test_a_percentile_lies_within_its_bucket() -> None:
    buckets = [0] * (len(BOUNDS) + 1)
    assert percentile(buckets, 0.95) is None
    buckets[BOUNDS.index(0.01)] = 100
    assert percentile(buckets, 0.95) == pytest.approx(0.005 + 0.95 * 0.005)
    buckets[-1] = 100
    assert percentile(buckets, 0.95) == BOUNDS[-1]


def test_rates_are_those_of_the_last_seconds() -> None:
    window = Window()
    metrics.received.add(50)
    metrics.batches.add(0.015)
    rates, late = window.look()
    assert rates["received"] > 0
    assert rates["direct"] == 0
    assert late["batches"] == pytest.approx(0.01 + 0.95 * 0.01)
    assert late["to_screen"] is None


def test_a_way_is_measured_from_the_press() -> None:
    times = Times()
    metrics.arrived(times, round(1000 * (time.time() - 0.25)))
    assert metrics.last.lag == pytest.approx(0.25, abs=0.2)
    assert sum(times.buckets) == 1
    metrics.arrived(times, None)
    assert sum(times.buckets) == 1


def test_a_cast_that_its_page_has_kept_counts_from_its_arrival() -> None:
    pressed = 1_795_000_000_000
    payload = Cast(new_cast_id(pressed), uuid4(), (1,), 1).dump().encode()
    assert casts.pressed_ms(casts.Entry(f"{pressed + 40}-0", payload)) == pressed
    assert casts.pressed_ms(casts.Entry(f"{pressed + 60_000}-0", payload)) == pressed + 60_000
    assert casts.pressed_ms(casts.Entry(f"{pressed}-0", b"{")) is None


def test_measuring_a_vote_costs_a_few_microseconds() -> None:
    """A request adds to one counter and one time. The bar is generous, for a machine that is busy with other things."""

    def work() -> None:
        metrics.received.add()
        metrics.requests.add(0.004)

    each = min(timeit.repeat(work, number=2000, repeat=20)) / 2000
    assert each < 20e-6

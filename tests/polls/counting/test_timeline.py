"""When people voted, as the tally keeps it."""

from itertools import pairwise
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as some

from polls.box.casts import new_cast_id
from polls.counting import tally, timeline
from polls.lifecycle import transitions
from polls.models import RoundResult
from polls.results.snapshots import Timeline
from tests.polls.counting.test_tally import entries
from tests.polls.poll_driver import PollDriver

#: A full hour, in seconds since 1970.
NOON = 1_764_072_000
LATE = 2 * NOON * 1000


def line(*seconds: int) -> Timeline:
    """Return the time line of votes that came one by one, so many seconds after noon."""
    found: Timeline = {}
    for second in seconds:
        found = timeline.grown(found, [1000 * (NOON + second)], LATE)
    return found


def test_it_begins_with_the_minute_of_the_first_vote():
    assert line(25, 29, 30) == {"start": NOON, "step": 10, "votes": [0, 0, 2, 1]}


def test_its_spans_grow_longer_when_there_would_be_too_many():
    assert line(5, 15, 25, 419)["step"] == 10
    assert line(5, 15, 25, 420) == {"start": NOON, "step": 30, "votes": [3, *[0] * 13, 1]}


def test_a_vote_from_the_future_is_one_of_now():
    assert timeline.grown({}, [1000 * (NOON + 10**6)], 1000 * (NOON + 12)) == line(12)


def test_a_vote_from_before_the_first_span_counts_in_it():
    assert line(125, 0) == {"start": NOON + 120, "step": 10, "votes": [2]}


def test_without_votes_there_is_none():
    assert timeline.grown({}, [], LATE) == {}


def test_each_length_of_a_span_divides_the_next():
    assert [longer % shorter for shorter, longer in pairwise(timeline.STEPS)] == [0] * (len(timeline.STEPS) - 1)


@given(some.lists(some.integers(0, 10**9), min_size=1))
def test_it_is_short_and_no_vote_gets_lost(seconds: list[int]):
    found = line(*seconds)
    assert sum(found["votes"]) == len(seconds)
    assert len(found["votes"]) <= timeline.SPANS
    assert found["start"] % found["step"] == 0


def stored(driver: PollDriver) -> dict[str, Any]:
    found: dict[str, Any] = driver.tally.timeline
    return found


def test_ballots_are_counted_at_the_moment_of_their_cast(driver: PollDriver):
    moments = [1000 * NOON, 1000 * (NOON + 31), 1000 * (NOON + 32)]
    casts = [driver.queued(0, cast_id=new_cast_id(moment)) for moment in moments]
    tally.count_batch(driver.poll.pk, 1, entries(*casts[:2]))
    tally.count_direct(driver.poll.pk, casts[2:], lambda: None)
    assert stored(driver) == {"start": NOON, "step": 10, "votes": [1, 0, 0, 2]}


def test_what_comes_again_changes_nothing_over_either_path(driver: PollDriver):
    batch = [driver.queued(0), driver.queued(1)]
    tally.count_batch(driver.poll.pk, 1, entries(*batch))
    before = stored(driver)
    tally.count_batch(driver.poll.pk, 1, entries(*batch))
    tally.count_direct(driver.poll.pk, batch, lambda: None)
    assert stored(driver) == before
    assert sum(before["votes"]) == 2


def test_a_change_of_mind_is_no_second_voter(driver: PollDriver):
    voter = uuid4()
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(0, voter=voter, cast_id=new_cast_id(1000 * NOON))))
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(1, voter=voter), start=2))
    assert stored(driver) == {"start": NOON, "step": 10, "votes": [1]}


def test_each_round_has_its_own_and_the_last_one_is_kept(driver: PollDriver):
    driver.vote("ann")
    driver.count()
    before = stored(driver)
    transitions.reset(driver.poll.pk)
    assert (sum(before["votes"]), stored(driver)) == (1, {})
    assert RoundResult.objects.get().snapshot["timeline"] == before

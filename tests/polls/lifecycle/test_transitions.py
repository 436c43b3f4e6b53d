from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from redis import Redis

from polls.box import ballot_box
from polls.lifecycle import safety_net, transitions, trials
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Ballot, Choice, Poll, RoundResult, State, Tally
from polls.results import snapshots
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


def test_a_new_poll_is_a_draft_without_a_box():
    driver = PollDriver(make_poll("new", "Yes", "No", opened=False))
    assert (driver.tally.state, driver.tally.box, driver.totals) == (State.DRAFT, 0, [0, 0])


def test_a_poll_with_one_choice_can_not_be_opened():
    driver = PollDriver(make_poll("one", "Yes", opened=False))
    with pytest.raises(NotPossibleError, match="two choices"):
        transitions.open_poll(driver.poll.pk)


def test_opening_makes_the_box(driver: PollDriver):
    assert [(box.number, box.closed) for box in ballot_box.boxes()] == [(1, False)]


def test_an_open_poll_can_not_be_opened(driver: PollDriver):
    with pytest.raises(NotPossibleError, match="is open"):
        transitions.open_poll(driver.poll.pk)


def test_sealing_closes_the_box_and_waits_for_the_count(driver: PollDriver):
    transitions.seal(driver.poll.pk)
    assert driver.tally.state == State.SEALING
    assert [box.closed for box in ballot_box.boxes()] == [True]


def test_sealing_twice_is_harmless(driver: PollDriver):
    transitions.seal(driver.poll.pk)
    version = driver.tally.version
    transitions.seal(driver.poll.pk)
    assert driver.tally.state == State.SEALING
    assert driver.tally.version >= version


def test_a_draft_can_not_be_sealed():
    driver = PollDriver(make_poll("new", "Yes", "No", opened=False))
    with pytest.raises(NotPossibleError, match="never been opened"):
        transitions.seal(driver.poll.pk)


def test_a_poll_that_was_reopened_meanwhile_is_not_finished(driver: PollDriver):
    transitions.seal(driver.poll.pk)
    transitions.finish(driver.poll.pk, 1)
    transitions.open_poll(driver.poll.pk)
    assert transitions.finish(driver.poll.pk, 1) is False
    assert driver.tally.state == State.OPEN


def test_reopening_keeps_the_ballots_and_takes_a_new_box(driver: PollDriver):
    driver.vote("ann")
    driver.count()
    transitions.seal(driver.poll.pk)
    transitions.finish(driver.poll.pk, 1)
    transitions.open_poll(driver.poll.pk)
    assert (driver.totals, driver.tally.round, driver.tally.box) == ([1, 0], 1, 2)
    assert driver.tally.counted_through == "0-0"


def test_reopening_forgets_a_closing_time_that_has_passed(driver: PollDriver):
    transitions.seal(driver.poll.pk)
    transitions.finish(driver.poll.pk, 1)
    Poll.objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    transitions.open_poll(driver.poll.pk)
    assert Poll.objects.get(pk=driver.poll.pk).closes_at is None


def test_a_reset_begins_the_next_round_and_keeps_the_last_totals(driver: PollDriver):
    driver.vote("ann")
    driver.count()
    version = driver.tally.version
    driver.vote("bob")
    transitions.reset(driver.poll.pk)
    driver.count()
    assert (driver.totals, driver.tally.round, driver.tally.voters) == ([0, 0], 2, 0)
    assert driver.tally.version > version
    assert Ballot.objects.count() == 0
    kept = RoundResult.objects.get()
    assert (kept.round, [choice["votes"] for choice in kept.snapshot["choices"]]) == (1, [1, 0])


def test_services_that_miss_the_same_box_get_the_same_new_one(driver: PollDriver, redis: Redis):
    redis.flushdb()
    first = transitions.open_box(driver.poll.pk, missing=1)
    second = transitions.open_box(driver.poll.pk, missing=1)
    assert first is not None
    assert second is not None
    assert (first.box, second.box) == (2, 2)


def test_an_old_box_number_is_never_made_again(driver: PollDriver, redis: Redis):
    old = driver.definition
    redis.flushdb()
    transitions.open_box(driver.poll.pk, missing=1)
    assert ballot_box.make(old) is False


def test_a_sealed_poll_gets_no_box(driver: PollDriver, redis: Redis):
    transitions.seal(driver.poll.pk)
    redis.flushdb()
    assert transitions.open_box(driver.poll.pk, missing=1) is None
    assert ballot_box.boxes() == []


def test_choices_are_fixed_once_a_poll_was_opened(driver: PollDriver):
    @transaction.atomic
    def add_a_choice() -> None:
        Choice.objects.create(poll=driver.poll, position=9, text="Fish")
        transitions.edited(driver.poll.pk)

    with pytest.raises(NotPossibleError, match="can't be added or removed"):
        add_a_choice()
    assert driver.poll.choices.count() == 2


def test_an_edit_is_no_way_back_from_a_seal(driver: PollDriver):
    stale = Poll.objects.get(pk=driver.poll.pk)
    transitions.seal(driver.poll.pk)
    stale.question = "What now?"
    stale.save()
    transitions.edited(stale.pk)
    assert Tally.objects.get(pk=stale.pk).state == State.SEALING


# Closing so many minutes after the opening ---------------------------------------------------------------------------


def minutes_left(poll: Poll) -> int:
    """Return the minutes until a poll closes that was opened less than a minute ago."""
    closes_at = Poll.objects.values_list("closes_at", flat=True).get(pk=poll.pk)
    assert closes_at is not None
    return round((closes_at - timezone.now()) / timedelta(minutes=1))


def timed(minutes: int, **fields: Any) -> Poll:
    """A draft that closes so many minutes after it is opened."""
    return make_poll("timed", "Yes", "No", opened=False, closes_after=minutes, **fields)


def test_a_poll_opened_by_hand_closes_after_its_minutes():
    poll = timed(10)
    definition = transitions.open_poll(poll.pk)
    assert minutes_left(poll) == 10
    # Web services, Redis and screens know it from the first vote on.
    assert definition.closes_at is not None
    assert definition.closes_at == Poll.objects.get(pk=poll.pk).closes_at
    assert snapshots.snapshot(poll.pk)["poll"]["closes_at"] == definition.closes_at.isoformat()


def test_a_poll_opened_by_the_clock_closes_after_its_minutes():
    poll = timed(10)
    transitions.publish(poll.pk)
    Poll.objects.filter(pk=poll.pk).update(opens_at=timezone.now() - timedelta(minutes=3))
    safety_net.sweep()
    # It has the full time, whatever it was late by.
    assert minutes_left(poll) == 10


def test_each_round_and_each_opening_has_the_full_time():
    poll = timed(10)
    transitions.open_poll(poll.pk)
    transitions.close_in(poll.pk, 60)
    transitions.reset(poll.pk)
    assert minutes_left(poll) == 10
    transitions.close_in(poll.pk, 60)
    transitions.seal(poll.pk)
    transitions.finish(poll.pk, Tally.objects.get(pk=poll.pk).box)
    transitions.open_poll(poll.pk)
    assert minutes_left(poll) == 10


def test_a_test_round_has_no_end_and_the_first_real_one_has():
    poll = timed(10)
    trials.try_out(poll.pk)
    assert Poll.objects.get(pk=poll.pk).closes_at is None
    transitions.reset(poll.pk)
    assert minutes_left(poll) == 10


def test_a_box_that_is_made_again_gives_no_more_time(redis: Redis):
    poll = timed(10)
    transitions.open_poll(poll.pk)
    closes_at = Poll.objects.get(pk=poll.pk).closes_at
    redis.flushdb()
    transitions.open_box(poll.pk, missing=1)
    assert Poll.objects.get(pk=poll.pk).closes_at == closes_at


def test_the_minutes_go_before_a_time_that_was_set():
    poll = timed(10, closes_at=timezone.now() + timedelta(hours=5))
    transitions.open_poll(poll.pk)
    assert minutes_left(poll) == 10


def test_opening_fixes_whether_votes_can_be_changed():
    poll = make_poll("for-good", "Yes", "No", opened=False, allows_changes=False)
    Poll.objects.update(allows_changes=True)
    transitions.edited(poll.pk)
    assert Tally.objects.get().allows_changes is True
    Poll.objects.update(allows_changes=False)
    transitions.edited(poll.pk)
    transitions.open_poll(poll.pk)
    with pytest.raises(NotPossibleError, match="fixed once a poll has been opened"):
        change_rule(poll.pk, allows_changes=True)
    assert (Poll.objects.get().allows_changes, Tally.objects.get().allows_changes) == (False, False)


def test_a_rule_is_kept_while_a_ballot_taken_back_is_there(driver: PollDriver):
    driver.vote("ann")
    driver.count()
    Ballot.objects.update(selections=[])
    Tally.objects.update(state=State.FINAL, voters=0)
    with pytest.raises(NotPossibleError):
        change_rule(driver.poll.pk, allows_changes=False)
    Ballot.objects.all().delete()
    change_rule(driver.poll.pk, allows_changes=False)
    assert driver.tally.allows_changes is False


@transaction.atomic
def change_rule(poll_id: int, *, allows_changes: bool) -> None:
    """Change it as an edit does, which goes back as a whole."""
    Poll.objects.filter(pk=poll_id).update(allows_changes=allows_changes)
    transitions.edited(poll_id)

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis import Redis

from polls.box import ballot_box, definitions
from polls.box.casts import new_cast_id
from polls.lifecycle import transitions
from polls.models import Poll, State
from polls.voting import casting
from polls.voting.casting import Ballot
from polls.voting.errors import BadChoiceError, ClosedError, LostError, NotOpenYetError, OtherRoundError, UnknownError
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Booth


def test_a_vote_is_received_at_a_position_of_its_box(booth: Booth):
    accepted = booth.vote("ann")
    assert accepted.box == 1
    assert [position for position, _ in ballot_box.read(booth.poll.pk, 1, 10)] == [accepted.position]


def test_a_vote_asks_postgres_nothing_when_the_poll_is_known(booth: Booth):
    booth.vote("ann")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        booth.vote("bob")
    assert queries.captured_queries == []


def test_only_the_first_vote_rings(booth: Booth, redis: Redis):
    for voter in ("ann", "bob", "cid"):
        booth.vote(voter)
    assert redis.llen("rq:queue:default") == 1


def test_after_counting_the_next_vote_rings_again(booth: Booth, redis: Redis):
    booth.vote("ann")
    ballot_box.clear_bell(booth.poll.pk)
    booth.vote("bob")
    assert redis.llen("rq:queue:default") == 2


@pytest.mark.parametrize("selections", [(), (999_999_999,), (1, 1)])
def test_a_ballot_that_the_poll_does_not_allow_is_refused(booth: Booth, selections: tuple[int, ...]):
    with pytest.raises(BadChoiceError):
        casting.cast(booth.definition, Ballot("ann", new_cast_id(), selections, None))


def test_two_choices_are_too_many_where_one_may_be_picked(booth: Booth):
    with pytest.raises(BadChoiceError, match="2 choices were picked; 1 is the most"):
        casting.cast(booth.definition, Ballot("ann", new_cast_id(), tuple(booth.choices), None))


def test_several_choices_are_taken_where_several_may_be_picked():
    booth = Booth(make_poll("pizza", "Ham", "Cheese", "Egg", max_choices=2))
    casting.cast(booth.definition, Ballot("ann", new_cast_id(), (booth.choices[2], booth.choices[0]), None))
    booth.count()
    assert booth.totals == [1, 0, 1]
    assert booth.tally.voters == 1


def test_a_sealed_poll_refuses(booth: Booth):
    transitions.seal(booth.poll.pk)
    with pytest.raises(ClosedError):
        booth.vote("ann")


def test_a_door_with_an_old_definition_is_refused_by_the_box(booth: Booth):
    old = booth.definition
    transitions.seal(booth.poll.pk)
    definitions.cache.keep(old)
    with pytest.raises(ClosedError):
        booth.vote("ann")
    assert ballot_box.read(booth.poll.pk, 1, 10) == []


def test_a_door_with_an_old_definition_finds_the_box_of_a_reopened_poll(booth: Booth):
    old = booth.definition
    transitions.seal(booth.poll.pk)
    transitions.finish(booth.poll.pk, 1)
    transitions.open_poll(booth.poll.pk)
    definitions.cache.keep(old)
    assert booth.vote("ann").box == 2


def test_a_door_with_an_old_definition_votes_into_the_new_round_only_without_a_page(booth: Booth):
    old = booth.definition
    transitions.reset(booth.poll.pk)
    definitions.cache.keep(old)
    with pytest.raises(OtherRoundError):
        booth.vote("ann", round_=1)
    definitions.cache.keep(old)
    assert booth.vote("ann").cast.round == 2


def test_an_edit_reaches_a_door_with_the_next_vote(booth: Booth):
    old = booth.definition
    booth.poll.choices.filter(pk=booth.choices[0]).update(text="Lions")
    transitions.edited(booth.poll.pk)
    definitions.cache.keep(old)
    booth.vote("ann")
    assert booth.definition.choices[0].text == "Lions"


def test_the_closing_time_refuses_by_the_clock_of_redis(booth: Booth):
    Poll.objects.filter(pk=booth.poll.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    transitions.edited(booth.poll.pk)
    with pytest.raises(ClosedError):
        booth.vote("ann")


def test_a_scheduled_poll_is_opened_by_the_first_door_that_is_asked():
    booth = Booth(make_poll("soon", "Yes", "No", opened=False, opens_at=timezone.now() - timedelta(seconds=1)))
    transitions.publish(booth.poll.pk)
    assert booth.vote("ann").box == 1
    assert booth.tally.state == State.OPEN


def test_a_scheduled_poll_refuses_before_its_time():
    booth = Booth(make_poll("later", "Yes", "No", opened=False, opens_at=timezone.now() + timedelta(hours=1)))
    transitions.publish(booth.poll.pk)
    with pytest.raises(NotOpenYetError):
        booth.vote("ann")


def test_a_box_that_redis_has_lost_is_opened_under_a_new_number(booth: Booth, redis: Redis):
    booth.vote("ann")
    redis.flushdb()
    assert booth.vote("bob").box == 2
    booth.count()
    assert booth.totals == [1, 0]


def test_a_lost_vote_that_is_sent_again_with_its_receipt_counts_once(booth: Booth, redis: Redis):
    first = booth.vote("ann", choice=1)
    redis.flushdb()
    again = Ballot("ann", first.cast.cast_id, first.cast.selections, 1)
    for _ in range(2):
        casting.cast_again(booth.definition, again)
    booth.count()
    assert booth.totals == [0, 1]


def test_a_lost_vote_that_is_sent_again_does_not_beat_a_newer_one(booth: Booth, redis: Redis):
    first = booth.vote("ann", choice=0)
    redis.flushdb()
    booth.vote("ann", choice=1)
    casting.cast_again(booth.definition, Ballot("ann", first.cast.cast_id, first.cast.selections, 1))
    booth.count()
    assert booth.totals == [0, 1]


def test_a_receipt_at_a_final_poll_is_answered_counted_or_lost(booth: Booth, redis: Redis):
    counted = booth.vote("ann")
    booth.count()
    lost = booth.vote("bob")
    redis.flushdb()
    transitions.seal(booth.poll.pk)
    with pytest.raises(UnknownError):
        casting.cast_again(booth.definition, Ballot("bob", lost.cast.cast_id, lost.cast.selections, 1))
    transitions.finish(booth.poll.pk, booth.tally.box)
    again = casting.cast_again(booth.definition, Ballot("ann", counted.cast.cast_id, counted.cast.selections, 1))
    assert again.position is None
    with pytest.raises(LostError):
        casting.cast_again(booth.definition, Ballot("bob", lost.cast.cast_id, lost.cast.selections, 1))

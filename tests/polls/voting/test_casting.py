from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis import Redis

from polls.box import ballot_box, definitions
from polls.box.casts import new_cast_id
from polls.lifecycle import safety_net, transitions
from polls.models import Poll, State
from polls.voting import casting
from polls.voting.casting import Submission
from polls.voting.errors import (
    AlreadyVotedError,
    BadChoiceError,
    ClosedError,
    LostError,
    NotOpenYetError,
    OtherRoundError,
    UnknownError,
)
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver
from tests.proxy import until_redis_is_asked
from tests.store_fixtures import Postgres


def test_a_vote_is_received_at_a_position_of_its_box(driver: PollDriver):
    accepted = driver.vote("ann")
    assert accepted.box == 1
    assert [position for position, _ in ballot_box.read(driver.poll.pk, 1, 10)] == [accepted.position]


def test_a_vote_asks_postgres_nothing_when_the_poll_is_known(driver: PollDriver):
    driver.vote("ann")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        driver.vote("bob")
    assert queries.captured_queries == []


def test_only_the_first_vote_rings(driver: PollDriver, redis: Redis):
    for voter in ("ann", "bob", "cid"):
        driver.vote(voter)
    assert redis.llen("rq:queue:default") == 1


def test_after_counting_the_next_vote_rings_again(driver: PollDriver, redis: Redis):
    driver.vote("ann")
    ballot_box.clear_bell(driver.poll.pk)
    driver.vote("bob")
    assert redis.llen("rq:queue:default") == 2


@pytest.mark.parametrize("selections", [(), (999_999_999,), (1, 1)])
def test_a_ballot_that_the_poll_does_not_allow_is_refused(driver: PollDriver, selections: tuple[int, ...]):
    with pytest.raises(BadChoiceError):
        casting.cast(driver.definition, Submission("ann", new_cast_id(), selections, None))


def test_two_choices_are_too_many_where_one_may_be_picked(driver: PollDriver):
    with pytest.raises(BadChoiceError, match="You picked 2 choices; the limit is 1"):
        casting.cast(driver.definition, Submission("ann", new_cast_id(), tuple(driver.choices), None))


def test_several_choices_are_taken_where_several_may_be_picked():
    driver = PollDriver(make_poll("pizza", "Ham", "Cheese", "Egg", max_choices=2))
    casting.cast(driver.definition, Submission("ann", new_cast_id(), (driver.choices[2], driver.choices[0]), None))
    driver.count()
    assert driver.totals == [1, 0, 1]
    assert driver.tally.voters == 1


def test_a_sealed_poll_refuses(driver: PollDriver):
    transitions.seal(driver.poll.pk)
    with pytest.raises(ClosedError):
        driver.vote("ann")


def test_a_service_with_an_old_definition_is_refused_by_the_box(driver: PollDriver):
    old = driver.definition
    transitions.seal(driver.poll.pk)
    definitions.cache.keep(old)
    with pytest.raises(ClosedError):
        driver.vote("ann")
    assert ballot_box.read(driver.poll.pk, 1, 10) == []


def test_an_old_definition_finds_the_box_of_a_reopened_poll(driver: PollDriver):
    old = driver.definition
    transitions.seal(driver.poll.pk)
    transitions.finish(driver.poll.pk, 1)
    transitions.open_poll(driver.poll.pk)
    definitions.cache.keep(old)
    assert driver.vote("ann").box == 2


def test_an_old_definition_votes_in_the_new_round_without_a_page(driver: PollDriver):
    """Only without one: a page names its round."""
    old = driver.definition
    transitions.reset(driver.poll.pk)
    definitions.cache.keep(old)
    with pytest.raises(OtherRoundError):
        driver.vote("ann", round_=1)
    definitions.cache.keep(old)
    assert driver.vote("ann").cast.round == 2


def test_an_edit_reaches_a_service_with_the_next_vote(driver: PollDriver):
    old = driver.definition
    driver.poll.choices.filter(pk=driver.choices[0]).update(text="Lions")
    transitions.edited(driver.poll.pk)
    definitions.cache.keep(old)
    driver.vote("ann")
    assert driver.definition.choices[0].text == "Lions"


def test_the_closing_time_refuses_by_the_clock_of_redis(driver: PollDriver):
    Poll.objects.filter(pk=driver.poll.pk).update(closes_at=timezone.now() - timedelta(seconds=1))
    transitions.edited(driver.poll.pk)
    with pytest.raises(ClosedError):
        driver.vote("ann")


def test_the_first_service_asked_opens_a_scheduled_poll():
    driver = PollDriver(make_poll("soon", "Yes", "No", opened=False, opens_at=timezone.now() - timedelta(seconds=1)))
    transitions.publish(driver.poll.pk)
    assert driver.vote("ann").box == 1
    assert driver.tally.state == State.OPEN


def test_a_scheduled_poll_refuses_before_its_time():
    driver = PollDriver(make_poll("later", "Yes", "No", opened=False, opens_at=timezone.now() + timedelta(hours=1)))
    transitions.publish(driver.poll.pk)
    with pytest.raises(NotOpenYetError):
        driver.vote("ann")


def test_a_box_that_redis_has_lost_is_opened_under_a_new_number(driver: PollDriver, redis: Redis):
    driver.vote("ann")
    redis.flushdb()
    assert driver.vote("bob").box == 2
    driver.count()
    assert driver.totals == [1, 0]


def test_a_lost_vote_sent_again_with_its_receipt_counts_once(driver: PollDriver, redis: Redis):
    first = driver.vote("ann", choice=1)
    redis.flushdb()
    again = Submission("ann", first.cast.cast_id, first.cast.selections, 1)
    for _ in range(2):
        casting.cast_again(driver.definition, again)
    driver.count()
    assert driver.totals == [0, 1]


def test_a_lost_vote_sent_again_does_not_beat_a_newer_one(driver: PollDriver, redis: Redis):
    first = driver.vote("ann", choice=0)
    redis.flushdb()
    driver.vote("ann", choice=1)
    casting.cast_again(driver.definition, Submission("ann", first.cast.cast_id, first.cast.selections, 1))
    driver.count()
    assert driver.totals == [0, 1]


def test_a_receipt_at_a_final_poll_is_answered_counted_or_lost(driver: PollDriver, redis: Redis):
    counted = driver.vote("ann")
    driver.count()
    lost = driver.vote("bob")
    redis.flushdb()
    transitions.seal(driver.poll.pk)
    with pytest.raises(UnknownError):
        casting.cast_again(driver.definition, Submission("bob", lost.cast.cast_id, lost.cast.selections, 1))
    transitions.finish(driver.poll.pk, driver.tally.box)
    again = casting.cast_again(driver.definition, Submission("ann", counted.cast.cast_id, counted.cast.selections, 1))
    assert again.position is None
    with pytest.raises(LostError):
        casting.cast_again(driver.definition, Submission("bob", lost.cast.cast_id, lost.cast.selections, 1))


# Where votes can't be changed ----------------------------------------------------------------------------------------


def test_the_same_vote_once_more_has_the_receipt_of_the_first(strict: PollDriver):
    first = strict.vote("ann", choice=1)
    assert strict.vote("ann", choice=1) == first
    strict.count()
    assert (strict.vote("ann", choice=1).cast, strict.totals) == (first.cast, [0, 1])


@pytest.mark.parametrize("counted", [True, False])
def test_another_vote_is_refused_with_the_one_that_stands(strict: PollDriver, *, counted: bool):
    first = strict.vote("ann", choice=1)
    if counted:
        strict.count()
    with pytest.raises(AlreadyVotedError, match="Your first vote stands") as refused:
        strict.vote("ann", choice=0)
    assert refused.value.first.cast == first.cast
    strict.count()
    assert strict.totals == [0, 1]


def test_a_vote_of_an_earlier_box_stands(strict: PollDriver):
    first = strict.vote("ann", choice=1)
    transitions.seal(strict.poll.pk)
    safety_net.sweep()
    assert strict.tally.state == State.FINAL
    transitions.open_poll(strict.poll.pk)
    with pytest.raises(AlreadyVotedError) as refused:
        strict.vote("ann", choice=0)
    assert refused.value.first.cast == first.cast


def test_a_counted_vote_stands_when_redis_has_lost_its_data(strict: PollDriver, redis: Redis):
    strict.vote("ann", choice=1)
    strict.count()
    redis.flushdb()
    with pytest.raises(AlreadyVotedError):
        strict.vote("ann", choice=0)


def test_a_vote_lost_with_its_box_is_cast_before_another_one(strict: PollDriver, redis: Redis):
    first = strict.vote("ann", choice=1)
    redis.flushdb()
    kept = Submission("ann", first.cast.cast_id, first.cast.selections, 1)
    with pytest.raises(AlreadyVotedError):
        casting.cast(strict.definition, Submission("ann", new_cast_id(), (strict.choices[0],), 1, first=kept))
    strict.count()
    assert strict.totals == [0, 1]


def test_the_direct_path_keeps_the_first_vote(strict: PollDriver, own_redis: OwnRedis):
    strict.definition  # noqa: B018 - known before
    own_redis.stop()
    first = strict.vote("ann", choice=1)
    assert (first.status, strict.vote("ann", choice=1).cast) == ("counted", first.cast)
    with pytest.raises(AlreadyVotedError):
        strict.vote("ann", choice=0)
    assert strict.totals == [0, 1]
    own_redis.start()
    until_redis_is_asked()
    with pytest.raises(AlreadyVotedError):
        strict.vote("ann", choice=0)


def test_without_postgres_the_box_keeps_the_first_vote(strict: PollDriver, postgres: Postgres):
    first = strict.vote("ann", choice=1)
    postgres.stop()
    with pytest.raises(AlreadyVotedError) as refused:
        strict.vote("ann", choice=0)
    assert refused.value.first == first
    assert strict.vote("bob", choice=0).status == "received"


def test_a_receipt_whose_voter_has_another_vote_is_told_so(strict: PollDriver):
    first = strict.vote("ann", choice=1)
    strict.count()
    superseded = Submission("ann", new_cast_id(), (strict.choices[0],), 1)
    for _ in range(2):
        with pytest.raises(AlreadyVotedError) as refused:
            casting.cast_again(strict.definition, superseded)
        assert refused.value.first.cast == first.cast
        transitions.seal(strict.poll.pk)
        safety_net.sweep()
        definitions.cache.clear()  # the second time at a service that knows that it is closed
    again = Submission("ann", first.cast.cast_id, first.cast.selections, 1)
    assert casting.cast_again(strict.definition, again).status == "counted"


def test_in_the_next_round_everybody_has_a_vote_again(strict: PollDriver):
    strict.vote("ann", choice=1)
    transitions.reset(strict.poll.pk)
    strict.vote("ann", choice=0)
    strict.count()
    assert strict.totals == [1, 0]

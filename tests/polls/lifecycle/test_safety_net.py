from datetime import timedelta
from typing import cast

import pytest
from django.utils import timezone
from redis import Redis

from polls.box import ballot_box
from polls.counting import drain, tally
from polls.lifecycle import safety_net, transitions
from polls.models import Poll, State, Tally
from polls.results import snapshots
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


def test_a_box_that_is_not_empty_is_rung_whatever_the_bell_says(driver: PollDriver, redis: Redis):
    driver.vote("ann")
    redis.delete("rq:queue:default")
    safety_net.sweep()
    assert redis.llen("rq:queue:default") == 1


def test_a_poll_whose_job_waits_is_not_rung_again(driver: PollDriver, redis: Redis):
    """Else the queue of a busy poll would grow by a job a second, and votes of others wait behind them."""
    driver.vote("ann")
    for _ in range(3):
        safety_net.sweep()
    assert redis.llen("rq:queue:default") == 1


def test_a_sealed_poll_becomes_final_when_all_is_counted(driver: PollDriver):
    driver.vote("ann")
    transitions.seal(driver.poll.pk)
    safety_net.sweep()
    assert (driver.tally.state, driver.totals) == (State.FINAL, [1, 0])
    safety_net.sweep()
    assert ballot_box.boxes() == []


def test_a_poll_is_not_final_while_votes_wait_in_its_box(driver: PollDriver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tally, "BATCH", 2)
    monkeypatch.setattr(drain, "TURN", 0)
    for number in range(10):
        driver.vote(f"voter {number}")
    transitions.seal(driver.poll.pk)
    seen = []
    while driver.tally.state != State.FINAL:
        seen.append(driver.tally.voters)
        safety_net.sweep()
    assert driver.totals == [10, 0]
    assert len(seen) > 1


def test_a_closing_time_that_has_come_seals_the_poll(driver: PollDriver):
    driver.vote("ann")
    Poll.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    safety_net.sweep()
    safety_net.sweep()
    assert (driver.tally.state, driver.totals) == (State.FINAL, [1, 0])


def test_a_box_that_the_clock_of_redis_has_closed_seals_the_poll(driver: PollDriver, redis: Redis):
    redis.hset(f"votes:{driver.poll.pk}:box:1", "sealed", 1)
    safety_net.sweep()
    assert driver.tally.state in (State.SEALING, State.FINAL)


def test_a_box_that_closed_as_time_was_added_is_followed_by_one(redis: Redis):
    """In the instant in which the poll was given more time."""
    driver = PollDriver(make_poll("more", "Yes", "No", closes_at=timezone.now() + timedelta(minutes=1)))
    driver.vote("ann")
    redis.hset(f"votes:{driver.poll.pk}:box:1", "sealed", 1)
    transitions.close_in(driver.poll.pk, 5)
    safety_net.sweep()
    assert (driver.tally.state, driver.tally.box) == (State.OPEN, 2)
    driver.vote("ben", 1)
    driver.count()
    safety_net.sweep()
    assert (driver.tally.state, driver.totals) == (State.OPEN, [1, 1])


def test_an_opening_time_that_has_come_opens_the_poll():
    driver = PollDriver(make_poll("soon", "Yes", "No", opened=False, opens_at=timezone.now() - timedelta(seconds=1)))
    transitions.publish(driver.poll.pk)
    safety_net.sweep()
    assert (driver.tally.state, driver.tally.box) == (State.OPEN, 1)


def test_a_lost_box_is_opened_again_under_a_new_number(driver: PollDriver, redis: Redis):
    redis.flushdb()
    safety_net.sweep()
    assert [(box.number, box.closed) for box in ballot_box.boxes()] == [(2, False)]


def test_an_older_box_of_the_round_is_counted_and_goes(driver: PollDriver):
    driver.vote("ann")
    transitions.open_box(driver.poll.pk, missing=1)
    safety_net.sweep()
    assert driver.totals == [1, 0]
    assert [box.number for box in ballot_box.boxes()] == [2]


def test_boxes_of_a_poll_that_was_deleted_go(driver: PollDriver):
    Poll.objects.all().delete()
    safety_net.sweep()
    assert ballot_box.boxes() == []


def test_nothing_is_kept_of_a_poll_deleted_without_redis(own_redis: OwnRedis):
    opened, scheduled, there = (make_poll(slug, "Yes", "No", opened=slug != "soon") for slug in ("past", "soon", "now"))
    transitions.publish(scheduled.pk)
    own_redis.stop()
    transitions.delete(opened.pk)
    transitions.delete(scheduled.pk)
    own_redis.start()
    safety_net.sweep()
    assert keys_of_polls(own_redis) == {f"votes:{there.pk}:{of}" for of in ("box", "box:1", "snapshot")}
    assert slugs(own_redis) == {"now": there.pk}


def test_an_address_that_another_poll_has_taken_leads_there(own_redis: OwnRedis):
    first = make_poll("cats", "Yes", "No")
    own_redis.stop()
    transitions.delete(first.pk)
    own_redis.start()
    second = make_poll("cats", "Yes", "No")
    ballot_box.forget(first.pk, ["cats"])
    safety_net.sweep()
    assert slugs(own_redis) == {"cats": second.pk}


def keys_of_polls(server: OwnRedis) -> set[str]:
    return {key.decode() for key in cast("list[bytes]", server.client.keys("votes:[0-9]*"))}


def slugs(server: OwnRedis) -> dict[str, int]:
    found = cast("dict[bytes, bytes]", server.client.hgetall("votes:slugs"))
    return {slug.decode(): int(poll_id) for slug, poll_id in found.items()}


def test_a_snapshot_that_redis_has_lost_is_published_again(driver: PollDriver, redis: Redis):
    redis.delete(f"votes:{driver.poll.pk}:snapshot")
    safety_net.sweep()
    assert ballot_box.snapshot_versions([driver.poll.pk]) == [driver.tally.version]


def test_an_edit_that_redis_did_not_hear_of_is_told_again(driver: PollDriver):
    Tally.objects.update(definition_version=9)
    safety_net.sweep()
    assert [box.definition_version for box in ballot_box.boxes()] == [9]


def test_counting_is_live_while_somebody_sweeps(driver: PollDriver):
    assert snapshots.newest([driver.poll.pk]).counting is False
    safety_net.sweep()
    assert snapshots.newest([driver.poll.pk]).counting is True

"""The answer of a worker to the bell."""

import time
from collections.abc import Callable

import pytest
from redis import Redis

from polls.box import ballot_box
from polls.counting import bell, drain
from tests.polls.poll_driver import PollDriver
from workers import jobs

QUEUE = "rq:queue:default"
Begin = Callable[[int], "Stream"]


class Stream:
    """Voters who vote by twos while a worker pauses, so many times; ask how often it paused."""

    def __init__(self, driver: PollDriver, times: int) -> None:
        self._driver, self._times = driver, times
        self.pauses = 0

    def __call__(self, _seconds: float) -> None:
        self.pauses += 1
        if self.pauses <= self._times:
            self.vote()

    def vote(self) -> None:
        for number in (1, 2):
            self._driver.vote(f"voter {self.pauses}.{number}")


@pytest.fixture
def stream(driver: PollDriver, monkeypatch: pytest.MonkeyPatch) -> Begin:
    def begin(times: int) -> Stream:
        made = Stream(driver, times)
        made.vote()
        monkeypatch.setattr(time, "sleep", made)
        return made

    monkeypatch.setattr(drain, "_began", {})
    # Long enough for the slowest batch: there is a pause before each.
    monkeypatch.setattr(drain, "PACE", 60)
    return begin


def test_votes_that_stream_in_are_one_job(driver: PollDriver, redis: Redis, stream: Begin):
    stream(3)
    redis.delete(QUEUE)
    jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, redis.llen(QUEUE), redis.keys("votes:*:bell")) == ([8, 0], 0, [])


def test_a_worker_stays_for_a_turn_at_most(driver: PollDriver, monkeypatch: pytest.MonkeyPatch, stream: Begin):
    monkeypatch.setattr(drain, "TURN", 0)
    paused = stream(3)
    jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, paused.pauses) == ([2, 0], 0)


def test_it_does_not_stay_while_another_poll_waits(driver: PollDriver, redis: Redis, stream: Begin):
    paused = stream(3)
    redis.delete(QUEUE)
    bell.ring(driver.poll.pk + 1)
    jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, paused.pauses) == ([2, 0], 0)


def test_a_job_of_the_same_poll_waits_for_nothing(driver: PollDriver, redis: Redis, stream: Begin):
    paused = stream(3)
    assert redis.llen(QUEUE) == 1
    jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, paused.pauses, redis.llen(QUEUE)) == ([8, 0], 4, 1)


def test_a_vote_just_before_the_bell_is_cleared_counts(driver: PollDriver, monkeypatch: pytest.MonkeyPatch):
    """Nobody else comes for it: it found the bell rung."""
    driver.vote("ann")
    clear = ballot_box.clear_bell

    def late(poll_id: int) -> None:
        driver.vote("ben")
        clear(poll_id)

    monkeypatch.setattr(ballot_box, "clear_bell", late)
    jobs.tally_poll(driver.poll.pk)
    assert driver.totals == [2, 0]

"""How often a worker counts one poll."""

import time

import pytest
from redis import Redis

from polls.counting import drain
from tests.polls.poll_driver import PollDriver
from workers import jobs


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was paused, each time; in seconds."""
    found: list[float] = []
    sleep = time.sleep

    def noted(seconds: float) -> None:
        found.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", noted)
    monkeypatch.setattr(drain, "_began", {})
    return found


def test_a_vote_that_comes_alone_waits_for_nothing(driver: PollDriver, pauses: list[float]):
    driver.vote("ada")
    jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, pauses) == ([1, 0], [])


def test_votes_that_come_close_together_are_counted_together(driver: PollDriver, pauses: list[float]):
    drain.keep_pace(driver.poll.pk)
    drain._began[driver.poll.pk] += 1
    for voter in ("ada", "grace", "joan"):
        driver.vote(voter)
    jobs.tally_poll(driver.poll.pk)
    assert driver.totals == [3, 0]
    assert [drain.PACE < pause < 1 + drain.PACE for pause in pauses] == [True]


def test_the_bell_stays_rung_during_the_pause(driver: PollDriver, redis: Redis, monkeypatch: pytest.MonkeyPatch):
    driver.vote("ada")
    rung: list[int] = []
    monkeypatch.setattr(time, "sleep", lambda _: rung.append(len(redis.keys("votes:*:bell"))))
    monkeypatch.setattr(drain, "_began", {driver.poll.pk: time.monotonic() + 1})
    jobs.tally_poll(driver.poll.pk)
    assert (rung, redis.keys("votes:*:bell")) == ([1], [])


def test_another_poll_does_not_wait_for_it(driver: PollDriver, pauses: list[float]):
    drain.keep_pace(driver.poll.pk + 1)
    drain.keep_pace(driver.poll.pk)
    assert pauses == []


def test_it_remembers_no_poll_for_longer_than_that(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drain, "_began", {1: time.monotonic() - 2 * drain.PACE})
    drain.keep_pace(2)
    assert list(drain._began) == [2]

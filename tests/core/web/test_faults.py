"""Faults on purpose: votes that a demo's bad version refuses, or takes late."""

import time

import pytest
from pytest_django import Settings

from tests.polls.conftest import clean, client, driver, poll
from tests.polls.poll_driver import Client, PollDriver, post

__all__ = ["clean", "client", "driver", "poll"]


@pytest.fixture
def faulty(settings: Settings) -> Settings:
    """A version with faults that are switched on, and do nothing yet."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "core.web.faults.Middleware"]
    return settings


def test_a_refused_vote_is_not_recorded_and_can_be_sent_again(faulty: Settings, client: Client, driver: PollDriver):
    faulty.FAULT_VOTE_ERROR_RATE = 1
    answer = post(client, driver, choice=driver.choices[0])
    driver.count()
    assert (answer.status_code, answer.json()["status"], driver.totals) == (500, "error", [0, 0])
    faulty.FAULT_VOTE_ERROR_RATE = 0
    assert post(client, driver, choice=driver.choices[0]).status_code == 202
    driver.count()
    assert driver.totals == [1, 0]


def test_a_share_of_the_votes_is_refused(faulty: Settings, client: Client, driver: PollDriver):
    faulty.FAULT_VOTE_ERROR_RATE = 0.5
    codes = [post(client, driver, choice=driver.choices[0]).status_code for _ in range(40)]
    assert {500, 202} == set(codes)


def test_a_delayed_vote_is_recorded(faulty: Settings, client: Client, driver: PollDriver):
    faulty.FAULT_VOTE_DELAY_MS = 200
    client.get(driver.poll.get_absolute_url())
    began = time.monotonic()
    assert post(client, driver, choice=driver.choices[0]).status_code == 202
    assert time.monotonic() - began > 0.2


def test_pages_have_no_faults(faulty: Settings, client: Client, driver: PollDriver):
    faulty.FAULT_VOTE_ERROR_RATE = 1
    assert client.get(driver.poll.get_absolute_url()).status_code == 200

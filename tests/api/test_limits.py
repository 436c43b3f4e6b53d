"""A network may ask so often; votes have their own limit."""

from typing import Any

import pytest

from polls.models import Poll
from tests.api.conftest import Program, word
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import own_redis

__all__ = ["own_redis"]


@pytest.fixture(autouse=True)
def three(settings: Any) -> None:
    """Let each network ask three times a minute."""
    settings.API_RATE_LIMIT = 3


def test_the_fourth_request_waits(anybody: Program, poll: Poll):
    found = [anybody.get("/polls") for _ in range(4)]
    assert [answer.status_code for answer in found] == [200, 200, 200, 429]
    assert (word(found[-1]), found[-1]["Retry-After"]) == ((429, "too_many"), "60")
    assert Program(address="198.51.100.4").get("/polls").status_code == 200


def test_votes_are_not_counted_with_it(anybody: Program, poll: Poll, driver: PollDriver):
    assert [anybody.vote(poll.slug, driver.choices[0])[1].status_code for _ in range(4)] == [202] * 4


def test_it_can_be_off(anybody: Program, poll: Poll, settings: Any):
    settings.API_RATE_LIMIT = None
    assert {anybody.get("/polls").status_code for _ in range(10)} == {200}


def test_without_redis_each_process_counts(anybody: Program, poll: Poll, own_redis: OwnRedis):
    own_redis.stop()
    found = [anybody.get("/counters/nothing").status_code for _ in range(5)]
    assert found == [404, 404, 404, 429, 429]

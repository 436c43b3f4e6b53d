"""Limits of a poll hold with either store down, and hold nobody else back."""

from typing import Any

import pytest

from polls.box import definitions
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver, waiting
from tests.polls.voting.solving import solved
from tests.store_fixtures import Postgres

OURS, THEIRS = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def driver() -> PollDriver:
    """A poll that takes three new voters of a network a minute, and asks for work after two."""
    return PollDriver(make_poll("limited", "Yes", "No", voters_per_minute=3, slow_down_after=2))


def arrived(driver: PollDriver, number: int) -> list[Client]:
    """Return voters who have loaded the page."""
    voters = [Client() for _ in range(number)]
    for voter in voters:
        voter.get(driver.poll.get_absolute_url())
    return voters


def post(driver: PollDriver, voter: Client, address: str = OURS, **fields: Any) -> tuple[int, dict[str, Any]]:
    fields = {"choice": driver.choices[0], **fields}
    answer = voter.post(driver.poll.get_absolute_url(), fields, headers=JSON, REMOTE_ADDR=address)
    return answer.status_code, answer.json()


def holds(driver: PollDriver, voters: list[Client], taken: int) -> None:
    """Assert what the limits do with six voters of one network, and with one of another."""
    first, second, third, fourth, fifth, other = voters
    assert [post(driver, each)[0] for each in (first, second)] == [taken, taken]
    code, told = post(driver, third)
    assert (code, told["status"]) == (429, "slowed")
    work = solved(told["work"])
    assert post(driver, third, work=work)[0] == taken
    assert post(driver, fourth, work=work)[1]["status"] == "crowded"
    assert post(driver, fifth)[1]["status"] == "crowded"
    assert [post(driver, each)[0] for each in (first, second, third)] == [taken] * 3
    assert post(driver, other, THEIRS)[0] == taken


def test_they_hold_while_both_stores_answer(driver: PollDriver):
    holds(driver, arrived(driver, 6), 202)
    driver.count()
    assert driver.tally.voters == 4


def test_they_hold_without_postgres(driver: PollDriver, postgres: Postgres):
    voters = arrived(driver, 6)
    postgres.stop()
    holds(driver, voters, 202)
    assert waiting() == 7


def test_they_hold_without_postgres_where_no_poll_is_known(driver: PollDriver, postgres: Postgres):
    """The box tells it of the limits."""
    voters = arrived(driver, 6)
    post(driver, voters[0])
    postgres.stop()
    definitions.cache.clear()
    holds(driver, voters, 202)


def test_they_hold_without_redis(driver: PollDriver, own_redis: OwnRedis):
    voters = arrived(driver, 6)
    own_redis.stop()
    holds(driver, voters, 200)
    assert driver.tally.voters == 4

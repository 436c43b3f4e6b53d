"""The last load test on the host pages."""

import pytest
from redis import Redis

from polls.host import capacity
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import Client


def remember(*, page_p99_s: float | None = 0.4, lost: int = 0, is_held: bool = True) -> bool:
    return capacity.remember(
        phones=4800, arrive_s=60.0, page_p99_s=page_p99_s, vote_p99_s=0.25, lost=lost, is_held=is_held
    )


def shown(host: Client) -> str:
    return " ".join(host.get("/host/").content.decode().split())


def test_without_a_load_test_the_page_says_how_to_make_one(host: Client) -> None:
    assert "Not tested yet." in shown(host)
    assert "bin/manage loadtest --phones 500 --arrive 30" in shown(host)


def test_a_room_that_was_held_is_shown_with_its_figures(host: Client) -> None:
    assert remember()

    assert "4,800 phones</b> arriving within 60 s" in shown(host)
    assert "had their page within 0.40 s and their vote accepted within 0.25 s. No vote was lost." in shown(host)


def test_one_that_was_not_is_shown_as_such(host: Client) -> None:
    remember(page_p99_s=None, lost=3, is_held=False)

    assert "It did not hold <b>4,800 phones</b>" in shown(host)
    assert "Votes lost: 3." in shown(host)


@pytest.mark.parametrize("text", ["{", "[]", '{"phones": 1}', "null"])
def test_what_can_not_be_read_is_none(redis: Redis, text: str) -> None:
    redis.set("loadtest:last", text)

    assert capacity.last() is None


def test_without_redis_the_page_is_there_and_remembers_nothing(own_redis: OwnRedis, host: Client) -> None:
    own_redis.stop()

    assert not remember()
    assert "Not tested yet." in shown(host)

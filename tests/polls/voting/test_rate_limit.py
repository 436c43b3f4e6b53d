from ipaddress import ip_network
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings
from redis import Redis

from core.web import proxies
from tests.polls.poll_driver import Client, PollDriver


def post(driver: PollDriver, address: str, client: Client | None = None) -> Any:
    client = client or Client()
    url, fields = driver.poll.get_absolute_url(), {"choice": driver.choices[0]}
    return client.post(url, fields, headers={"Accept": "application/json"}, REMOTE_ADDR=address)


def test_an_address_may_cast_as_often_as_the_limit_says(driver: PollDriver, settings: Settings):
    settings.VOTE_RATE_LIMIT = 2
    assert [post(driver, "10.0.0.1").status_code for _ in range(3)] == [202, 202, 429]
    answer = post(driver, "10.0.0.1")
    assert answer.json()["status"] == "too_many"
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert post(driver, "10.0.0.2").status_code == 202


def test_without_a_limit_a_room_may_share_one_address(driver: PollDriver):
    assert {post(driver, "10.0.0.1").status_code for _ in range(30)} == {202}


def test_a_repeat_with_its_receipt_is_never_too_many(driver: PollDriver, settings: Settings):
    settings.VOTE_RATE_LIMIT = 1
    client = Client()
    receipt = post(driver, "10.0.0.1", client).json()["receipt"]
    fields = {"choice": driver.choices[0], "receipt": receipt}
    again = client.post(driver.poll.get_absolute_url(), fields, headers={"Accept": "application/json"})
    assert again.status_code == 202


def test_no_address_is_stored_and_what_is_expires(driver: PollDriver, settings: Settings, redis: Redis):
    settings.VOTE_RATE_LIMIT = 5
    post(driver, "203.0.113.77")
    keys = list(redis.scan_iter("votes:rate:*"))
    assert len(keys) == 1
    assert "203.0.113.77" not in str(keys[0])
    assert 0 < redis.ttl(keys[0]) <= 60


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("198.51.100.1", "203.0.113.5", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "nonsense"),
    ],
)
def test_only_trusted_proxies_say_who_is_behind_them(settings: Settings, remote: str, forwarded: str, expected: str):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert proxies.caller(request) == expected

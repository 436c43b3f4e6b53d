from ipaddress import ip_network
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings
from redis import Redis

from core.web import proxies
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import JSON, Client, PollDriver


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
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5, nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5:4711", "203.0.113.5"),
        ("10.0.0.1", '"203.0.113.5:4711"', "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, 10.0.0.2:80", "203.0.113.5"),
        ("10.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("10.0.0.1", "[2001:db8:1:2:5::6]:443", "2001:db8:1:2::/64"),
        ("10.0.0.1", "[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"),
        ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("::ffff:198.51.100.1", "203.0.113.5", "198.51.100.1"),
        ("2001:db8::1", "", "2001:db8::/64"),
        ("fe80::1%eth0", "", "fe80::/64"),
        ("", "203.0.113.5", ""),
    ],
)
def test_only_trusted_proxies_say_who_is_behind_them(settings: Settings, remote: str, forwarded: str, expected: str):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert proxies.caller(request) == expected


def test_repeats_are_counted_too(driver: PollDriver, settings: Settings):
    settings.VOTE_RATE_LIMIT = 3
    client = Client()
    receipt = post(driver, "10.0.0.1", client).json()["receipt"]
    url = driver.poll.get_absolute_url()
    assert [client.post(url, {"receipt": receipt}, headers=JSON).status_code for _ in range(5)] == [202] * 3 + [429] * 2


def test_it_holds_without_redis(driver: PollDriver, settings: Settings, own_redis: OwnRedis):
    settings.VOTE_RATE_LIMIT = 2
    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        browser.get(driver.poll.get_absolute_url())
    own_redis.stop()
    answers = [post(driver, "192.0.2.44", browser) for browser in browsers]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert post(driver, "192.0.2.45").status_code == 200


def test_an_ipv6_network_is_one_caller(driver: PollDriver, settings: Settings):
    settings.VOTE_RATE_LIMIT = 2
    assert [post(driver, f"2001:db8::{number:x}").status_code for number in range(1, 4)] == [202, 202, 429]

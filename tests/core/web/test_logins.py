"""Signing in: guesses are counted by account and network, and nobody else is held back."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from redis import Redis

from core.web import logins
from tests.own_redis import OwnRedis
from tests.polls.conftest import clean

__all__ = ["clean"]

ADDRESS = "/accounts/login/"
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def ada(clean: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody who may sign in, where few guesses are too many."""
    monkeypatch.setattr(logins, "OF_ACCOUNT", 2)
    monkeypatch.setattr(logins, "OF_NETWORK", 4)
    return User.objects.create_user("ada", password="right", is_staff=True)


def sign_in(password: str, *, name: str = "ada", caller: str = HERE) -> str:
    """Sign in, and return the outcome: `in`, `wrong` or `held back`."""
    form = {"username": name, "password": password}
    answer = Client().post(ADDRESS, form, REMOTE_ADDR=caller)
    if answer.status_code == 302:
        return "in"
    return "held back" if "Too many wrong passwords" in answer.content.decode() else "wrong"


def test_who_guesses_too_often_waits_with_the_right_password_too() -> None:
    tried = [sign_in(password) for password in ("a", "b", "c", "right")]

    assert tried == ["wrong", "wrong", "held back", "held back"]


def test_whoever_is_elsewhere_is_not_held_back() -> None:
    for password in ("a", "b", "c"):
        sign_in(password)

    assert sign_in("right", caller=ELSEWHERE) == "in"


def test_a_name_in_other_letters_is_the_same_account() -> None:
    assert [sign_in("a", name=name) for name in ("ada", "ADA", "Ada")] == ["wrong", "wrong", "held back"]


def test_guesses_at_many_accounts_are_too_many_together() -> None:
    tried = [sign_in("a", name=f"user-{number}") for number in range(5)]

    assert tried == ["wrong"] * 4 + ["held back"]


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("nonsense", "nonsense", True),
    ],
)
def test_a_network_is_an_ipv4_address_or_a_64(first: str, second: str, *, are_one: bool) -> None:
    for password in ("a", "b"):
        sign_in(password, caller=first)

    assert sign_in("right", caller=second) == ("held back" if are_one else "in")


def test_what_is_counted_tells_no_name_or_address(redis: Redis) -> None:
    """The counts are forgotten after a while."""
    sign_in("a")
    keys = redis.keys("logins:*")

    assert len(keys) == 2
    assert all(re.fullmatch(r"b'logins:[0-9a-f]{32}'", str(key)) for key in keys), keys
    assert all(0 < redis.ttl(key) <= logins.WINDOW_S for key in keys)


def test_a_failure_is_logged_without_the_password(caplog: pytest.LogCaptureFixture) -> None:
    sign_in("a-secret-guess")

    assert "A login failed" in caplog.text
    assert "a-secret-guess" not in caplog.text


def test_without_redis_nobody_is_held_back(own_redis: OwnRedis) -> None:
    own_redis.stop()

    assert [sign_in(password) for password in ("a", "b", "c", "right")] == ["wrong", "wrong", "wrong", "in"]

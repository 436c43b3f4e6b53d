"""People with accounts, and their browsers."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import passwords
from tests.polls.conftest import clean

__all__ = ["clean"]

PASSWORD, OWN = "given-by-bob-1", "chosen-by-ada-2"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"


@pytest.fixture
def ada(clean: None) -> User:
    """A host."""
    return User.objects.create_user("ada", "ada@example.org", PASSWORD, is_staff=True)


@pytest.fixture
def root(clean: None) -> Client:
    """The browser of a superuser."""
    return browser(User.objects.create_superuser("root", password=PASSWORD))


@pytest.fixture
def given(ada: User) -> User:
    """Ada, whose password Bob has set."""
    passwords.mark_given(ada)
    return ada


def browser(user: User | None = None, agent: str = FIREFOX, address: str = "203.0.113.7") -> Client:
    """A browser, in which somebody may be signed in."""
    found = Client(raise_request_exception=False, headers={"user-agent": agent}, REMOTE_ADDR=address)
    if user is not None:
        sign_in(found, user.username)
    return found


def sign_in(browser: Client, name: str = "ada", password: str = PASSWORD, next_page: str = "") -> Any:
    """Send the form to sign in with."""
    form = {"username": name, "password": password, "next": next_page}
    return browser.post("/accounts/login/", form)


def is_signed_in(browser: Client) -> bool:
    """Tell whether somebody is signed in there."""
    return int(browser.get("/account/").status_code) == 200


def code_of(user: User, *, later: int = 0) -> str:
    """Return the code on this user's phone, now or some steps later."""
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, drift=later)
    return f"{totp.token():06}"


@pytest.fixture
def mail(settings: Any, mailoutbox: list[Any]) -> list[Any]:
    """Mail is configured; what was sent."""
    settings.EMAIL_URL, settings.DEFAULT_FROM_EMAIL = object(), "votes@example.org"
    settings.VOTE_URL = "https://votes.example"
    return mailoutbox

"""A lost password: by mail where it is configured, else by a link that an operator hands over."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from accounts import passwords
from core.web import logins
from tests.accounts.conftest import OWN, PASSWORD, browser, is_signed_in, sign_in

PAGE, SENT = "/accounts/password/", "/accounts/password/sent/"
NEW = {"new_password1": OWN, "new_password2": OWN}


def choose(way: str, window: Client | None = None) -> Any:
    """Open a link, and send a new password."""
    window = window or browser()
    opened = window.get(way)
    return window.post(opened["Location"], NEW) if opened.status_code == 302 else opened


def way_in(text: str) -> str:
    found = re.search(r"https?://[^/]+(/accounts/password/[^\s<]+)", text)
    assert found
    return found[1]


def test_without_mail_the_page_says_whom_to_ask(ada: User, mailoutbox: list[Any]) -> None:
    page = browser().get(PAGE).content.decode()

    assert "Ask an operator" in page
    assert 'type="email"' not in page
    assert browser().post(PAGE, {"email": "ada@example.org"})["Location"] == SENT
    assert mailoutbox == []


def test_with_mail_a_link_is_sent_under_our_own_address(ada: User, mail: list[Any]) -> None:
    other = browser(ada)
    answer = browser().post(PAGE, {"email": "ada@example.org"}, headers={"host": "localhost"})

    assert answer["Location"] == SENT
    assert "https://votes.example/accounts/password/" in mail[0].body
    assert choose(way_in(mail[0].body))["Location"] == "/accounts/password/changed/"
    assert not is_signed_in(other)
    assert sign_in(browser(), password=OWN)["Location"] == "/host/"


def test_nobody_learns_who_has_an_account(ada: User, mail: list[Any]) -> None:
    known, unknown = (browser().post(PAGE, {"email": f"{name}@example.org"}) for name in ("ada", "nobody"))

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(mail) == 1


def test_nobody_fills_a_mailbox(ada: User, mail: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "OF_ACCOUNT", 2)
    for _ in range(4):
        assert browser().post(PAGE, {"email": "ada@example.org"})["Location"] == SENT

    assert len(mail) == 2


def test_a_link_works_once(ada: User, root: Client) -> None:
    way = way_in(root.post(f"/admin/auth/user/{ada.pk}/reset-link/").content.decode())
    assert choose(way).status_code == 302

    page = choose(way)
    assert (page.status_code, "was used already" in page.content.decode()) == (200, True)


def test_an_operators_link_sets_a_password_of_ones_own(ada: User, root: Client) -> None:
    passwords.mark_given(ada)
    address = f"/admin/auth/user/{ada.pk}/reset-link/"
    assert "/accounts/password/" not in root.get(address).content.decode()
    choose(way_in(root.post(address).content.decode()))

    assert sign_in(browser(), password=OWN)["Location"] == "/host/"
    assert address in root.get(f"/admin/auth/user/{ada.pk}/change/").content.decode()


def test_no_link_to_a_superuser_but_by_one(ada: User, root: Client) -> None:
    superuser = User.objects.get(username="root")
    ada.user_permissions.add(*Permission.objects.filter(codename__endswith="_user"))
    window = browser(ada)
    other = User.objects.create_user("bob", password=PASSWORD)

    assert window.post(f"/admin/auth/user/{other.pk}/reset-link/").status_code == 200
    assert window.post(f"/admin/auth/user/{superuser.pk}/reset-link/").status_code == 403
    assert window.get("/admin/auth/user/99999/reset-link/").status_code == 404

"""The page of access tokens: made with the password, shown once, revoked at once."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from accounts import tokens
from accounts.models import AccessToken
from tests.accounts.conftest import PASSWORD, browser

NEW = {"name": "Slides", "scope": "host", "days": "30", "password": PASSWORD}


def shown(text: str) -> list[str]:
    return re.findall(r"vs_[\w-]{43}", text)


def test_a_token_is_shown_once(ada: User):
    window = browser(ada)
    (token,) = shown(window.post("/account/tokens/", NEW).content.decode())
    found = tokens.find(token)
    assert found is not None
    assert (found.user, found.name, found.scope) == (ada, "Slides", "host")
    again = window.get("/account/tokens/").content.decode()
    assert (shown(again), "Slides" in again, found.beginning in again) == ([], True, True)


def test_it_holds_as_long_as_was_chosen(ada: User):
    window = browser(ada)
    for days in ("30", "365", ""):
        window.post("/account/tokens/", {**NEW, "days": days})
    assert [
        None if token.expires_at is None else (token.expires_at - token.created_at).days
        for token in AccessToken.objects.order_by("pk")
    ] in ([30, 365, None], [29, 364, None])


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"name": " "}, {"scope": "all"}, {"days": "7"}])
def test_a_wrong_form_makes_none(ada: User, wrong: dict[str, str]):
    answer = browser(ada).post("/account/tokens/", {**NEW, **wrong})
    assert (answer.status_code, AccessToken.objects.count()) == (400, 0)


def test_a_token_is_revoked_by_its_owner_alone(ada: User, root: Client):
    window = browser(ada)
    (token,) = shown(window.post("/account/tokens/", NEW).content.decode())
    number = AccessToken.objects.get().pk
    root.post("/account/tokens/revoke/", {"token": number})
    assert tokens.find(token) is not None
    window.post("/account/tokens/revoke/", {"token": number})
    assert tokens.find(token) is None


def test_there_is_a_limit_of_tokens(ada: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tokens, "MOST", 1)
    window = browser(ada)
    window.post("/account/tokens/", NEW)
    answer = window.post("/account/tokens/", NEW)
    assert (answer.status_code, AccessToken.objects.count()) == (409, 1)


def test_who_hosts_nothing_has_no_tokens(clean: None):
    guest = User.objects.create_user("guest", password=PASSWORD)
    assert browser(guest).get("/account/tokens/").status_code == 403
    assert "/account/tokens/" not in browser(guest).get("/account/").content.decode()


def test_superusers_see_and_revoke_them_without_secrets(ada: User, root: Client):
    (token,) = shown(browser(ada).post("/account/tokens/", NEW).content.decode())
    number = AccessToken.objects.get().pk
    addresses = ("/admin/accounts/accesstoken/", f"/admin/accounts/accesstoken/{number}/change/")
    for address in addresses:
        page = root.get(address).content.decode()
        assert ("Slides" in page, token in page, AccessToken.objects.get().digest in page) == (True, False, False)
    root.post(f"/admin/accounts/accesstoken/{number}/delete/", {"post": "yes"})
    assert tokens.find(token) is None


def test_operators_do_not_see_them(ada: User):
    browser(ada).post("/account/tokens/", NEW)
    other = User.objects.create_user("bob", password=PASSWORD, is_staff=True)
    other.user_permissions.add(*Permission.objects.filter(codename__in=["operate", "view_accesstoken"]))
    assert browser(other).get("/admin/accounts/accesstoken/").status_code == 403

"""Access by tokens: with scopes, expired, revoked, guessed, and of people who may not host any more."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken
from api import limits
from tests.api.conftest import Program, host_named, word


def test_hosting_needs_a_token(anybody: Program):
    refused = anybody.get("/host/polls")
    assert (word(refused), refused["WWW-Authenticate"]) == ((401, "no_token"), "Bearer")
    assert word(Program("vs_wrong").get("/host/polls")) == (401, "bad_token")
    assert word(Program("wrong").get("/host/polls")) == (401, "bad_token")


def test_a_session_is_no_token(ada: Program):
    browser = Client()
    browser.force_login(User.objects.get(username="ada"))
    assert browser.get("/api/v1/host/polls").status_code == 401
    assert browser.post("/api/v1/host/polls", {"question": "Mine?"}, "application/json").status_code == 401


def test_a_token_that_reads_changes_nothing():
    reader = host_named("bob", "read")
    assert reader.get("/host/polls").status_code == 200
    assert word(reader.post("/host/polls", {"question": "Mine?"})) == (403, "read_only")


def test_a_token_expires(ada: Program):
    AccessToken.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert ada.get("/host/polls").status_code == 200
    AccessToken.objects.update(expires_at=timezone.now())
    assert word(ada.get("/host/polls")) == (401, "bad_token")


@pytest.mark.parametrize("how", ["revoked", "deleted", "inactive"])
def test_a_token_ends_at_once(ada: Program, how: str):
    assert ada.get("/host/polls").status_code == 200
    if how == "revoked":
        AccessToken.objects.all().delete()
    elif how == "deleted":
        User.objects.get(username="ada").delete()
    else:
        User.objects.update(is_active=False)
    assert word(ada.get("/host/polls")) == (401, "bad_token")


def test_a_token_gives_no_more_than_its_user_has(ada: Program):
    User.objects.update(is_staff=False)
    assert word(ada.get("/host/polls")) == (403, "forbidden")


def test_the_last_use_is_written_once_a_minute(ada: Program):
    ada.get("/host/polls")
    first = AccessToken.objects.get().used_at
    ada.get("/host/polls")
    assert (first is not None, AccessToken.objects.get().used_at) == (True, first)
    long_ago = timezone.now() - timedelta(minutes=2)
    AccessToken.objects.update(used_at=long_ago)
    ada.get("/host/polls")
    assert AccessToken.objects.filter(used_at__gt=long_ago).exists()


def test_guesses_are_held_back(ada: Program):
    guesser = Program("vs_guess", address="198.51.100.4")
    found = [word(guesser.get("/host/polls"))[0] for _ in range(limits.GUESSES + 1)]
    assert (found[0], found[-2:]) == (401, [401, 429])
    assert word(Program(ada.token, address="198.51.100.4").get("/host/polls")) == (429, "too_many")
    assert ada.get("/host/polls").status_code == 200


def test_only_a_hash_is_stored(ada: Program):
    row = AccessToken.objects.values().get()
    assert ada.token not in str(row)
    assert row["beginning"] == ada.token[:8]

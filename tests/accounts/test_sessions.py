"""The list of one's sessions, and how they end."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import devices, sessions
from accounts.models import SignIn
from tests.accounts.conftest import FIREFOX, IPHONE, OWN, PASSWORD, browser, is_signed_in
from tests.polls.conftest import make_poll


def test_the_page_lists_each_session_in_words_and_marks_this_one(ada: User) -> None:
    browser(ada, IPHONE, "2001:db8:1:2:3::4")
    page = browser(ada, FIREFOX).get("/account/").content.decode()

    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "203.0.113.0/24" in page
    assert "2001:db8:1::/48" in page
    assert page.count("this one") == 1
    assert not any(address in page for address in ("203.0.113.7", "2001:db8:1:2"))


def test_no_key_of_a_session_stands_on_the_page(ada: User) -> None:
    page = browser(ada).get("/account/").content.decode()

    assert Session.objects.get().pk not in page


def test_a_session_ends_at_once(ada: User) -> None:
    phone, desk = browser(ada, IPHONE), browser(ada, FIREFOX)
    number = SignIn.objects.get(browser="Safari").pk

    assert desk.post("/account/sessions/end/", {"session": number}).status_code == 302
    assert [is_signed_in(window) for window in (phone, desk)] == [False, True]


def test_all_others_end_at_once(ada: User) -> None:
    windows = [browser(ada) for _ in range(3)]
    windows[1].post("/account/sessions/end/")

    assert [is_signed_in(window) for window in windows] == [False, True, False]
    assert SignIn.objects.count() == 1


@pytest.mark.parametrize("number", ["", "0", "x", "9" * 30, "\u0663"])
def test_nobody_ends_the_sessions_of_others(number: str, ada: User) -> None:
    other = browser(User.objects.create_user("bob", password=PASSWORD))
    window = browser(ada)
    number = number or str(SignIn.objects.get(user__username="bob").pk)

    assert window.post("/account/sessions/end/", {"session": number}).status_code == 302
    assert is_signed_in(other)


def test_signing_out_takes_it_off_the_list(ada: User) -> None:
    browser(ada).post("/accounts/logout/")

    assert (SignIn.objects.count(), Session.objects.filter(sign_in__isnull=False).count()) == (0, 0)


def test_an_expired_one_is_not_listed(ada: User) -> None:
    browser(ada)
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))

    assert sessions.of(ada).count() == 0


def test_a_new_password_ends_all_sessions_but_this_one(ada: User) -> None:
    """This one stays on the list."""
    other, window = browser(ada), browser(ada)
    form = {"new-old_password": PASSWORD, "new-new_password1": OWN, "new-new_password2": OWN}

    assert window.post("/account/password/", form).status_code == 302
    assert [is_signed_in(found) for found in (other, window)] == [False, True]
    assert sessions.of(ada).count() == 1


def test_it_is_noted_again_after_some_minutes_and_not_before(ada: User) -> None:
    window = browser(ada)
    for ago, is_noted in ((timedelta(minutes=1), False), (timedelta(minutes=6), True)):
        then = timezone.now() - ago
        SignIn.objects.update(seen_at=then)
        window.get("/host/")
        assert (SignIn.objects.get().seen_at != then) is is_noted


def test_the_pages_of_voters_neither_ask_nor_write(ada: User) -> None:
    make_poll("cats", "Cats", "Dogs")
    window = browser(ada)
    SignIn.objects.update(seen_at=timezone.now() - timedelta(days=1))
    window.get("/p/cats/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        window.get("/p/cats/")
        window.post("/p/cats/", {"choice": 1})

    assert [query["sql"] for query in asked if "session" in query["sql"] or "accounts" in query["sql"]] == []


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, ("Firefox", "Linux")),
        (IPHONE, ("Safari", "iPhone")),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", ("Safari", "macOS")),
        ("curl/8.5", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_browser_is_told_in_two_words(agent: str, words: tuple[str, str]) -> None:
    assert devices.words(agent) == words


def test_an_address_that_is_none_is_not_stored(ada: User) -> None:
    browser(ada, "x" * 5000, "nonsense")

    assert SignIn.objects.values_list("browser", "system", "network").get() == ("", "", "")

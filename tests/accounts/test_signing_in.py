"""Signing in: one page for the whole product, and what comes between the password and being signed in."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts import steps
from tests.accounts.conftest import OWN, PASSWORD, browser, is_signed_in, sign_in
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON

CHOOSE = "/accounts/login/password/"
NEW = {"new_password1": OWN, "new_password2": OWN}


def led(answer: Any) -> str | None:
    """Return where an answer leads to."""
    return answer["Location"] if answer.status_code in (302, 303) else None


@pytest.mark.parametrize(
    "page", ["/host/", "/admin/", "/admin/polls/poll/", "/admin/pipeline/", "/account/", "/account/invitations/"]
)
def test_every_page_leads_to_the_one_page_to_sign_in_on_and_back(page: str, ada: User) -> None:
    User.objects.update(is_superuser=True)
    window = browser()
    answer = window.get(page, follow=True)

    assert answer.redirect_chain[-1] == (f"/accounts/login/?next={page}", 302)
    assert answer.templates[0].name == "registration/login.html"
    assert led(sign_in(window, next_page=page)) == page
    assert window.get(page).status_code == 200


@pytest.mark.parametrize(
    "page",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"],
)
@pytest.mark.parametrize("address", ["/accounts/login/", "/admin/login/"])
def test_nobody_is_led_elsewhere(page: str, address: str, ada: User) -> None:
    window = browser()
    drawn = window.get(address, {"next": page}, follow=True).content.decode()

    assert f'value="{page}"' not in drawn
    assert led(sign_in(window, next_page=page)) == "/host/"


def test_the_admins_page_for_passwords_is_the_account_page(root: Client) -> None:
    assert led(root.get("/admin/password_change/")) == "/account/"


# A given password ----------------------------------------------------------------------------------------------------


def test_a_given_password_has_to_be_changed_before_anything_else(given: User) -> None:
    window = browser()

    assert led(sign_in(window, next_page="/host/new/")) == CHOOSE
    assert not is_signed_in(window)
    assert window.get(CHOOSE).status_code == 200
    assert led(window.post(CHOOSE, NEW)) == "/host/new/"
    assert is_signed_in(window)
    assert led(sign_in(browser(), password=OWN)) == "/host/"


@pytest.mark.parametrize("polls", ["none", "their own", "shared", "somebody else's"])
@pytest.mark.parametrize("page", ["", "/host/", "/account/"])
def test_who_has_no_poll_goes_on_to_make_one(given: User, polls: str, page: str) -> None:
    if polls != "none":
        poll = make_poll("cats", "Cats", "Dogs", owner=given if polls == "their own" else None)
        poll.hosts.set([given] if polls == "shared" else [])
    window = browser()
    sign_in(window, next_page=page)
    begins = page != "/account/" and polls in ("none", "somebody else's")

    assert led(window.post(CHOOSE, NEW)) == ("/host/new/" if begins else page or "/host/")


@pytest.mark.parametrize(
    ("method", "page"),
    [
        *(("get", page) for page in ("/host/", "/host/new/", "/admin/", "/admin/pipeline/", "/account/")),
        *(("post", page) for page in ("/host/", "/host/cats/open/", "/admin/polls/poll/", "/account/email/")),
    ],
)
def test_whatever_is_asked_meanwhile_leads_to_that_step(page: str, method: str, given: User) -> None:
    window = browser()
    sign_in(window)
    answer = getattr(window, method)(page, follow=True)

    assert answer.redirect_chain[-1][0] == CHOOSE


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_program_is_told_that_it_is_not_signed_in(method: str, given: User) -> None:
    window = browser()
    sign_in(window)
    answer = getattr(window, method)("/host/", headers=JSON)

    assert (answer.status_code, answer.json()["status"]) == (403, "signed_out")


def test_a_new_poll_sent_signed_out_comes_back_with_the_sign_in(given: User) -> None:
    window = browser()
    sign_in(window)
    answer = window.post("/host/new/", {"question": "Tea or coffee?"})

    assert answer.status_code == 403
    assert "Tea or coffee?" in answer.content.decode()
    assert 'href="/accounts/login/?next=/host/new/"' in answer.content.decode()


def test_the_page_that_was_asked_for_is_the_one_to_go_on_to(given: User) -> None:
    window = browser()
    sign_in(window)
    window.get("/host/new/", follow=True)

    assert led(window.post(CHOOSE, NEW)) == "/host/new/"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (PASSWORD, "Choose another password than the present one."),
        ("1234", "too short"),
        ("", "This field is required."),
    ],
)
def test_the_given_one_and_bad_ones_are_refused(new: str, said: str, given: User) -> None:
    window = browser()
    sign_in(window)
    answer = window.post(CHOOSE, {"new_password1": new, "new_password2": new})

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not is_signed_in(window)


def test_sessions_end_when_somebody_else_sets_the_password(ada: User, root: Client) -> None:
    window = browser(ada)
    form = {"password1": OWN, "password2": OWN, "usable_password": "true"}
    answer = root.post(f"/admin/auth/user/{ada.pk}/password/", form)

    assert answer.status_code == 302
    assert not is_signed_in(window)
    assert led(sign_in(window, password=OWN)) == CHOOSE


def test_whom_an_operator_adds_chooses_a_password(root: Client) -> None:
    form = {"username": "bob", "password1": OWN, "password2": OWN, "usable_password": "true"}
    assert root.post("/admin/auth/user/add/", form).status_code == 302

    assert led(sign_in(browser(), "bob", OWN)) == CHOOSE


def test_ones_own_password_is_ones_own_also_in_the_admin(root: Client) -> None:
    user = User.objects.get(username="root")
    form = {"password1": OWN, "password2": OWN, "usable_password": "true"}
    root.post(f"/admin/auth/user/{user.pk}/password/", form)

    assert is_signed_in(root)
    assert led(sign_in(browser(), "root", OWN)) == "/host/"


def test_the_steps_take_a_quarter_of_an_hour_at_most(given: User, monkeypatch: pytest.MonkeyPatch) -> None:
    window = browser()
    sign_in(window)
    monkeypatch.setattr(steps, "PATIENCE_S", -1)

    assert led(window.post(CHOOSE, NEW)) == "/accounts/login/"
    assert window.get("/accounts/login/").status_code == 200


def test_a_password_that_is_changed_meanwhile_ends_the_steps(given: User) -> None:
    window = browser()
    sign_in(window)
    given.set_password("another-one-3")
    given.save()

    assert led(window.post(CHOOSE, NEW)) == "/accounts/login/"


def test_somebody_else_can_sign_in_there(given: User) -> None:
    window = browser()
    sign_in(window)

    assert window.get("/accounts/login/?other").status_code == 200


def test_steps_are_for_those_who_gave_a_password() -> None:
    for page in ("code", "password", "second-factor"):
        assert led(browser().get(f"/accounts/login/{page}/")) == "/accounts/login/"

"""The page of one's own account."""

import pytest
from django.contrib.auth.models import User

from core.web import logins
from tests.accounts.conftest import OWN, PASSWORD, browser, sign_in
from tests.polls.poll_driver import JSON


def test_nobody_else_is_let_in(ada: User) -> None:
    posts = ("email", "password", "sessions/end", "second-factor/begin", "second-factor/confirm", "second-factor/codes")
    window = browser()
    for page in (*posts, "second-factor/off"):
        assert window.post(f"/account/{page}/")["Location"] == "/accounts/login/?next=/account/"
        assert window.post(f"/account/{page}/", headers=JSON).status_code == 403
        assert window.get(f"/account/{page}/").status_code == 405


def test_an_address_is_changed_with_the_password(ada: User) -> None:
    window = browser(ada)
    form = {"email-email": "a@example.net", "email-password": PASSWORD}

    assert window.post("/account/email/", form).status_code == 302
    assert User.objects.get(pk=ada.pk).email == "a@example.net"


@pytest.mark.parametrize(
    "form",
    [{"email-email": "a@example.net", "email-password": "guess"}, {"email-email": "x", "email-password": PASSWORD}],
)
def test_not_without_it_and_none_that_is_none(form: dict[str, str], ada: User) -> None:
    assert browser(ada).post("/account/email/", form).status_code == 400
    assert User.objects.get(pk=ada.pk).email == "ada@example.org"


def test_a_password_is_changed_with_the_old_one(ada: User) -> None:
    window = browser(ada)
    form = {"new-old_password": "guess", "new-new_password1": OWN, "new-new_password2": OWN}

    assert window.post("/account/password/", form).status_code == 400
    assert window.post("/account/password/", form | {"new-old_password": PASSWORD}).status_code == 302
    assert sign_in(browser(), password=OWN).status_code == 302


def test_guesses_in_a_stolen_session_count_like_sign_ins(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "OF_ACCOUNT", 2)
    window = browser(ada)
    for _ in range(2):
        window.post("/account/email/", {"email-password": "guess"})
    answer = window.post("/account/email/", {"email-password": PASSWORD})

    assert "Too many wrong passwords" in answer.content.decode()
    assert "Too many wrong passwords" in sign_in(browser()).content.decode()

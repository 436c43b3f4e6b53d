"""The second factor: set up, asked for, throttled, turned off, required, and taken from who has lost the phone."""

import logging
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from core.web import logins
from tests.accounts.conftest import OWN, PASSWORD, browser, code_of, is_signed_in, sign_in

CODE = "/accounts/login/code/"


def set_up(user: User) -> list[str]:
    """Turn it on, and return the recovery codes."""
    second_factor.begin(user)
    codes = second_factor.confirm(user, code_of(user))
    assert codes is not None
    forget_use(user)
    return codes


def forget_use(user: User) -> None:
    """Let the present code count again, as half a minute later the next one does."""
    TOTPDevice.objects.filter(user=user).update(
        last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None
    )


def at_the_code(name: str = "ada") -> Client:
    """A browser where the password was right."""
    window = browser()
    assert sign_in(window, name)["Location"] == CODE
    return window


def test_it_is_set_up_with_the_password_and_a_first_code(ada: User) -> None:
    other, window = browser(ada), browser(ada)
    assert window.post("/account/second-factor/begin/", {"password": "guess"}).status_code == 400
    assert TOTPDevice.objects.count() == 0
    window.post("/account/second-factor/begin/", {"password": PASSWORD})
    page = window.get("/account/second-factor/").content.decode()
    assert "data:image/svg+xml" in page
    assert second_factor.key(TOTPDevice.objects.get()) in page
    assert window.post("/account/second-factor/confirm/", {"code": "000000x"}).status_code == 400
    assert not second_factor.is_on(ada)
    forget_use(ada)

    shown = window.post("/account/second-factor/confirm/", {"code": code_of(ada)}).content.decode()
    codes = re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>", shown)
    assert len(set(codes)) == second_factor.CODES
    assert second_factor.is_on(ada)
    assert [is_signed_in(found) for found in (other, window)] == [False, True]
    again = window.get("/account/second-factor/").content.decode()
    assert not any(code in again for code in codes)
    assert "data:image" not in again


def test_a_key_that_nobody_took_up_is_shown_no_more(ada: User) -> None:
    second_factor.begin(ada)
    TOTPDevice.objects.update(created_at=timezone.now() - second_factor.PATIENCE)

    assert "data:image" not in browser(ada).get("/account/second-factor/").content.decode()
    assert second_factor.confirm(ada, code_of(ada)) is None


def test_signing_in_takes_a_code_then(ada: User) -> None:
    set_up(ada)
    window = at_the_code()

    assert not is_signed_in(window)
    assert window.post(CODE, {"code": "123"}).status_code == 400
    assert not is_signed_in(window)
    assert window.post(CODE, {"code": code_of(ada)})["Location"] == "/host/"
    assert is_signed_in(window)


def test_a_code_counts_once(ada: User) -> None:
    set_up(ada)
    code = code_of(ada)
    assert at_the_code().post(CODE, {"code": code}).status_code == 302

    assert at_the_code().post(CODE, {"code": code}).status_code == 400


def test_a_recovery_code_counts_once_as_people_type_it(ada: User) -> None:
    codes = set_up(ada)

    assert at_the_code().post(CODE, {"code": f" {codes[0].upper().replace('-', ' ')} "}).status_code == 302
    assert second_factor.codes_left(ada) == second_factor.CODES - 1
    assert at_the_code().post(CODE, {"code": codes[0]}).status_code == 400


def test_what_is_stored_of_recovery_codes_is_none(ada: User, settings: Any) -> None:
    codes = {code.replace("-", "") for code in set_up(ada)}
    assert codes.isdisjoint(StaticToken.objects.values_list("token", flat=True))

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 40
    assert second_factor.verify(ada, codes.pop())


def test_wrong_codes_are_throttled_as_wrong_passwords_are(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "OF_ACCOUNT", 2)
    set_up(ada)
    window = at_the_code()
    answers = [window.post(CODE, {"code": "000 000"}).content.decode() for _ in range(3)]

    assert ["Too many wrong" in answer for answer in answers] == [False, False, True]
    assert "Too many wrong" in sign_in(browser()).content.decode()


def test_a_right_code_right_after_a_wrong_one_has_to_wait(ada: User) -> None:
    """Wherever it comes from."""
    set_up(ada)
    window = at_the_code()
    window.post(CODE, {"code": "000000"})

    assert window.post(CODE, {"code": code_of(ada)}, REMOTE_ADDR="198.51.100.9").status_code == 400


def test_turning_it_off_and_renewing_codes_need_the_password(ada: User) -> None:
    old = set_up(ada)
    window = browser()
    sign_in(window)
    window.post(CODE, {"code": code_of(ada)})
    for page in ("codes", "off"):
        assert window.post(f"/account/second-factor/{page}/", {"password": "guess"}).status_code == 400
    assert window.post("/account/second-factor/codes/", {"password": PASSWORD}).status_code == 200
    assert not second_factor.verify(ada, old[0])
    assert window.post("/account/second-factor/off/", {"password": PASSWORD}).status_code == 302
    assert not second_factor.is_on(ada)
    assert sign_in(browser())["Location"] == "/host/"


def test_a_lost_password_does_not_open_what_has_one(ada: User, root: Client) -> None:
    set_up(ada)
    page = root.post(f"/admin/auth/user/{ada.pk}/reset-link/").content.decode()
    link = re.search(r"/accounts/password/[^<]+", page)
    assert link
    window = browser()
    form = window.get(link[0])["Location"]
    window.post(form, {"new_password1": OWN, "new_password2": OWN})

    assert not is_signed_in(window)
    assert sign_in(window, password=OWN)["Location"] == CODE


# Required ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def required(ada: User, settings: Any) -> User:
    """Ada is an operator, and operators need it."""
    group = Group.objects.get_or_create(name="Operators")[0]
    group.permissions.add(Permission.objects.get(codename="operate"))
    ada.groups.add(group)
    settings.REQUIRE_SECOND_FACTOR = True
    return ada


def test_an_operator_sets_it_up_at_the_sign_in(required: User) -> None:
    window = browser()
    assert sign_in(window, next_page="/admin/")["Location"] == "/accounts/login/second-factor/"
    assert not is_signed_in(window)
    window.post("/accounts/login/second-factor/", {"begin": "1"})
    answer = window.post("/accounts/login/second-factor/", {"code": code_of(required)})

    assert len(re.findall(r"<code>", answer.content.decode())) == second_factor.CODES
    assert 'href="/admin/"' in answer.content.decode()
    assert is_signed_in(window)


def test_sessions_without_it_end_with_the_setting(ada: User, required: User, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = False
    window = browser(ada)
    assert is_signed_in(window)
    settings.REQUIRE_SECOND_FACTOR = True

    assert not is_signed_in(window)


def test_an_operator_can_not_turn_it_off_then(required: User) -> None:
    set_up(required)
    window = browser()
    sign_in(window)
    window.post(CODE, {"code": code_of(required)})
    window.post("/account/second-factor/off/", {"password": PASSWORD})

    assert second_factor.is_on(required)


def test_a_host_needs_none(ada: User, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True

    assert sign_in(browser())["Location"] == "/host/"


# The phone is lost ---------------------------------------------------------------------------------------------------


def test_a_command_removes_it_and_logs_that(ada: User, caplog: pytest.LogCaptureFixture) -> None:
    set_up(ada)
    with caplog.at_level(logging.WARNING):
        call_command("remove_second_factor", "ada")

    assert "The second factor of ada was removed" in caplog.text
    assert sign_in(browser())["Location"] == "/host/"
    for name in ("ada", "nobody"):
        with pytest.raises(CommandError):
            call_command("remove_second_factor", name)


def test_the_admin_removes_it_and_notes_who_did(ada: User, root: Client) -> None:
    set_up(ada)
    root.post("/admin/auth/user/", {"action": "remove_second_factor", "_selected_action": [ada.pk]})

    assert not second_factor.is_on(ada)
    entry = LogEntry.objects.get(object_id=str(ada.pk))
    assert (entry.user.get_username(), entry.change_message) == ("root", "Removed the second factor.")


def test_the_admin_shows_no_keys(root: Client) -> None:
    assert "/otp_" not in root.get("/admin/").content.decode()
    assert root.get("/admin/otp_totp/totpdevice/").status_code == 404

"""Accounts in a browser: the first sign-in, an invitation to its end, a second factor, and axe on every page."""

import re
from base64 import b32decode
from collections.abc import Callable
from pathlib import Path

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from tests.browser import qr
from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"phone": (320, 640), "desktop": (1280, 800), "wide": (1920, 1080)}
OWN, ADAS = "the-hosts-own-1", "pw-of-ada-22"
_ADA = (
    "from django.contrib.auth.models import User; from accounts import passwords;"
    "ada, made = User.objects.get_or_create(username={name!r}, defaults=dict(is_staff=True));"
    "ada.set_password({password!r}); ada.save(); {more}"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new folder: the first start alone prints the password."""
    return tmp_path_factory.mktemp("system") / "data"


def make_user(system: System, name: str, more: str = "") -> None:
    system.run(_ADA.format(name=name, password=ADAS, more=more or "pass"))


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def choose_password(page: Page, password: str) -> None:
    page.get_by_label("New password:", exact=True).fill(password)
    page.get_by_label("New password confirmation").fill(password)


def code_of(key: str) -> str:
    """Return the code that an app shows which was given this key."""
    return f"{TOTP(b32decode(key.replace(' ', ''))).token():06}"


def test_from_the_printed_login_to_a_guests_poll_on_screen(system: System, browse: Opening) -> None:
    printed = re.search(r"\(admin / (\S+)\)", system.output)
    assert printed
    admin = browse(f"{system.vote_url}/host/")
    sign_in(admin, "admin", printed[1])
    expect(admin.get_by_role("heading", name="Choose a password")).to_be_visible()
    choose_password(admin, OWN)
    admin.get_by_role("button", name="Save and go on").click()
    # Straight to a first poll; this one has other plans.
    expect(admin).to_have_url(f"{system.vote_url}/host/new/")
    admin.goto(f"{system.vote_url}/host/")

    admin.get_by_role("link", name="Invite a host").click()
    admin.get_by_role("button", name="Make an invitation").click()
    link = admin.locator(".invitations code").inner_text()
    assert link.startswith(f"{system.vote_url}/accounts/invitation/")

    guest = browse(link)
    guest.get_by_label("Username").fill("grace")
    guest.get_by_label("Password:", exact=True).fill("pw-of-grace-3")
    guest.get_by_label("Password confirmation").fill("pw-of-grace-3")
    guest.get_by_role("button", name="Make my account").click()
    expect(guest).to_have_url(f"{system.vote_url}/host/")
    guest.get_by_role("link", name="Make the first poll").click()
    guest.get_by_label("Question").fill("Tea or coffee?")
    for text in ("Tea", "Coffee"):
        guest.locator(".choice .text:placeholder-shown").first.fill(text)
    guest.get_by_role("button", name="Open the poll").click()
    with guest.expect_popup() as opened:
        guest.locator(".actions").get_by_role("link", name="Present").click()
    expect(opened.value.get_by_role("heading", name="Tea or coffee?")).to_be_visible()
    expect(opened.value.locator(".live")).to_have_attribute("data-live", "live")

    again = browse(link)
    expect(again.get_by_text("This invitation was used or taken back")).to_be_visible()
    again.complaints.clear()  # type: ignore[attr-defined]  # the 404 itself


def test_a_second_factor_is_set_up_and_then_asked_for(system: System, browse: Opening) -> None:
    make_user(system, "bob")
    page = browse(f"{system.vote_url}/account/")
    sign_in(page, "bob", ADAS)
    page.get_by_role("link", name="Set it up").click()
    page.get_by_label("Your password").fill(ADAS)
    page.get_by_role("button", name="Set it up").click()
    key = page.locator(".set-up code").inner_text()
    page.locator(".set-up img").scroll_into_view_if_needed()
    (scanned,) = qr.read(page)
    assert f"secret={key.replace(' ', '')}" in scanned
    page.get_by_label("Code").fill(code_of(key))
    page.get_by_role("button", name="Turn it on").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have saved them").click()

    phone = browse(f"{system.vote_url}/host/")
    sign_in(phone, "bob", ADAS)
    phone.get_by_label("Code").fill(codes[0])
    phone.get_by_role("button", name="Sign in").click()
    expect(phone).to_have_url(f"{system.vote_url}/host/")

    page.reload()
    expect(page.locator(".sign-ins li")).to_have_count(2)
    page.get_by_role("button", name="End all others").click()
    expect(page.locator(".sign-ins li")).to_have_count(1)
    phone.reload()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


def test_everything_works_without_javascript(system: System, browse: Opening) -> None:
    make_user(system, "cleo", "passwords.mark_given(ada)")
    page = browse(f"{system.vote_url}/account/", java_script_enabled=False)
    sign_in(page, "cleo", ADAS)
    choose_password(page, OWN)
    page.get_by_role("button", name="Save and go on").click()
    expect(page).to_have_url(f"{system.vote_url}/account/")
    expect(page.locator(".sign-ins .tag")).to_have_text("this one")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_break_no_rule_of_accessibility(system: System, browse: Opening, scheme: str) -> None:
    name = f"dora-{scheme}"
    make_user(system, name, "ada.is_superuser = True; ada.save(); passwords.mark_given(ada)")
    page = browse(f"{system.vote_url}/account/", color_scheme=scheme, reduced_motion="reduce")
    found: dict[str, list[str]] = {}

    def look(what: str) -> None:
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            found[f"{what}, {size}"] = violations(page) if size != "wide" else []
            if not fits_in_width(page):
                found[f"{what}, {size}"].append("scrolls sideways")
        page.complaints.clear()  # type: ignore[attr-defined]  # axe-core's own styles, and each 400 that is looked at

    look("sign in")
    sign_in(page, name, "wrong")
    look("wrong password")
    sign_in(page, name, ADAS)
    look("choose a password")
    choose_password(page, "1")
    page.get_by_role("button", name="Save and go on").click()
    look("bad password")
    choose_password(page, OWN)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("link", name="Set it up").wait_for()
    look("account")
    _walk(page, system, name, look)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def _walk(page: Page, system: System, name: str, look: Callable[[str], None]) -> None:
    """Look at each page of somebody who is signed in, and at those for strangers."""
    page.get_by_role("button", name="Change the password").click()
    look("account, refused")
    page.goto(f"{system.vote_url}/account/second-factor/")
    look("second factor, off")
    page.get_by_label("Your password").fill(OWN)
    page.get_by_role("button", name="Set it up").click()
    look("second factor, key")
    key = page.locator(".set-up code").inner_text()
    page.get_by_label("Code").fill(code_of(key))
    page.get_by_role("button", name="Turn it on").click()
    look("recovery codes")
    page.goto(f"{system.vote_url}/account/second-factor/")
    look("second factor, on")
    page.goto(f"{system.vote_url}/host/cats-vs-dogs/invite/")
    look("invite to a poll")
    page.goto(f"{system.vote_url}/account/tokens/")
    page.get_by_label("What is it for?").fill("Slides")
    page.get_by_label("Your password").fill(OWN)
    page.get_by_role("button", name="Make the token").click()
    look("tokens")
    page.goto(f"{system.vote_url}/api/v1/")
    look("API")
    page.goto(f"{system.vote_url}/account/invitations/")
    page.get_by_role("button", name="Make an invitation").click()
    look("invite")
    link = page.locator(".invitations code").first.inner_text()
    page.goto(link)
    look("accept as")
    page.get_by_role("button", name="Sign out").click()
    look("accept")
    for way in ("password/", "password/sent/", "password/changed/", "password/x/y/"):
        page.goto(f"{system.vote_url}/accounts/{way}")
        look(way)
    page.goto(f"{system.vote_url}/host/")
    sign_in(page, name, OWN)
    look("code")

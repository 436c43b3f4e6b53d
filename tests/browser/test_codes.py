"""Voting codes on phones and on paper: scanned, typed, and changed on a shared phone."""

import re

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser import qr
from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, stored_totals
from tests.browser.test_presenter import sign_in
from tests.browser.test_voting import half
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def poll(system: System, chromium: Browser) -> str:
    """The slug of an open poll with three codes, made by a host: commands have another secret key."""
    context = chromium.new_context(viewport=DESKTOP, reduced_motion="reduce")
    page = context.new_page()
    sign_in(system, page)
    page.goto(f"{system.vote_url}/host/new/")
    page.get_by_label("Question").fill("Shall we move?")
    for text in ("Yes", "No"):
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.locator("summary", has_text="Who may vote").click()
    page.get_by_role("radio", name=re.compile("voting code")).check()
    page.get_by_role("button", name="Open the poll").click()
    page.get_by_role("link", name="Voting codes").click()
    page.get_by_label("How many").fill("3")
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator(".said")).to_contain_text("3 codes were made")
    slug = page.url.split("/")[-3]
    context.close()
    return slug


def cards(system: System, browse: Opening, poll: str) -> list[str]:
    """Read the QR codes on the printed sheet, as a phone does."""
    page = browse("about:blank", viewport=DESKTOP, reduced_motion="reduce")
    sign_in(system, page)
    page.goto(f"{system.vote_url}/host/{poll}/codes/sheet/")
    assert violations(page) == []
    found = qr.read(page)
    letters = [text.replace("-", "") for text in page.locator(".letters").all_text_contents()]
    assert sorted(address.partition("#")[2] for address in found) == sorted(letters)
    return sorted(found, key=lambda address: letters.index(address.partition("#")[2]))


def expect_stored(system: System, poll: str, expected: dict[str, int]) -> None:
    """Wait until Postgres has these totals: the page shows them to those alone who have voted."""
    eventually(lambda: stored_totals(system, poll) == expected, what=f"totals {expected}")


def test_cards_are_scanned_typed_and_changed_on_a_shared_phone(system: System, browse: Opening, poll: str) -> None:
    first, second, _ = cards(system, browse, poll)
    phone = browse(first, viewport=PHONE)
    expect(half(phone, "A")).to_be_visible()
    assert phone.url == f"{system.vote_url}/p/{poll}/"  # the code stands in no address that is shown or kept
    half(phone, "A").click()
    expect_stored(system, poll, {"Yes": 1, "No": 0})
    # A second person scans their card on the same phone, and sees nothing of the first one's vote.
    phone.goto("about:blank")
    phone.goto(second)
    expect(phone.locator("form.ballot:not([data-voted])")).to_be_visible()
    half(phone, "B").click()
    expect_stored(system, poll, {"Yes": 1, "No": 1})
    # The first one has another phone without JavaScript, and types.
    typed = browse(f"{system.vote_url}/p/{poll}/", viewport=PHONE, java_script_enabled=False)
    typed.get_by_label("Type the voting code").fill("7k4q 2mxh 9t3c")
    typed.get_by_role("button", name="Go").click()
    expect(typed.get_by_role("alert")).to_contain_text("not a code of this poll")
    typed.complaints.clear()  # type: ignore[attr-defined]
    code = first.partition("#")[2].lower()
    typed.get_by_label("Type the voting code").fill(f"{code[:4]} {code[4:8]}-{code[8:]}")
    typed.get_by_role("button", name="Go").click()
    half(typed, "B").click()
    expect_stored(system, poll, {"Yes": 0, "No": 2})
    typed.get_by_role("button", name="Use another code").click()
    expect(typed.get_by_label("Type the voting code")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_page_that_asks_for_a_code_is_for_all(
    system: System, browse: Opening, poll: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 740}
    page = browse(f"{system.vote_url}/p/{poll}/", viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page.get_by_label("Type the voting code").fill("wrong")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.complaints.clear()  # type: ignore[attr-defined]
    assert (violations(page), fits_in_width(page)) == ([], True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_hosts_page_of_codes_is_for_all(system: System, browse: Opening, poll: str, scheme: str) -> None:
    page = browse("about:blank", viewport=PHONE, color_scheme=scheme, reduced_motion="reduce")
    sign_in(system, page)
    page.goto(f"{system.vote_url}/host/{poll}/codes/")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator(".said")).to_contain_text("2 codes were made")
    page.get_by_label("Number on the card").fill("3")
    page.get_by_role("button", name="Find it").click()
    page.get_by_role("button", name="Replace").click()
    expect(page.locator(".said")).to_contain_text("has a new card")
    assert (violations(page), fits_in_width(page)) == ([], True)
    page.goto(f"{system.vote_url}/host/{poll}/edit/")
    page.locator("summary", has_text=re.compile("Who may vote")).click()
    assert (violations(page), fits_in_width(page)) == ([], True)

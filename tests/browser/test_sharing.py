"""A host gives people the way to a poll: the code as a camera reads it, the link, a file, a sheet of paper."""

import re

import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from tests.browser import qr
from tests.browser.accessibility import violations
from tests.browser.conftest import Opening
from tests.browser.pixels import brightness
from tests.browser.test_hosting import hosts, sign_in
from tests.system import System

__all__ = ["hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: No API to write to the clipboard, as on a page without HTTPS.
_NO_CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })"


def make_poll(page: Page, system: System, question: str) -> str:
    """Save a poll as a draft; returns its slug. The page is the host's page of it then."""
    page.goto(f"{system.vote_url}/host/new/")
    page.get_by_label("Question").fill(question)
    for text in ("Yes", "No"):
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.get_by_role("button", name="Save as draft").click()
    return page.url.rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_camera_reads_the_address_wherever_the_code_is(hosts: System, browse: Opening, scheme: str):
    page = sign_in(browse, hosts, color_scheme=scheme, reduced_motion="reduce")
    slug = make_poll(page, hosts, f"In {scheme} as well?")
    address = page.get_by_label("Link").input_value()
    assert re.fullmatch(rf"{hosts.vote_url}/\w{{4}}", address)
    page.locator(".sharing .qr").scroll_into_view_if_needed()
    assert qr.read(page) == [address]
    assert violations(page) == []
    png, svg = (page.request.get(f"{page.url}join.{ending}").body() for ending in ("png", "svg"))
    assert [code.text for code in zxingcpp.read_barcodes(brightness(page, png))] == [address]
    page.goto(f"{hosts.vote_url}/host/{slug}/join/")
    assert qr.read(page) == [address]
    assert violations(page) == []
    # The drawing alone, on a ground as dark as can be.
    alone = browse("about:blank")
    alone.set_content(f'<body style="background: #000">{svg.decode().partition("?>")[2]}</body>')
    assert qr.read(alone) == [address]


@pytest.mark.parametrize("has_clipboard", [True, False])
def test_a_press_copies_the_link_or_selects_it(hosts: System, browse: Opening, has_clipboard: bool):
    page = sign_in(browse, hosts)
    if has_clipboard:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        page.add_init_script(_NO_CLIPBOARD)
    make_poll(page, hosts, f"Copied or {'not' if has_clipboard else 'selected'}?")
    link = page.get_by_label("Link")
    page.get_by_role("button", name="Copy", exact=True).click()
    said = "Copied" if has_clipboard else "Selected. Copy it with your keyboard or the menu."
    expect(page.locator("#join-said")).to_have_text(said)
    copied = "navigator.clipboard.readText()" if has_clipboard else "getSelection().toString()"
    assert page.evaluate(copied) == link.input_value()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("question", ["Shall we?", "Why do we ask at such length? " * 10, "W" * 290])
def test_a_question_of_any_length_leaves_one_sheet(hosts: System, browse: Opening, paper: str, question: str):
    page = sign_in(browse, hosts, java_script_enabled=False)
    slug = make_poll_without_scripts(page, hosts, question.strip()[:300])
    page.goto(f"{hosts.vote_url}/host/{slug}/join/")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    assert len(re.findall(rb"/Type /Page\b", page.pdf(format=paper, prefer_css_page_size=False))) == 1


def make_poll_without_scripts(page: Page, system: System, question: str) -> str:
    page.goto(f"{system.vote_url}/host/new/")
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Save as draft").click()
    return page.url.rstrip("/").rpartition("/")[2]


def test_a_poll_says_when_it_closes_after_its_opening(hosts: System, browse: Opening):
    page = sign_in(browse, hosts)
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_label("Question").fill("How long?")
    for text in ("Short", "Long"):
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.get_by_text("Closes", exact=True).click()
    page.get_by_label("Or minutes after each opening").fill("10")
    closes = page.locator("details", has_text="Closes automatically at").locator("[data-value]")
    expect(closes).to_have_text("10 minutes after opening")
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".facts .closes")).to_contain_text(re.compile(r"closes in (9|10):"))

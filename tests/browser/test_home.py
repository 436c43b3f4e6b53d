"""The list of polls, on a phone, a desktop and a projector."""

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, close, make_poll
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def polls(system: System) -> System:
    """Two open polls and a closed one beside the seeded one, with the longest texts that there may be."""
    make_poll(system, "long-" + "x" * 40, *(f"{number} " + "w" * 190 for number in range(12)))
    make_poll(system, "arabic", "قطط", "كلاب")
    make_poll(system, "over", "Red", "Blue")
    close(system, "over")
    return system


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 740), (1280, 800), (1920, 1080)], ids=["phone", "desktop", "projector"])
def test_every_poll_has_its_place(
    polls: System, browse: Opening, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    page = browse(
        f"{polls.vote_url}/",
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    expect(page.locator("#open li")).to_have_count(3)
    expect(page.locator("#closed li")).to_have_count(1)
    expect(page.locator("#closed .count")).to_have_text("no votes")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert violations(page) == []


def test_the_code_leads_to_its_poll_by_keys_alone(polls: System, browse: Opening) -> None:
    page = browse(f"{polls.vote_url}/")
    code = (page.locator("#open li code").first.text_content() or "").strip("/")
    address = page.locator("#open li a").first.get_attribute("href")
    page.get_by_label("Enter the code from the screen").focus()
    page.keyboard.type(code.upper())
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}" if address and address.startswith("/") else str(address))

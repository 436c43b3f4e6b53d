"""Pages that everybody can use, whatever they see with and whatever they press."""

from itertools import pairwise
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, make_poll, manage
from tests.browser.pixels import brightness
from tests.browser.test_voting import CATS_AND_DOGS, half, status
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Scheme = Literal["light", "dark"]
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@both_schemes
def test_the_vote_page_breaks_no_rule_before_and_after_the_vote(
    system: System, browse: Opening, scheme: Scheme
) -> None:
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}", color_scheme=scheme, reduced_motion="reduce")
    assert violations(phone) == []

    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")
    assert violations(phone) == []


@both_schemes
@pytest.mark.parametrize("shape", ["one", "several"])
def test_a_ballot_of_many_breaks_no_rule(system: System, browse: Opening, scheme: Scheme, shape: str) -> None:
    slug = f"axe-{shape}-{scheme}"
    make_poll(system, slug, *"ABCDEFGHIJKL", max_choices=1 if shape == "one" else 3)
    phone = browse(f"{system.vote_url}/p/{slug}/", color_scheme=scheme, reduced_motion="reduce")
    assert violations(phone) == []

    half(phone, "B").click()
    if shape == "several":
        phone.get_by_role("button", name="Vote").click()
    expect(phone.locator(".status", has_text="Counted")).to_be_visible()
    assert violations(phone) == []


@both_schemes
def test_the_result_page_breaks_no_rule_in_any_state(system: System, browse: Opening, scheme: Scheme) -> None:
    """Live, hidden, silent and final."""
    make_poll(system, f"axe-hidden-{scheme}", "Yes", "No", rule="after_close")
    half(browse(f"{system.vote_url}{CATS_AND_DOGS}"), "A").click()
    screen = browse(f"{system.result_url}{CATS_AND_DOGS}results/", color_scheme=scheme, reduced_motion="reduce")
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    assert violations(screen) == []

    screen.context.set_offline(True)
    screen.evaluate("dispatchEvent(new Event('online'))")
    expect(screen.locator(".live")).to_have_attribute("data-live", "reconnecting")
    assert violations(screen) == []

    screen.context.set_offline(False)
    screen.goto(f"{system.result_url}/p/axe-hidden-{scheme}/results/")
    expect(screen.locator(".hidden-result")).to_be_visible()
    assert violations(screen) == []

    manage(system, "seal", f"axe-hidden-{scheme}")
    expect(screen.locator(".live")).to_have_attribute("data-live", "final")
    assert violations(screen) == []
    screen.goto(f"{system.vote_url}/p/axe-hidden-{scheme}/")
    assert violations(screen) == []


@both_schemes
def test_what_has_become_of_a_vote_breaks_no_rule(system: System, browse: Opening, scheme: Scheme) -> None:
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}", color_scheme=scheme, reduced_motion="reduce")
    phone.context.set_offline(True)
    half(phone, "B").click()
    expect(phone.get_by_role("heading", name="Saved, will send when online")).to_be_visible()
    assert violations(phone) == []
    phone.context.set_offline(False)
    expect(status(phone)).to_contain_text("Counted")


@both_schemes
def test_colours_that_the_reader_has_chosen_leave_every_mark(system: System, browse: Opening, scheme: Scheme) -> None:
    slug = f"forced-{scheme}"
    make_poll(system, slug, "Harbour", "Hills", "Woods")
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}", forced_colors="active", color_scheme=scheme)
    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")
    frame = "element => getComputedStyle(element, '::before').borderStyle"
    assert [half(phone, letter).evaluate(frame) for letter in "AB"] == ["solid", "none"]
    phone.locator("form.ballot").evaluate("form => form.dataset.phase = 'received'")
    assert [half(phone, letter).evaluate(frame) for letter in "AB"] == ["dashed", "none"]
    assert violations(phone) == []

    phone.goto(f"{system.vote_url}/p/{slug}/")
    half(phone, "B").click()
    expect(phone.locator(".row.picked .status", has_text="Counted")).to_be_visible()
    eventually(lambda: _can_be_read(phone, ".row.picked .status"), what="letters in it")
    phone.goto(f"{system.result_url}/p/{slug}/results/")
    expect(phone.locator(".live")).to_have_attribute("data-live", "live")
    paints = [_paint(phone, selector) for selector in (".bar .fill", ".bar .needle", "body")]
    assert len(set(paints)) == 3
    assert violations(phone) == []


@both_schemes
def test_a_solid_button_can_be_read_in_the_reader_s_colours(system: System, browse: Opening, scheme: Scheme) -> None:
    page = browse(f"{system.vote_url}/accounts/login/", forced_colors="active", color_scheme=scheme)
    eventually(lambda: _can_be_read(page, "main .button"), what="letters in it")


def _paint(page: Page, selector: str) -> str:
    """The colour that fills it, or lies under it."""
    name = "backgroundColor" if selector == "body" else "fill"
    return str(page.locator(selector).first.evaluate("(element, name) => getComputedStyle(element)[name]", name))


def _can_be_read(page: Page, selector: str) -> bool:
    """Tell whether there are letters, and no bare rectangle: a line through it changes often from dark to light."""
    image = brightness(page, page.locator(selector).first.screenshot())
    assert image.shape
    height, width = image.shape
    lines = [[image[row, column] < 128 for column in range(width)] for row in range(height)]
    return max(sum(one != following for one, following in pairwise(line)) for line in lines) > 6

"""The oldest browsers that we support (docs/operations.md), made of a new one by taking away what they lack."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.accessibility import fits_in_width
from tests.browser.conftest import Opening, expect_totals, make_poll, settled_totals
from tests.browser.test_hosting import hosts, sign_in
from tests.browser.test_voting import CATS_AND_DOGS, half, status
from tests.system import System

__all__ = ["hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: What one of them or more lacks, as scripts find it: Safari 15.4, Chrome 94 or Firefox 93.
NEWER = """
    AbortSignal.any AbortSignal.timeout AbortSignal.prototype.throwIfAborted
    Array.fromAsync Array.prototype.findLast Array.prototype.findLastIndex Array.prototype.toReversed
    Array.prototype.toSorted Array.prototype.toSpliced Array.prototype.with
    CSS.highlights CSS.registerProperty crypto.randomUUID
    Document.prototype.startViewTransition
    Element.prototype.checkVisibility Element.prototype.requestFullscreen Element.prototype.setHTMLUnsafe
    HTMLDialogElement.prototype.close HTMLDialogElement.prototype.showModal HTMLFormElement.prototype.requestSubmit
    HTMLElement.prototype.hidePopover HTMLElement.prototype.inert HTMLElement.prototype.showPopover
    HTMLElement.prototype.togglePopover
    Intl.DurationFormat Intl.Segmenter Intl.supportedValuesOf Intl.NumberFormat.prototype.formatRange
    Iterator Map.groupBy Navigator.prototype.locks Navigator.prototype.wakeLock
    Object.groupBy Promise.try Promise.withResolvers RegExp.escape Response.json
    Screen.prototype.orientation Set.prototype.difference Set.prototype.intersection Set.prototype.union
    String.prototype.isWellFormed String.prototype.toWellFormed structuredClone
    URL.canParse URL.parse URLSearchParams.prototype.size
"""
_TAKE_AWAY = r"""
for (const path of `%s`.trim().split(/\s+/)) {
  const names = path.split('.');
  const last = names.pop();
  const owner = names.reduce((found, name) => found && found[name], window);
  if (owner) delete owner[last];
}
// Firefox reflects no aria attribute before 119.
for (const name of Object.getOwnPropertyNames(Element.prototype).filter((name) => /^aria[A-Z]/.test(name))) {
  delete Element.prototype[name];
}
"""
#: The same of styles: what a browser doesn't know costs it the declaration, the rule or the block, as here.
_NEWER_CSS = re.compile(
    r":(?=has\(|dir\(|modal|popover-open|user-)|(?<=\d)(?=[sdl]v[hw]\b|cq[a-z]+\b)|(?=color-mix\(|light-dark\(|oklch\()"
    r"|(?<=@)(?=container|layer|property|scope|starting-style)|(?<=[{;\s])(?=(?:text-wrap|rotate|translate|scale)\s*:)"
    r"|(?<=\()(?=scripting\b|width *[<>]|height *[<>])"
)


def age(page: Page) -> Page:
    """Take away from this page, from its next load on, what browsers of the floor lack."""
    page.add_init_script(_TAKE_AWAY % NEWER)
    page.route("**/*.css", _age_styles)
    return page


def _age_styles(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=_NEWER_CSS.sub(lambda match: f"{match[0]}lacking-", answer.text()))


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)], ids=["phone", "desktop"])
def test_a_vote_and_its_result(system: System, browse: Opening, size: tuple[int, int]) -> None:
    before = settled_totals(system)
    window = {"width": size[0], "height": size[1]}
    screen, projector, phone = (age(browse("about:blank", viewport=window)) for _ in range(3))
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    projector.goto(f"{system.result_url}{CATS_AND_DOGS}present/")
    phone.goto(f"{system.vote_url}{CATS_AND_DOGS}")

    half(phone, "A").click()

    expect(status(phone)).to_contain_text("Counted")
    for page in (screen, projector):
        expect(page.locator("[data-voters]")).to_have_text(str(sum(before.values()) + 1))
    projector.keyboard.press("?")
    expect(projector.locator("dialog.keys")).to_be_visible()
    expect(projector.locator(".unscripted")).to_be_hidden()
    assert [fits_in_width(page) for page in (screen, projector, phone)] == [True] * 3
    expect_totals(system, before | {"Cats": before["Cats"] + 1})


def test_several_choices_show_which_are_ticked(system: System, browse: Opening) -> None:
    make_poll(system, "ticked", "Trains", "Night buses", "A cycle road", max_choices=2)
    phone = age(browse("about:blank"))
    phone.goto(f"{system.vote_url}/p/ticked/")

    half(phone, "A").click()
    half(phone, "C").click()

    ticks = [half(phone, letter).locator(".check").is_visible() for letter in "ABC"]
    assert ticks == [True, False, True]
    half(phone, "A").locator("input").focus()
    assert half(phone, "A").evaluate("row => getComputedStyle(row).outlineStyle") == "solid"
    phone.get_by_role("button", name="Vote").click()
    expect(phone.locator(".send .status")).to_contain_text("Counted")


def test_a_host_makes_a_poll_and_opens_it(hosts: System, browse: Opening) -> None:
    page = age(sign_in(browse, hosts))
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_label("Question").fill("On an old machine?")
    for text in ("Yes", "No"):
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    page.get_by_role("button", name="Close now").click()
    expect(page.locator(".actions").get_by_role("button", name="Open again")).to_be_visible()

"""Networks that answer in our place, browsers that lack something, and cookies that are not there."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opening, expect_totals, make_poll, settled_totals
from tests.browser.test_voting import CATS_AND_DOGS, half, status
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOTEL = "<!doctype html><title>Hotel</title><h1>Welcome! Sign in to use our network.</h1>"

#: What is between us and the phone, in place of our answer to a vote.
IN_OUR_PLACE: dict[str, Callable[[Route], None]] = {
    "a page": lambda route: route.fulfill(status=200, content_type="text/html", body=HOTEL),
    "an empty object": lambda route: route.fulfill(status=200, json={}),
    "a list": lambda route: route.fulfill(status=202, json=[]),
    "somebody else's JSON": lambda route: route.fulfill(status=200, json={"status": "ok"}),
    "half of an answer": lambda route: route.fulfill(
        status=202, content_type="application/json", body='{"status": "re'
    ),
    "no content": lambda route: route.fulfill(status=204),
    "a refusal of a proxy's": lambda route: route.fulfill(status=403, content_type="text/html", body=HOTEL),
    "not found": lambda route: route.fulfill(status=404, content_type="text/html", body=HOTEL),
    "network sign-in": lambda route: route.fulfill(status=511, content_type="text/html", body=HOTEL),
}


def forgive(page: Any) -> None:
    """Forgive errors of answers that were given in our place: they are no fault of the page."""
    page.complaints.clear()


def is_vote(route: Route) -> bool:
    return route.request.method == "POST"


@pytest.mark.parametrize("answer", IN_OUR_PLACE.values(), ids=IN_OUR_PLACE)
def test_an_answer_that_is_not_ours_is_none(system: System, browse: Opening, answer: Callable[[Route], None]) -> None:
    before = settled_totals(system)
    phone = browse("about:blank")
    posts: list[Route] = []

    def between(route: Route) -> None:
        if is_vote(route):
            posts.append(route)
        if is_vote(route) and len(posts) == 1:
            answer(route)
        else:
            route.continue_()

    phone.route(f"**{CATS_AND_DOGS}", between)
    phone.goto(f"{system.vote_url}{CATS_AND_DOGS}")
    half(phone, "A").click()

    expect(status(phone)).to_contain_text("Counted")
    assert len(posts) == 2
    expect_totals(system, before | {"Cats": before["Cats"] + 1})
    forgive(phone)


def without_sockets(page: Page) -> None:
    page.add_init_script("delete window.WebSocket")


def test_a_result_that_is_not_ours_is_none(system: System, browse: Opening) -> None:
    screen = browse("about:blank")
    without_sockets(screen)
    screen.route("**/results.json", lambda route: route.fulfill(status=200, json={}))
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    expect(screen.locator(".live")).to_contain_text("reconnecting")
    voters = screen.locator("[data-voters]").inner_text()

    screen.unroute("**/results.json")
    expect(screen.locator(".live")).to_contain_text("asking every few seconds")
    expect(screen.locator("[data-voters]")).to_have_text(voters)


def test_a_projector_takes_no_page_but_ours(system: System, browse: Opening) -> None:
    address = f"{system.result_url}{CATS_AND_DOGS}present/"
    projector = browse(address)
    projector.route(f"{address}?**", lambda route: route.fulfill(status=200, content_type="text/html", body=HOTEL))
    projector.keyboard.press("r")
    expect(projector.locator(".said")).to_have_text("The site does not answer. Press the key again.")
    expect(projector.locator("h1")).to_have_text("Cats or dogs?")


#: What browsers of some years ago, or some settings, lack.
LACKING = {
    "AbortSignal.timeout": "delete AbortSignal.timeout",
    "WebSocket": "delete window.WebSocket",
    "a WebSocket to there": "WebSocket = class { constructor() { throw new DOMException('no', 'SecurityError') } }",
    "dialogs": "delete HTMLDialogElement.prototype.showModal; delete HTMLDialogElement.prototype.close",
    "full screen": "delete Element.prototype.requestFullscreen",
    "storage": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })",
    "requestSubmit": "delete HTMLFormElement.prototype.requestSubmit",
    "newer methods": "delete window.structuredClone; delete Array.prototype.findLast; delete Array.prototype.toSorted",
}


@pytest.mark.parametrize("script", LACKING.values(), ids=LACKING)
def test_what_a_browser_lacks_costs_no_vote(system: System, browse: Opening, script: str) -> None:
    before = settled_totals(system)
    screen, projector, phone, counter = (browse("about:blank") for _ in range(4))
    for page in (screen, projector, phone, counter):
        page.add_init_script(script)
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    projector.goto(f"{system.result_url}{CATS_AND_DOGS}present/")
    counter.goto(f"{system.result_url}/counter/home/")
    phone.goto(f"{system.vote_url}{CATS_AND_DOGS}")

    half(phone, "A").click()

    expect(status(phone)).to_contain_text("Counted", timeout=40_000)
    voters = str(sum(before.values()) + 1)
    for page in (screen, projector):
        expect(page.locator("[data-voters]")).to_have_text(voters, timeout=40_000)
    projector.keyboard.press("?")
    expect(projector.locator("dialog.keys")).to_be_visible()
    projector.keyboard.press("Escape")
    expect(projector.locator("dialog.keys")).to_be_hidden()
    projector.keyboard.press("f")


def test_without_cookies_it_says_that_a_vote_needs_one(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")
    html = phone.request.get(f"{system.vote_url}{CATS_AND_DOGS}").text()

    def give_no_cookie(route: Route) -> None:
        if is_vote(route):
            route.continue_()
        else:
            route.fulfill(status=200, content_type="text/html", body=html)

    phone.route(f"**{CATS_AND_DOGS}", give_no_cookie)
    phone.context.clear_cookies()
    half(phone, "A").click()

    expect(phone.get_by_role("alert").first).to_contain_text("cookie")
    assert settled_totals(system) == before
    forgive(phone)


def test_a_page_whose_cookies_are_gone_gets_new_ones_by_itself(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")
    expect(half(phone, "A")).to_be_visible()
    phone.context.clear_cookies()

    half(phone, "A").click()

    expect(status(phone)).to_contain_text("Counted")
    expect_totals(system, before | {"Cats": before["Cats"] + 1})
    forgive(phone)


def test_letters_vote_only_while_a_choice_has_the_focus(system: System, browse: Opening) -> None:
    make_poll(system, "letters", "One", "Two", "Three")
    phone = browse(f"{system.vote_url}/p/letters/")
    phone.keyboard.type("abc")
    phone.locator(".foot a").first.focus()
    phone.keyboard.type("ok cool")
    assert phone.locator("[aria-pressed=true]").count() == 0

    half(phone, "A").focus()
    phone.keyboard.press("c")
    expect(half(phone, "C")).to_have_attribute("aria-pressed", "true")


def test_a_vote_is_taken_back(system: System, browse: Opening) -> None:
    make_poll(system, "several", "One", "Two", "Three", max_choices=2)
    phone = browse(f"{system.vote_url}/p/several/")
    send = phone.locator(".send .button")

    send.click()
    expect(phone.locator("[data-missing]")).to_have_text("Pick at least one choice first.")
    half(phone, "B").click()
    send.click()
    expect(phone.locator(".send .status")).to_contain_text("Counted")
    expect(phone.locator("[data-missing]")).to_be_hidden()
    half(phone, "B").click()
    send.click()
    expect(phone.locator(".send .status")).to_contain_text("Taken back")

    def voters() -> int:
        answer = phone.request.get(f"{system.vote_url}/p/several/results.json")
        return int(json.loads(answer.text())["voters"])

    eventually(lambda: voters() == 0, 10)
    phone.reload()
    expect(phone.locator(".send .status")).to_contain_text("Taken back")

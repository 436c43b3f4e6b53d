"""The counter's page: the number that ticks in every window, and the badge's text to copy."""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, without
from tests.browsing import Browser
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_number_ticks_in_two_windows(system: System, browse: Opening) -> None:
    first = browse(f"{system.vote_url}/counter/home/")
    shown = int(first.locator("main").get_attribute("data-visits") or "")
    second = browse(f"{system.result_url}/counter/home/", locale="es")
    for page in (first, second):
        expect(page.locator(".number")).to_have_text(str(shown + 1))
    Browser(system.vote_url).get("/counter/home.svg")
    for page in (first, second):
        expect(page.locator(".number")).to_have_text(str(shown + 2))
        expect(page.locator("[data-today]")).to_have_text(str(shown + 2))


def test_it_ticks_on_after_the_result_part_was_down(system: System, browse: Opening) -> None:
    page = browse(f"{system.vote_url}/counter/home/")
    shown = int(page.locator("main").get_attribute("data-visits") or "")
    with without(system, "result"):
        Browser(system.vote_url).get("/counter/home.svg")
    expect(page.locator(".number")).to_have_text(str(shown + 1), timeout=30_000)


def test_the_markdown_is_text_and_copied_by_a_button(system: System, browse: Opening) -> None:
    page = browse(f"{system.vote_url}/counter/home/", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    markdown = f"![visits]({system.vote_url}/counter/home.svg)"
    assert page.evaluate("navigator.clipboard.readText()") == markdown
    plain = browse(f"{system.vote_url}/counter/home/", java_script_enabled=False)
    expect(plain.get_by_text(markdown)).to_be_visible()
    expect(plain.get_by_role("button", name="Copy")).to_be_hidden()


def test_any_number_fits(system: System, browse: Opening) -> None:
    for width in (320, 1280, 1920):
        page = browse(f"{system.vote_url}/counter/home/", viewport={"width": width, "height": 800})
        for number in (1, 4444, 88888, 444444, 8888888, 4444444444):
            page.evaluate(
                """number => {
                const place = document.querySelector(".number");
                const text = String(number);
                place.textContent = text.replace(/\\B(?=(\\d{3})+$)/g, ",");
                place.className = `number digits-${Math.min(text.length, 10)}`;
                dispatchEvent(new Event("resize"));
            }""",
                number,
            )
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, number)


def test_visits_at_once_at_both_services_are_all_counted(system: System) -> None:
    path, number = "/counter/home/", "/counter/home.json"
    before = Browser(system.vote_url).get(number).json()["visits"]
    with ThreadPoolExecutor(10) as pool:
        pages = list(pool.map(lambda url: Browser(url).get(path).status, [system.vote_url, system.result_url] * 15))
    assert pages == [200] * 30
    assert Browser(system.vote_url).get(number).json()["visits"] == before + 30


@pytest.mark.parametrize("press", ["two clicks", "a key that is held"])
def test_a_link_that_is_pressed_twice_counts_what_was_loaded(system: System, browse: Opening, press: str) -> None:
    page = browse(f"{system.vote_url}/counter/home/")
    before = int(page.locator("main").get_attribute("data-visits") or "")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<a href=\"?again\">Again</a>')")
    loaded: list[str] = []
    page.on("response", lambda answer: loaded.append(answer.url) if answer.url.endswith("?again") else None)
    link = page.get_by_role("link", name="Again")
    if press == "two clicks":
        link.dblclick(no_wait_after=True)
    else:
        link.focus()
        page.keyboard.down("Enter")
        page.keyboard.down("Enter")
        page.keyboard.up("Enter")
    page.wait_for_url("**/counter/home/?again")
    # One that was cut off may have reached the service: then it was loaded, and counts.
    visits = Browser(system.vote_url).get("/counter/home.json").json()["visits"]
    assert before + len(loaded) <= visits <= before + 2
    expect(page.locator(".number")).to_have_text(str(visits))


def test_copying_twice_counts_nothing(system: System, browse: Opening) -> None:
    page = browse(f"{system.vote_url}/counter/home/", permissions=["clipboard-read", "clipboard-write"])
    shown = page.locator(".number").inner_text()
    page.get_by_role("button", name="Copy").dblclick()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator(".number")).to_have_text(shown)
    assert str(Browser(system.vote_url).get("/counter/home.json").json()["visits"]) == shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_breaks_no_rule(system: System, browse: Opening, scheme: Literal["light", "dark"]) -> None:
    page = browse(f"{system.vote_url}/counter/home/", color_scheme=scheme, reduced_motion="reduce")
    assert violations(page) == []

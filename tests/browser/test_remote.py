"""The room: how many are there, and a host who leads the projector from a phone."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, make_poll, within_a_second, without
from tests.browser.test_presenter import PROJECTOR, present, sign_in
from tests.browser.test_voting import half
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}


def projector_at(system: System, browse: Opening, slug: str) -> Page:
    """A projector that nobody is signed in at."""
    page = browse(present(system, slug), viewport=PROJECTOR, reduced_motion="reduce")
    expect(page.locator(".live")).to_have_attribute("data-live", "live")
    return page


def remote_at(system: System, browse: Opening, slug: str) -> Page:
    """The remote on a host's phone, once it knows of the projector."""
    page = browse("about:blank", viewport=PHONE)
    sign_in(system, page)
    page.goto(f"{system.vote_url}/host/{slug}/")
    page.get_by_role("link", name="Remote").click()
    expect(page.get_by_text("A projector shows this poll.")).to_be_visible()
    return page


def press(remote: Page, button: str) -> None:
    remote.get_by_role("button", name=button).click()


def test_projector_and_host_see_how_many_are_there(system: System, browse: Opening) -> None:
    make_poll(system, "who-is-there", "Yes", "No")
    projector = projector_at(system, browse, "who-is-there")
    expect(projector.locator(".people")).to_be_hidden()
    phones = [browse(f"{system.vote_url}/p/who-is-there/") for _ in range(3)]
    expect(projector.locator(".people")).to_have_text("3 people are here")
    host = browse("about:blank")
    sign_in(system, host)
    host.goto(f"{system.vote_url}/host/who-is-there/")
    expect(host.locator(".people")).to_have_text("3 people are here")
    for phone in phones[:2]:
        phone.goto("about:blank")
    expect(projector.locator(".people")).to_have_text("1 person is here")


def test_a_phone_leads_the_projector(system: System, browse: Opening) -> None:
    for slug in ("remote-one", "remote-two"):
        make_poll(system, slug, "Yes", "No")
    half(browse(f"{system.vote_url}/p/remote-one/"), "A").click()
    projector = projector_at(system, browse, "remote-one")
    expect(projector.locator("[data-voters]")).to_have_text("1")
    remote = remote_at(system, browse, "remote-one")

    def hide_and_show() -> float:
        press(remote, "Show the result")
        expect(projector.locator(".percent").first).to_have_text("100%")
        began = time.monotonic()
        press(remote, "Hide the result")
        expect(projector.locator(".percent").first).to_have_text("")
        return time.monotonic() - began

    within_a_second(hide_and_show)
    expect(projector).to_have_url(re.compile("result=hidden"))

    press(remote, "Close in 2 minutes")
    expect(projector.locator(".left")).to_have_text(re.compile(r"(2:00|1:5\d) to go"), use_inner_text=True)
    press(remote, "1 minute less")
    expect(projector.locator(".left")).to_have_text(re.compile(r"(1:00|0:5\d) to go"), use_inner_text=True)
    press(remote, "1 minute more")
    expect(projector.locator(".left")).to_have_text(re.compile(r"(2:00|1:\d\d) to go"), use_inner_text=True)

    press(remote, "Next poll")
    expect(projector.locator("h1")).to_have_text("remote-two?")
    expect(remote).to_have_url(f"{system.vote_url}/host/remote-two/remote/")
    expect(remote.get_by_text("A projector shows this poll.")).to_be_visible()
    press(remote, "Hide the result")
    expect(projector).to_have_url(re.compile("/p/remote-two/present/.result=hidden"))
    press(remote, "Previous poll")
    expect(projector.locator("h1")).to_have_text("remote-one?")
    expect(projector.locator(".percent").first).to_have_text("100%")

    remote.get_by_text("Close now").click()
    press(remote, "Close it")
    expect(projector.locator("main")).to_have_attribute("data-state", "final")
    expect(remote.get_by_role("button", name="Open again")).to_be_visible()


def test_a_press_without_the_result_service_is_done_later(system: System, browse: Opening) -> None:
    make_poll(system, "remote-killed", "Yes", "No")
    projector = projector_at(system, browse, "remote-killed")
    expect(projector.locator(".percent").first).to_have_text("0%")
    remote = remote_at(system, browse, "remote-killed")
    with without(system, "result"):
        expect(projector.locator(".live")).not_to_have_attribute("data-live", "live")
        press(remote, "Hide the result")
        expect(remote.get_by_text("The projector was told to hide the result.")).to_be_visible()
    expect(projector).to_have_url(re.compile("result=hidden"))
    expect(projector.locator(".percent").first).to_have_text("")


def test_a_window_does_nothing_that_was_pressed_before_it_opened(system: System, browse: Opening) -> None:
    for slug in ("remote-before", "remote-after"):
        make_poll(system, slug, "Yes", "No")
    first = projector_at(system, browse, "remote-before")
    remote = remote_at(system, browse, "remote-before")
    press(remote, "Next poll")
    expect(first.locator("h1")).to_have_text("remote-after?")
    later = projector_at(system, browse, "remote-before")
    browse(f"{system.vote_url}/p/remote-before/")
    expect(later.locator(".people")).to_have_text("1 person is here")  # so it knows of the room
    expect(later.locator("h1")).to_have_text("remote-before?")


def test_a_remote_shows_nothing_that_the_projector_may_not(system: System, browse: Opening) -> None:
    make_poll(system, "remote-secret", "Yes", "No", rule="staff")
    half(browse(f"{system.vote_url}/p/remote-secret/"), "A").click()
    projector = projector_at(system, browse, "remote-secret")
    remote = remote_at(system, browse, "remote-secret")
    press(remote, "Show the result")
    expect(projector).to_have_url(re.compile("result=shown"))
    expect(projector.locator(".live")).to_have_attribute("data-live", "live")
    assert projector.locator(".percent").all_inner_texts() == ["", ""]
    sign_in(system, projector)
    projector.goto(present(system, "remote-secret"))
    expect(projector.locator(".live")).to_have_attribute("data-live", "live")
    expect(remote.get_by_text("A projector shows this poll.")).to_be_visible()
    press(remote, "Show the result")
    expect(projector.locator(".percent").first).to_have_text("100%")


def test_the_remote_breaks_no_rule_and_fits_a_phone(system: System, browse: Opening) -> None:
    make_poll(system, "remote-rules", "Yes", "No")
    projector_at(system, browse, "remote-rules")
    remote = remote_at(system, browse, "remote-rules")
    remote.get_by_text("Close now").click()
    for width in (320, 360, 1280):
        remote.set_viewport_size({"width": width, "height": 740})
        assert fits_in_width(remote), width
    heights = remote.locator(".presses button, .sure summary").evaluate_all(
        "buttons => buttons.map((button) => button.getBoundingClientRect().height)"
    )
    assert min(heights) >= 64
    for scheme in ("light", "dark"):
        remote.emulate_media(color_scheme=scheme)
        assert violations(remote) == []

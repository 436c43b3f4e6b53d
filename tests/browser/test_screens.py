"""Result pages that stay right, and pages that fit every window."""

import itertools
import json
import re
from typing import Literal

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Opening, make_poll, settled_totals
from tests.browser.test_voting import CATS_AND_DOGS, half, status
from tests.system import System
from tests.waiting import eventually

pytestmark = pytest.mark.browser

PAPER = {"light": "rgb(250, 251, 249)", "dark": "rgb(12, 20, 19)"}
SIZES = [(320, 640), (360, 740), (740, 360), (768, 1024), (1280, 800), (1920, 1080), (3840, 2160)]
PAGES = [CATS_AND_DOGS, f"{CATS_AND_DOGS}results/", "/?code=zz", "/counter/home/", "/nothing/here/"]


def test_a_page_reconnects_after_the_result_part_was_killed(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    screen = browse(f"{system.result_url}{CATS_AND_DOGS}results/")
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")

    killed = system.kill("result")
    expect(screen.locator(".live")).to_have_text(re.compile(r"as of [\d:]{8} . reconnecting"), use_inner_text=True)
    expect(screen.locator(".when-silent")).to_have_text(re.compile(r"no updates since [\d:]{8}"))
    half(phone, "A").click()
    expect(half(phone, "A")).to_have_attribute("aria-pressed", "true")
    system.wait_back("result", killed)

    # The longest wait of a page is ten seconds.
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    expect(screen.locator("[data-voters]")).to_have_text(str(sum(before.values()) + 1))
    expect(phone.locator(".picked .status")).to_contain_text("Counted")


def test_a_page_without_websockets_asks_instead(system: System, browse: Opening) -> None:
    screen = browse("about:blank")
    # No answer at all, as behind a proxy that knows no WebSockets.
    screen.add_init_script("WebSocket = class { constructor() { setTimeout(() => this.onclose?.()); } close() {} }")
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    expect(screen.locator(".live")).to_contain_text("asking every few seconds")
    voters = int(screen.locator("[data-voters]").inner_text())

    half(browse(f"{system.vote_url}{CATS_AND_DOGS}"), "B").click()

    expect(screen.locator("[data-voters]")).to_have_text(str(voters + 1))
    with screen.expect_response("**/results.json") as again:
        pass
    # Nothing new: what it knows, it is not sent again.
    assert ("if-none-match" in again.value.request.headers, again.value.status) == (True, 304)


@pytest.mark.slow
def test_a_page_reconnects_whatever_the_close_code(system: System, browse: Opening) -> None:
    codes = [1000, 1011, 1013, 4404]
    screen = browse("about:blank")

    def end_the_first(socket: WebSocketRoute) -> None:
        if codes:
            socket.close(code=codes.pop())
        else:
            socket.connect_to_server()

    screen.route_web_socket("**/ws/**", end_the_first)
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")

    expect(screen.locator(".live")).to_have_attribute("data-live", "live", timeout=30_000)
    assert codes == []


@pytest.mark.slow
def test_a_page_shows_fewer_waiting_votes_of_the_same_version(system: System, browse: Opening) -> None:
    screen = browse("about:blank")
    sockets: list[WebSocketRoute] = []
    screen.route_web_socket("**/ws/**", lambda socket: sockets.append(socket))
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    snapshot = json.loads(screen.locator("#snapshot").text_content() or "")
    snapshot["poll"]["state"] = "sealing"
    eventually(lambda: screen.evaluate("1") and sockets)
    for waiting, words in (
        (1200, "1,200 votes are"),
        (1, "1 vote is"),
        (None, "Votes may still be waiting"),
        (0, "Every vote"),
    ):
        sockets[0].send(json.dumps(snapshot | {"waiting": waiting}))
        expect(screen.locator(".closing")).to_contain_text(f"Closing. {words}")


@pytest.mark.slow
@pytest.mark.parametrize("page", ["results/", "present/"])
def test_a_page_goes_on_with_a_service_of_the_release_before(system: System, browse: Opening, page: str) -> None:
    """A message of it does not say who leads."""
    screen = browse("about:blank")
    sockets: list[WebSocketRoute] = []
    screen.route_web_socket("**/ws/**", lambda socket: sockets.append(socket))
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}{page}")
    snapshot = json.loads(screen.locator("#snapshot").text_content() or "")
    eventually(lambda: screen.evaluate("1") and sockets)
    for name in ("leaders", "lead", "top"):
        del snapshot[name]
    snapshot |= {"version": snapshot["version"] + 1, "voters": 1234}
    sockets[0].send(json.dumps(snapshot))
    expect(screen.locator("[data-voters]")).to_have_text("1,234")


@pytest.mark.slow
def test_a_page_that_knows_more_than_the_service_keeps_it(system: System, browse: Opening) -> None:
    """The page says that counting is paused."""
    screen = browse("about:blank")
    sockets: list[WebSocketRoute] = []
    screen.route_web_socket("**/ws/**", lambda socket: sockets.append(socket))
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    voters = screen.locator("[data-voters]").inner_text()
    eventually(lambda: screen.evaluate("1") and sockets)
    sockets[0].send(json.dumps({"type": "counting", "counting": "paused"}))
    expect(screen.locator("main")).to_have_attribute("data-counting", "paused")
    expect(screen.locator(".live")).to_contain_text("counting is paused")
    assert screen.locator("[data-voters]").inner_text() == voters


@pytest.mark.slow
def test_a_page_waits_longer_and_longer_but_never_too_long(system: System, browse: Opening) -> None:
    """There is chance in each wait."""
    screen = browse("about:blank")
    screen.clock.install(time=0)
    screen.clock.pause_at(1_000)
    screen.add_init_script(
        "attempts = []; WebSocket = class {"
        " constructor() { attempts.push(Date.now()); setTimeout(() => this.onclose?.()); } close() {} }"
    )
    screen.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    screen.clock.run_for(180_000)

    attempts = screen.evaluate("attempts")
    waits = [later - earlier for earlier, later in itertools.pairwise(attempts)]
    longest = [min(10_000, 500 * 2**number) for number in range(len(waits))]
    assert len(waits) > 15
    assert all(most / 2 <= wait <= most + 1 for wait, most in zip(waits, longest, strict=True)), waits
    assert len(set(waits[5:])) > 5, waits


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_every_window(system: System, browse: Opening, scheme: Literal["light", "dark"]) -> None:
    for path in PAGES:
        page = browse(f"{system.vote_url}{path}", color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width} x {height}"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == PAPER[scheme]
        page.complaints = [text for text in page.complaints if "404" not in text]  # type: ignore[attr-defined]


def test_a_ballot_of_many_fits_a_small_phone_after_the_vote(system: System, browse: Opening) -> None:
    make_poll(system, "many", "Soup", "Salad", "A plate of cheese from the hills")
    phone = browse(f"{system.vote_url}/p/many/", viewport={"width": 320, "height": 640})
    half(phone, "C").click()
    expect(status(phone)).to_contain_text("Counted")
    assert phone.evaluate("document.documentElement.scrollWidth") == 320


def test_the_vote_page_is_light(system: System, browse: Opening) -> None:
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")
    expect(phone.locator(".option")).to_have_count(2)

    sizes = phone.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map(entry => entry.transferSize)"
    )

    assert 5_000 < sum(sizes) < 50_000

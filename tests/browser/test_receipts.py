"""P4, P5 and rule 7 as a voter sees them: what has become of my vote, whatever part is away."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    Opening,
    close,
    empty_redis,
    expect_totals,
    hanging,
    make_poll,
    manage,
    totals,
    without,
)
from tests.browser.test_voting import half, status
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Milliseconds in which totals have to go on with Redis away.
TWO_SECONDS = 2000


@contextmanager
def killed_again_and_again(system: System, part: str) -> Iterator[None]:
    """A part that never lives long enough to do anything."""
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(0.1):
            with suppress(ProcessLookupError):
                system.kill(part)

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        yield
    finally:
        stop.set()
        killing.join()


def panel(page: Page) -> Locator:
    """Return the visible text in the place of the ballot."""
    return page.locator(".panel")


@pytest.mark.parametrize("gone", [without, hanging, killed_again_and_again])
def test_a_vote_waits_honestly_until_somebody_counts(system: System, browse: Opening, gone: type) -> None:
    slug = gone.__name__.replace("_", "-")
    make_poll(system, slug, "Here", "There")
    phone = browse(f"{system.vote_url}/p/{slug}/")

    with gone(system, "worker-1"):
        half(phone, "A").click()
        expect(status(phone)).to_have_text("Received, not yet counted")
        expect(status(phone)).to_have_text(re.compile("Received, (still waiting|counting is paused)"))
        assert totals(system, slug) == {"Here": 0, "There": 0}

    expect(status(phone)).to_have_text(re.compile(r"Counted . receipt \w{3}-\w{3}"))
    expect_totals(system, {"Here": 1, "There": 0}, slug)


def test_a_vote_whose_box_was_lost_is_sent_again_and_counts_once(system: System, browse: Opening) -> None:
    make_poll(system, "volume", "Kept", "Gone")
    phone = browse(f"{system.vote_url}/p/volume/")
    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")

    with hanging(system, "worker-1"):
        half(phone, "B").click()
        expect(status(phone)).to_contain_text("Received")
        with without(system, "redis"):
            empty_redis(system)

    expect(status(phone)).to_contain_text("Counted")
    expect_totals(system, {"Kept": 0, "Gone": 1}, "volume")
    manage(system, "audit", "volume")


def test_a_vote_that_a_final_poll_lacks_is_said_to_be_lost(system: System, browse: Opening) -> None:
    make_poll(system, "lost", "Found", "Lost")
    phone = browse(f"{system.vote_url}/p/lost/")
    with hanging(system, "worker-1"):
        half(phone, "B").click()
        expect(status(phone)).to_contain_text("Received")
        with without(system, "redis"):
            empty_redis(system)
            close(system, "lost")
            expect(panel(phone).get_by_role("heading")).to_have_text("Closing")

    expect(panel(phone).get_by_role("heading")).to_have_text("Lost")
    expect(panel(phone)).to_contain_text("It is not in the result.")
    expect(phone.locator(".machine")).to_contain_text(re.compile(r"receipt \w{3}-\w{3}"))
    assert totals(system, "lost") == {"Found": 0, "Lost": 0}
    phone.reload()
    expect(panel(phone).get_by_role("heading")).to_have_text("Lost")
    phone.complaints.clear()  # type: ignore[attr-defined]  # the 410 itself


def test_a_closing_poll_says_how_many_votes_still_wait(system: System, browse: Opening) -> None:
    make_poll(system, "closing", "Early", "Late")
    phone, other = (browse(f"{system.vote_url}/p/closing/") for _ in range(2))
    screen = browse(f"{system.result_url}/p/closing/results/")
    with hanging(system, "worker-1"):
        for page in (phone, other):
            half(page, "A").click()
            expect(status(page)).to_contain_text("Received")
        close(system, "closing")
        for page in (phone, screen):
            expect(page.locator("[data-waits]")).to_have_text("2 votes are still to be counted.")
        expect(panel(phone).get_by_text("Yours is received, not yet counted.")).to_be_visible()

        with without(system, "redis"):
            for page in (phone, screen):
                expect(page.locator("[data-waits]")).to_contain_text("the ballot box, which does not answer")
            fresh = browse(f"{system.vote_url}/p/closing/")
            expect(fresh.locator("[data-waits]")).to_contain_text("the ballot box, which does not answer")
        for page in (phone, screen, fresh):
            expect(page.locator("[data-waits]")).to_have_text("2 votes are still to be counted.")

    expect(panel(phone).get_by_role("heading")).to_have_text("Final")
    expect(panel(phone).get_by_text(", including yours")).to_be_visible()
    expect(panel(fresh).get_by_text(", including yours")).to_be_hidden()
    expect_totals(system, {"Early": 2, "Late": 0}, "closing")


@pytest.mark.parametrize("gone", [without, hanging])
def test_with_redis_away_sockets_stay_and_totals_go_on(system: System, browse: Opening, gone: type) -> None:
    slug = f"redis-{gone.__name__}"
    make_poll(system, slug, "On", "Off")
    sockets: list[object] = []
    screen = browse("about:blank")
    screen.on("websocket", lambda socket: sockets.append(socket))
    screen.goto(f"{system.result_url}/p/{slug}/results/")
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    phones = [browse(f"{system.vote_url}/p/{slug}/") for _ in range(3)]

    with gone(system, "redis"):
        for number, phone in enumerate(phones, 1):
            half(phone, "A").click()
            expect(status(phone)).to_contain_text("Counted", timeout=TWO_SECONDS)
            expect(screen.locator("[data-voters]")).to_have_text(str(number), timeout=TWO_SECONDS)
        expect(screen.locator(".live")).to_have_attribute("data-live", "live")

    late = browse(f"{system.vote_url}/p/{slug}/")
    half(late, "B").click()
    expect(screen.locator("[data-voters]")).to_have_text("4")
    assert len(sockets) == 1
    expect_totals(system, {"On": 3, "Off": 1}, slug)

"""The pipeline's page while parts are killed and come back."""

import re
import time

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import Opening, hanging, without
from tests.browsing import Browser
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Looks, of which the page takes one a second, until it says that a part is down.
SOON = 3
PAGE = "/admin/pipeline/"
SIZES = [(320, 640), (360, 740), (740, 360), (768, 1024), (1280, 800), (1920, 1080), (3840, 2160)]


@pytest.fixture
def page(system: System, browse: Opening) -> Page:
    """The page, as the admin's user sees it, once all parts are up."""
    return open_page(system, browse)


def open_page(system: System, browse: Opening, path: str = PAGE, **options: object) -> Page:
    system.wait_ready(60)
    page = browse(f"{system.vote_url}{path}", **options)
    page.fill("#id_username", "admin")
    page.fill("#id_password", system.admin_password())
    page.click("main .button")
    expect(page.locator(".words.when-live")).to_contain_text("Everything is running.")
    # Its scripts, too: a service that is killed before they are here leaves the page as it is.
    page.wait_for_load_state()
    return page


def test_a_page_whose_script_does_not_come_is_not_live(system: System, browse: Opening) -> None:
    page = open_page(system, browse, java_script_enabled=False)
    expect(page.get_by_text("live, as of")).to_be_hidden()
    expect(page.locator(".live .not-live")).to_be_visible()
    expect(page.get_by_text("does not answer")).to_have_count(2)
    for text in page.get_by_text("does not answer").all():
        expect(text).to_be_hidden()


def test_a_page_is_live_once_its_script_has_asked(page: Page) -> None:
    expect(page.get_by_text("live, as of")).to_be_visible()
    expect(page.locator(".live .not-live")).to_be_hidden()


def says(page: Page, words: str) -> int:
    """Wait until the first line begins so; returns how often the page has looked meanwhile."""
    looks: list[Response] = []

    def note(response: Response) -> None:
        looks.append(response)

    page.on("response", note)
    expect(page.locator(".words.when-live b")).to_have_text(words)
    page.remove_listener("response", note)
    return len(looks)


def loading_s(page: Page, words: str) -> float:
    """Load the page again; returns the seconds until its first line begins so."""
    began = time.monotonic()
    page.reload()
    expect(page.locator(".words.when-live b")).to_have_text(words)
    return time.monotonic() - began


def waiting(page: Page) -> int:
    """Votes waiting, as the third line of the last ten minutes says."""
    return int(re.sub(r"\D", "", page.locator(".lines li:nth-child(3) b").inner_text()) or 0)


def vote(system: System, number: int) -> None:
    """So many new voters vote."""
    for _ in range(number):
        answer = Browser(system.vote_url).vote("/p/cats-vs-dogs/", 1)
        assert answer.status in (200, 202), answer.body


def test_the_worker_is_killed_and_votes_wait_until_it_is_back(system: System, page: Page) -> None:
    with without(system, "worker-1"):
        assert says(page, "The worker is down.") <= SOON
        expect(page.locator(".words.when-live")).to_contain_text("Redis keeps every vote; screens stand still at")
        expect(page.locator(".picture .pipe.has-cross .verb")).to_have_text("take")
        vote(system, 5)
        eventually(lambda: waiting(page) == 5, what="five votes that wait")
        expect(page.locator(".picture .reading .meaning")).to_have_text("votes are waiting")
        vote(system, 5)
        eventually(lambda: waiting(page) == 10, what="ten votes that wait")
    says(page, "Everything is running.")
    eventually(lambda: waiting(page) == 0, what="no vote that waits")


def test_the_way_of_a_vote_is_measured_from_tap_to_screen(system: System, page: Page, browse: Opening) -> None:
    screen = browse(f"{system.result_url}/p/cats-vs-dogs/results/")
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    expect(page.locator(".picture .screens .empty")).to_have_count(2)  # of three that are drawn
    vote(system, 1)
    expect(page.locator(".picture .reading .number")).to_have_text(re.compile(r"^\s*[\d.]+\sm?s\s*$"))
    expect(page.locator(".picture .reading .meaning")).to_contain_text("from tap to screen")


def test_redis_is_killed_and_votes_go_straight(system: System, page: Page) -> None:
    with without(system, "redis"):
        assert says(page, "Redis is down.") <= SOON
        vote(system, 3)
        expect(page.locator(".picture .reading .meaning")).to_have_text("straight into Postgres")
        expect(page.locator(".picture .pipe.flows .verb").filter(has_text="straight")).to_be_visible()
    says(page, "Everything is running.")


def test_the_result_part_is_killed_and_voting_is_untouched(system: System, page: Page) -> None:
    with without(system, "result"):
        assert says(page, "The result part is down.") <= SOON
        vote(system, 1)
        expect(page.locator(".words.when-live")).to_contain_text("Voting still works")
    says(page, "Everything is running.")


def test_who_is_signed_in_goes_on_looking_without_postgres(system: System, page: Page) -> None:
    with without(system, "db"):
        assert says(page, "Postgres is down.") <= SOON
        page.reload()
        expect(page.locator(".words.when-live b")).to_have_text("Postgres is down.")
        vote(system, 2)
        eventually(lambda: waiting(page) == 2, what="two votes that wait")
    says(page, "Everything is running.")
    eventually(lambda: waiting(page) == 0, what="no vote that waits")


@pytest.mark.parametrize(("part", "words"), [("db", "Postgres is down."), ("redis", "Redis is down.")])
def test_a_store_that_hangs_is_said_and_holds_up_no_page(system: System, page: Page, part: str, words: str) -> None:
    usual_s = loading_s(page, "Everything is running.")
    with hanging(system, part):
        assert says(page, words) <= 2 * SOON
        assert loading_s(page, words) < usual_s + SOON
    says(page, "Everything is running.")


def test_the_service_that_serves_the_page_is_a_part_too(system: System, page: Page) -> None:
    with without(system, "vote"):
        # Two looks have to fail, which a browser on a busy machine takes long to do.
        expect(page.locator(".words.when-stale")).to_be_visible(timeout=60_000)
        expect(page.locator(".words.when-live")).to_be_hidden()
    expect(page.locator(".words.when-live")).to_be_visible(timeout=60_000)
    page.complaints.clear()  # type: ignore[attr-defined]


def test_the_page_fits_every_window(system: System, page: Page) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for path in (PAGE, f"{PAGE}?large"):
            page.goto(f"{system.vote_url}{path}")
            widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert widths[0] <= widths[1], (path, width)
            # In one look: the page draws both anew each second.
            string, picture = page.evaluate(
                "['.string', '.picture'].map((one) => document.querySelector(one).getBoundingClientRect().width)"
            )
            # One of both is seen; the string is there for screen readers also where the picture is.
            assert (picture > 0) == (string == 1), (path, width)


def test_nothing_moves_for_whoever_asks_for_it(system: System, browse: Opening) -> None:
    page = open_page(system, browse, reduced_motion="reduce")
    vote(system, 3)
    assert page.evaluate("document.getAnimations().length") == 0

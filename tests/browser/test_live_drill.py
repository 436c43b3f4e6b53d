"""A live drill: two phones vote, the presenter kills parts by keys, and the phones find their receipts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, make_poll
from tests.browser.test_presenter import sign_in
from tests.browser.test_voting import half, status
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}
#: Milliseconds for a part to be back.
OVER_MS = 120_000


@pytest.fixture(scope="module")
def system(data: Path) -> Iterator[System]:
    with System(data, environment={"DRILLS": "on"}) as running:
        yield running


def projector_at(system: System, browse: Opening, slug: str, origin: str | None = None, **options: object) -> Page:
    """The projector of a drill that has begun."""
    make_poll(system, slug, "Cats", "Dogs")
    page = browse("about:blank", **({"viewport": {"width": 1280, "height": 720}} | options))
    sign_in(system, page)
    page.goto(f"{origin or system.vote_url}/host/{slug}/break/")
    page.keyboard.press("b")
    expect(page.locator(".parts li")).to_have_count(5)
    return page


def phone_at(system: System, browse: Opening, slug: str) -> Page:
    return browse(f"{system.vote_url}/p/{slug}/", viewport=PHONE)


def says(projector: Page, part: str) -> str:
    """Return the selector of the line about a part."""
    return f'.says[data-swap="{part}"]'


def back(projector: Page, part: str) -> None:
    """Wait until a killed part is back."""
    expect(projector.locator(says(projector, part))).to_contain_text("back after", timeout=OVER_MS)


def checked(projector: Page, number: int, of: int) -> None:
    place = projector.locator(".checked")
    expect(place).to_be_visible()
    expect(place).to_have_text(re.compile(rf"^\s*{number}\s+of {of} receipts? "), timeout=OVER_MS)


@pytest.mark.parametrize(("key", "part"), [("3", "worker"), ("4", "postgres")])
def test_two_phones_find_their_receipts_after_a_kill(system: System, browse: Opening, key: str, part: str) -> None:
    """The first phone had its page open before the drill began."""
    slug = f"drill-{part}"
    make_poll(system, slug, "Cats", "Dogs")
    first = phone_at(system, browse, slug)
    projector = browse("about:blank", viewport={"width": 1280, "height": 720})
    sign_in(system, projector)
    projector.goto(f"{system.vote_url}/host/{slug}/break/")
    projector.keyboard.press("b")
    expect(projector.locator(".parts li")).to_have_count(5)
    second = phone_at(system, browse, slug)

    projector.keyboard.press(key)
    expect(projector.locator(says(projector, part))).to_contain_text("down,")
    expect(projector.locator(".meanwhile")).to_contain_text("Votes are received and wait in Redis.")
    half(first, "A").click()
    half(second, "B").click()
    for phone in (first, second):
        expect(status(phone)).to_contain_text(re.compile("Received|Counted"))
    back(projector, part)
    for phone in (first, second):
        expect(status(phone)).to_contain_text("Counted", timeout=OVER_MS)
    checked(projector, 2, 2)
    expect(projector.locator(".missing")).to_have_text(re.compile("No receipt is missing."))

    projector.keyboard.press("c")
    expect(projector.locator("h2")).to_have_text("Final")
    checked(projector, 2, 2)
    assert projector.locator(".ledger dd").all_inner_texts() == ["2", "2", "0"]
    projector.complaints.clear()  # type: ignore[attr-defined]
    for phone in (first, second):
        phone.complaints.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("part", ["vote", "result"])
def test_it_goes_on_when_it_kills_the_service_that_shows_it(system: System, browse: Opening, part: str) -> None:
    origin = system.vote_url if part == "vote" else system.result_url
    projector = projector_at(system, browse, f"drill-own-{part}", origin)
    phone = phone_at(system, browse, f"drill-own-{part}")
    projector.get_by_role("button", name="Kill").nth(0 if part == "vote" else 4).click()
    expect(projector.locator(".when-away")).to_be_visible()
    back(projector, part)
    expect(projector.locator(".when-live")).to_be_visible()
    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted", timeout=OVER_MS)
    checked(projector, 1, 1)
    projector.complaints.clear()  # type: ignore[attr-defined]
    phone.complaints.clear()  # type: ignore[attr-defined]


def test_while_redis_is_down_phones_report_later(system: System, browse: Opening) -> None:
    projector = projector_at(system, browse, "drill-redis")
    phone = phone_at(system, browse, "drill-redis")
    projector.keyboard.press("2")
    expect(projector.locator(".meanwhile")).to_have_text("Votes go straight into Postgres and are counted at once.")
    half(phone, "B").click()
    back(projector, "redis")
    checked(projector, 1, 1)
    projector.complaints.clear()  # type: ignore[attr-defined]
    phone.complaints.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_breaks_no_rule_and_fits_the_projector(system: System, browse: Opening, scheme: str) -> None:
    page = browse("about:blank", color_scheme=scheme, reduced_motion="reduce")
    sign_in(system, page)
    make_poll(system, f"drill-{scheme}", "Cats", "Dogs")
    page.goto(f"{system.vote_url}/host/drill-{scheme}/break/")
    assert violations(page) == []
    page.keyboard.press("b")
    expect(page.locator(".parts li")).to_have_count(5)
    assert violations(page) == []
    for width, height in ((320, 640), (1024, 768), (1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        over = page.evaluate(
            "(({ scrollWidth, scrollHeight, clientWidth, clientHeight }) =>"
            " [scrollWidth - clientWidth, scrollHeight - clientHeight])(document.documentElement)"
        )
        assert over[0] == 0
        assert width < 1000 or over[1] == 0, (width, over)


def test_without_scripts_its_buttons_work(system: System, browse: Opening) -> None:
    make_poll(system, "drill-plain", "Cats", "Dogs")
    page = browse(f"{system.vote_url}/accounts/login/?next=/host/drill-plain/break/", java_script_enabled=False)
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(system.admin_password())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Kill").nth(2).click()
    expect(page.locator(".said")).to_contain_text("Killed: worker.")
    expect(page.locator(says(page, "worker"))).to_contain_text("back after", timeout=OVER_MS)

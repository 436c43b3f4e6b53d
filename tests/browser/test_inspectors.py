"""The pages of the admin that look into the system, as a staff member has them."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, totals, without
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def signed_in(system: System, browse: Opening, path: str, **options: Any) -> Page:
    """A page of the admin's, as its first user sees it."""
    page = browse(f"{system.vote_url}/admin/login/?next={path}", **options)
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(system.admin_password())
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(re.escape(path)))
    return page


def test_a_vote_is_followed_from_the_service_to_the_screen(system: System, browse: Opening) -> None:
    before = sum(totals(system).values())
    page = signed_in(system, browse, "/admin/pipeline/follow/")
    page.get_by_role("button", name="Cast and follow").click()
    expect(page.locator(".way tr.passed")).to_have_count(8)
    expect(page.locator(".sentence")).to_have_text(re.compile(r"It took \d+\.\d.ms in all\."))
    expect(page.locator("#seen")).to_have_text(re.compile(r"it had the new result \d+\.\d ms after the press"))
    expect(page.locator("#failed")).to_be_hidden()
    assert sum(totals(system).values()) == before + 1


def test_without_a_worker_it_waits_where_it_is(system: System, browse: Opening) -> None:
    page = signed_in(system, browse, "/admin/pipeline/follow/")
    with without(system, "worker-1"):
        page.get_by_role("button", name="Cast and follow").click()
        expect(page.locator(".sentence")).to_have_text(re.compile("received and not counted yet"))
        expect(page.locator(".way tr.waiting")).to_have_count(1)
    expect(page.locator(".way tr.waiting, .way tr.ahead")).to_have_count(0)


def test_ballots_are_found_by_poll(system: System, browse: Opening) -> None:
    page = signed_in(system, browse, "/admin/polls/ballot/")
    page.locator("#changelist-filter .select2-selection").click()
    # What it lists before the search is answered is drawn anew under a click.
    with page.expect_response(re.compile("autocomplete.*term=cats")):
        page.locator(".select2-search__field").fill("cats")
    expect(page.locator(".loading-results")).to_have_count(0)
    page.locator(".select2-results__option", has_text="Cats").click()
    expect(page.locator(".select2-search__field")).to_be_hidden()
    page.locator("#changelist-filter").get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"poll=\d+"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule(system: System, browse: Opening, scheme: str) -> None:
    path = "/admin/pipeline/follow/"
    page = signed_in(system, browse, path, color_scheme=scheme, reduced_motion="reduce")
    expect(page.get_by_role("button", name="Cast and follow")).to_be_visible()
    broken = {path: violations(page)}
    with without(system, "worker-1"):
        page.get_by_role("button", name="Cast and follow").click()
        expect(page.locator(".way tr.waiting")).to_have_count(1)
        broken["on its way"] = violations(page)
        page.goto(f"{system.vote_url}/admin/pipeline/redis/")
        page.get_by_role("link", name=re.compile("^poll ")).first.click()
        expect(page.locator("#box")).to_be_visible()
        broken["redis"] = violations(page)
    for path in ("/admin/pipeline/", "/admin/pipeline/?large", "/admin/pipeline/postgres/", "/admin/polls/poll/"):
        page.goto(f"{system.vote_url}{path}")
        if page.locator("#pipeline").count():
            expect(page.locator(".words.when-live")).to_contain_text("Everything is running.")
        broken[path] = violations(page)
    assert {name: found for name, found in broken.items() if found} == {}

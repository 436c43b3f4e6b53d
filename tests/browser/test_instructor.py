"""The instructor's buttons, pressed on a system that bin/up runs."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening
from tests.browser.test_inspectors import signed_in
from tests.browser.test_pipeline import PAGE, open_page
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Milliseconds for 300 votes to come, a part to be back, and all of them to be counted.
OVER_MS = 120_000


def send(page: Page) -> None:
    page.get_by_role("button", name="Send 300 votes").click()
    expect(page.locator(".said")).to_have_text("Started. The events show how it goes.")


def kill(page: Page, part: str) -> None:
    page.locator(".buttons li", has_text=part).locator("summary").click()
    page.get_by_role("button", name=f"Kill {part} now").click()


def event(page: Page, words: str) -> str:
    """The outcome of the newest event that is called so, when it is over and went well."""
    row = page.locator(".events tr.ok", has_text=words).first
    expect(row).to_be_visible(timeout=OVER_MS)
    return row.locator("td").last.inner_text().replace("\N{NO-BREAK SPACE}", " ")


def test_no_vote_is_lost_while_redis_and_the_service_are_killed(system: System, browse: Opening) -> None:
    """Three hundred votes are sent; the service killed is the one that serves the page."""
    page = signed_in(system, browse, PAGE)
    page.goto(f"{system.result_url}{PAGE}")
    send(page)
    expect(page.locator(".events tr.hatch")).to_contain_text(re.compile(r"[1-9]\d*\ssent"))
    kill(page, "Redis")
    assert re.fullmatch(r"back after [\d.]+ s", event(page, "Redis killed"))
    kill(page, "result")
    expect(page.locator(".words.when-stale")).to_be_visible()
    assert re.fullmatch(r"back after [\d.]+ s", event(page, "result killed"))
    expect(page.locator(".words.when-live")).to_be_visible()
    assert event(page, "300 votes").startswith("300 sent, 300 accepted, 300 counted, 0 lost")

    audit = system.manage("audit", "practice", "--json")
    assert (audit.returncode, json.loads(audit.stdout)["differences"]) == (0, [])
    with urllib.request.urlopen(f"{system.vote_url}/p/practice/results.json", timeout=20) as answer:
        assert json.load(answer)["voters"] == 300
    page.complaints.clear()  # type: ignore[attr-defined]


def test_a_paused_part_stands_still_and_goes_on(system: System, browse: Opening) -> None:
    page = open_page(system, browse)
    page.get_by_role("button", name="Pause worker for 5 seconds").click()
    expect(page.locator(".events tr.hatch")).to_contain_text("stands still")
    assert event(page, "worker paused for 5.0 s").startswith("back after 5.")


def test_what_was_opened_stays_open_while_the_page_goes_on(system: System, browse: Opening) -> None:
    page = open_page(system, browse)
    page.locator(".buttons summary").first.click()
    before = page.locator(".live time").inner_text()
    expect(page.locator(".live time")).not_to_have_text(before)
    expect(page.get_by_role("button", name="Kill vote now")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_and_events_break_no_rule(system: System, browse: Opening, scheme: str) -> None:
    page = open_page(system, browse, color_scheme=scheme, reduced_motion="reduce")
    page.locator(".buttons summary").first.click()
    assert violations(page) == []


def test_without_scripts_a_button_leads_back_to_the_page(system: System, browse: Opening) -> None:
    page = browse(f"{system.vote_url}/admin/login/?next={PAGE}", java_script_enabled=False)
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(system.admin_password())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Pause worker for 5 seconds").click()
    expect(page).to_have_url(re.compile(rf"{PAGE}$"))
    expect(page.locator(".messagelist")).to_contain_text("Started.")

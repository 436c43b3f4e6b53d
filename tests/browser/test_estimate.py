"""An estimate, from its host's editor to every page."""

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, make_poll, manage
from tests.browser.test_hosting import hosts, sign_in
from tests.browser.test_scale import HERS, PHONE, PROJECTOR
from tests.system import System

__all__ = ["hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

WEIGHT = {"least": "0", "most": "20", "step": "0.5", "unit": "kg", "answer": "7.25"}
#: The right answer, which no time of day can hold: its seconds have two digits.
ANSWERED = re.compile(r"\b7[.,]25")


def make_estimate(system: System, slug: str, details: dict[str, str] = WEIGHT, **fields: Any) -> str:
    """An open poll of this kind; returns the address of its vote page."""
    make_poll(system, slug, "Number", kind="estimate", details=details, **fields)
    return f"{system.vote_url}/p/{slug}/"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_host_sets_limits_and_the_right_answer(hosts: System, browse: Opening, scripts: bool):
    page = sign_in(browse, hosts, java_script_enabled=scripts)
    page.goto(f"{hosts.vote_url}/host/new/?kind=estimate")
    page.get_by_label("Question").fill(f"How heavy, {scripts}?")
    expect(page.locator(".choice")).to_be_hidden()
    page.get_by_label("Greatest value").fill("1,000")
    page.get_by_label("Step").fill("0.01")
    page.get_by_label("Unit").fill("kg")
    page.get_by_label("Right answer").fill("7.25")
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator("#details-error")).to_contain_text("That is more than 10,000 possible values.")
    expect(page.get_by_label("Unit")).to_have_value("kg")
    page.complaints.clear()  # type: ignore[attr-defined]  # of the 400
    page.get_by_label("Step").fill("0.25")
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    slug = f"how-heavy-{scripts}".lower()
    page.goto(f"{hosts.vote_url}/host/{slug}/edit/")
    expect(page.get_by_label("Greatest value")).to_be_disabled()
    expect(page.get_by_label("Right answer")).to_have_value("7.25")


def test_by_keys_on_a_phone_and_live_on_the_result_page(hosts: System, browse: Opening):
    page = browse(make_estimate(hosts, "keys-estimate"), viewport=PHONE)
    results = browse(f"{hosts.result_url}/p/keys-estimate/results/")
    assert fits_in_width(page)
    field = page.get_by_role("textbox", name="Your estimate")
    page.get_by_role("button", name="Vote").click()
    expect(page.locator("[data-missing]")).to_have_text("Enter a number first.")
    field.focus()
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Enter a number from 0")
    expect(field).to_have_value("99")
    page.complaints.clear()  # type: ignore[attr-defined]  # of the 400
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(field).to_have_value("19.5")
    page.get_by_role("button", name="Vote").press("Enter")
    expect(page.locator(".send .status")).to_contain_text("Counted")
    expect(results.locator("[data-median]")).to_have_text("19.5\N{NO-BREAK SPACE}kg")
    field.fill("7,5")
    page.keyboard.press("Enter")
    expect(results.locator("[data-median]")).to_have_text("7.5\N{NO-BREAK SPACE}kg")
    expect(results.locator(".bars rect")).to_have_count(1)
    expect(results.get_by_role("table", name="Estimates").get_by_role("row", name="7.5 kg 1")).to_be_attached()


def test_without_javascript_and_in_spanish(hosts: System, browse: Opening):
    address = make_estimate(hosts, "calabaza")
    page = browse(address, java_script_enabled=False, locale="es")
    expect(page.locator(".slider")).to_be_hidden()
    page.get_by_label("Tu estimación").first.fill("7,3")
    page.get_by_role("button", name="Votar").click()
    expect(page.get_by_role("alert").first).to_contain_text("Escribe un número de 0")
    expect(page.get_by_label("Tu estimación").first).to_have_value("7,3")
    page.complaints.clear()  # type: ignore[attr-defined]  # of the 400
    page.get_by_label("Tu estimación").first.fill("7,5")
    page.get_by_role("button", name="Votar").click()
    expect(page.get_by_label("Tu estimación").first).to_have_value("7,5")
    results = browse(f"{hosts.result_url}/p/calabaza/results/", locale="es")
    expect(results.locator("[data-median]")).to_have_text("7,5\N{NO-BREAK SPACE}kg")
    with_scripts = browse(address, locale="es")
    with_scripts.get_by_role("textbox", name="Tu estimación").fill("8,5")
    with_scripts.get_by_role("button", name="Votar").click()
    expect(results.locator(".sentence")).to_have_text("Mediana 8,0\N{NO-BREAK SPACE}kg")


@both_schemes
def test_a_projector_tells_the_right_answer_at_the_end(
    hosts: System, browse: Opening, scheme: Literal["light", "dark"]
):
    slug = f"pumpkin-{scheme}"
    page = browse(make_estimate(hosts, slug), color_scheme=scheme, reduced_motion="reduce")
    board = browse(
        f"{hosts.result_url}/p/{slug}/present/", viewport=PROJECTOR, color_scheme=scheme, reduced_motion="reduce"
    )
    page.get_by_role("textbox", name="Your estimate").fill("7")
    assert violations(page) == []
    page.get_by_role("button", name="Vote").click()
    expect(board.locator("[data-median]")).to_have_text("7.0\N{NO-BREAK SPACE}kg")
    assert violations(board) == []
    for sight in (page, board):
        assert not ANSWERED.search(sight.content())
    manage(hosts, "seal", slug)
    expect(board.locator(".outcome .sentence")).to_contain_text("The right answer is 7.25")
    expect(page.locator("main")).to_have_attribute("data-view", "outcome")
    expect(page.get_by_role("textbox", name="Your estimate")).to_be_disabled()
    results = browse(f"{hosts.result_url}/p/{slug}/results/", color_scheme=scheme, reduced_motion="reduce")
    for sight in (page, board, results):
        assert violations(sight) == []
    assert board.evaluate("document.documentElement.scrollHeight <= innerHeight")
    hosts.run(HERS.format(slug=slug))
    host = sign_in(browse, hosts, color_scheme=scheme, reduced_motion="reduce")
    for path in (f"{slug}/", f"{slug}/edit/", "new/?kind=estimate"):
        host.goto(f"{hosts.vote_url}/host/{path}")
        assert violations(host) == []


def test_what_is_hidden_stays_hidden(hosts: System, browse: Opening):
    page = browse(make_estimate(hosts, "secret-estimate", rule="staff"))
    page.get_by_role("textbox", name="Your estimate").fill("7")
    page.get_by_role("button", name="Vote").click()
    expect(page.locator(".send .status")).to_contain_text("Counted")
    manage(hosts, "seal", "secret-estimate")
    for path in ("results/", "present/"):
        shown = browse(f"{hosts.result_url}/p/secret-estimate/{path}", viewport=PROJECTOR)
        expect(shown.locator("[data-voters]").first).to_have_text("1")
        expect(shown.locator(".bars rect")).to_have_count(0)
        assert not ANSWERED.search(shown.content())
    assert "result" not in page.request.get(f"{hosts.vote_url}/p/secret-estimate/results.json").json()

"""A scale, from its host's editor to every page."""

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, make_poll
from tests.browser.test_hosting import hosts, sign_in
from tests.system import System

__all__ = ["hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Scheme = Literal["light", "dark"]
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

PHONE = {"width": 320, "height": 568}
PROJECTOR = {"width": 1920, "height": 1080}
TEN = {"scale": "0-10", "low": "Boring", "high": "Thrilling"}
FIVE = {"scale": "1-5", "low": "Not at all", "high": "Very much"}


HERS = """
from django.contrib.auth.models import User
from polls.models import Poll
Poll.objects.filter(slug={slug!r}).update(owner=User.objects.get(username="ada"))
"""


def make_scale(system: System, slug: str, *statements: str, details: dict[str, str] = FIVE, **fields: Any) -> str:
    """An open poll of this kind; returns the address of its vote page."""
    make_poll(system, slug, *statements, kind="scale", details=details, **fields)
    return f"{system.vote_url}/p/{slug}/"


def point(page: Page, statement: str, name: str) -> Any:
    """The radio button of a point."""
    return page.get_by_role("group", name=statement).get_by_role("radio", name=re.compile(f"^{name}( |$)"))


def press(page: Page, statement: str, name: str) -> None:
    page.get_by_role("group", name=statement).locator(".point", has=page.get_by_text(name, exact=True)).first.click()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_host_writes_statements_and_labels(hosts: System, browse: Opening, scripts: bool):
    page = sign_in(browse, hosts, java_script_enabled=scripts)
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_label("Question").fill(f"How was it, {scripts}?")
    page.get_by_role("button", name="A scale").click()
    expect(page.get_by_label("Question")).to_have_value(f"How was it, {scripts}?")
    for text in ("The food", "The music"):
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.get_by_label("Points").select_option("0-10")
    page.get_by_label("Label of the least point").fill("Boring")
    page.get_by_label("Label of the greatest point").fill("Thrilling")
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    expect(page.locator(".choices .name")).to_have_text(["The food", "The music"])

    slug = f"how-was-it-{scripts}".lower()
    voter = browse(f"{hosts.vote_url}/p/{slug}/")
    expect(voter.locator(".limit")).to_have_text("Rate from 0 (Boring) to 10 (Thrilling).")
    expect(point(voter, "The food", "10")).to_have_accessible_name("10 Thrilling")

    page.goto(f"{hosts.vote_url}/host/{slug}/edit/")
    expect(page.get_by_label("Points")).to_be_disabled()
    page.get_by_label("Label of the least point").fill("Dull")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator(".said")).to_contain_text("Saved.")
    voter.reload()
    expect(voter.locator(".limit")).to_contain_text("(Dull)")


def test_a_phone_has_large_points(hosts: System, browse: Opening):
    phone = browse(make_scale(hosts, "narrow-scale", "A statement", "Another", details=TEN), viewport=PHONE)
    boxes = [place.bounding_box() for place in phone.locator(".point").all()]
    assert all(box is not None and min(box["width"], box["height"]) >= 40 for box in boxes)
    assert fits_in_width(phone)


def test_keys_alone_rate_and_send(hosts: System, browse: Opening):
    page = browse(make_scale(hosts, "keys-scale", "Food", "Music"))
    results = browse(f"{hosts.result_url}/p/keys-scale/results/")
    point(page, "Food", "No answer").focus()
    page.keyboard.press("ArrowLeft")
    expect(point(page, "Food", "5")).to_be_checked()
    page.keyboard.press("4")
    expect(point(page, "Food", "4")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".send .status")).to_contain_text("Counted")
    expect(page.locator(".point.picked")).to_have_count(1)
    expect(results.locator("[data-mean]")).to_have_text(["4.00", "\N{EN DASH}"])
    expect(results.locator(".sentence")).to_have_text("Highest mean: Food, 4.00")

    press(page, "Food", "\N{EN DASH}")
    press(page, "Music", "1")
    page.get_by_role("button", name="Change my vote").click()
    expect(results.locator("[data-mean]")).to_have_text(["\N{EN DASH}", "1.00"])
    expect(results.locator("[data-rated]")).to_have_text(["0", "1"])
    # Screen readers have a table for each.
    expect(results.get_by_role("table", name="Music").get_by_role("row", name="1 1")).to_be_attached()


def test_without_javascript_it_is_a_form(hosts: System, browse: Opening):
    page = browse(make_scale(hosts, "plain-scale", "Food", "Music"), java_script_enabled=False)
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.complaints.clear()  # type: ignore[attr-defined]  # of the 400
    press(page, "Food", "2")
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_role("button", name="Change my vote")).to_be_visible()
    expect(point(page, "Food", "2")).to_be_checked()
    expect(point(page, "Music", "No answer")).to_be_checked()
    results = browse(f"{hosts.result_url}/p/plain-scale/results/", java_script_enabled=False)
    for _ in range(20):
        if results.locator("[data-mean]").first.inner_text() == "2.00":
            break
        results.reload()
    expect(results.locator("[data-mean]")).to_have_text(["2.00", "\N{EN DASH}"])


def test_in_spanish(hosts: System, browse: Opening):
    page = browse(make_scale(hosts, "escala", "La comida"), locale="es")
    press(page, "La comida", "3")
    page.get_by_role("button", name="Votar").click()
    expect(page.locator(".send .status")).to_contain_text("Contado")
    results = browse(f"{hosts.result_url}/p/escala/results/", locale="es")
    expect(results.locator("[data-mean]")).to_have_text("3,00")
    expect(results.locator(".sentence")).to_have_text("Media 3,00, mediana 3")


def test_what_is_hidden_stays_hidden(hosts: System, browse: Opening):
    page = browse(make_scale(hosts, "secret-scale", "Food", "Music", rule="after_close"))
    press(page, "Food", "3")
    page.get_by_role("button", name="Vote").click()
    expect(page.locator(".send .status")).to_contain_text("Counted")
    for path in ("results/", "present/"):
        shown = browse(f"{hosts.result_url}/p/secret-scale/{path}", viewport=PROJECTOR)
        expect(shown.locator("[data-voters]").first).to_have_text("1")
        expect(shown.locator("[data-mean]")).to_have_text(["\N{EN DASH}", "\N{EN DASH}"])
        expect(shown.locator(".spread .filled").first).to_be_hidden()
    answer = page.request.get(f"{hosts.vote_url}/p/secret-scale/results.json").json()
    assert "result" not in answer
    assert {choice["votes"] for choice in answer["choices"]} == {None}


@both_schemes
def test_a_projector_shows_means_and_bars(hosts: System, browse: Opening, scheme: Scheme):
    slug = f"board-{scheme}"
    address = make_scale(hosts, slug, *(f"Statement {number}" for number in range(10)), details=TEN)
    board = browse(
        f"{hosts.result_url}/p/{slug}/present/", viewport=PROJECTOR, color_scheme=scheme, reduced_motion="reduce"
    )
    expect(board.locator(".live")).to_have_attribute("data-live", "live")
    page = browse(address)
    press(page, "Statement 3", "7")
    page.get_by_role("button", name="Vote").click()
    expect(board.locator("[data-mean]").nth(3)).to_have_text("7.00")
    assert violations(board) == []
    assert board.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for label in board.locator(".board li").all():
        assert label.evaluate("row => row.scrollWidth <= row.clientWidth + 1")


@both_schemes
def test_its_pages_are_accessible(hosts: System, browse: Opening, scheme: Scheme):
    slug = f"open-{scheme}"
    page = browse(make_scale(hosts, slug, "Food", "Music"), color_scheme=scheme, reduced_motion="reduce")
    press(page, "Food", "3")
    assert violations(page) == []
    page.get_by_role("button", name="Vote").click()
    expect(page.locator(".send .status")).to_contain_text("Counted")
    assert violations(page) == []
    results = browse(f"{hosts.result_url}/p/{slug}/results/", color_scheme=scheme, reduced_motion="reduce")
    expect(results.locator("[data-mean]").first).to_have_text("3.00")
    assert violations(results) == []
    hosts.run(HERS.format(slug=slug))
    host = sign_in(browse, hosts, color_scheme=scheme, reduced_motion="reduce")
    for path in (f"{slug}/", f"{slug}/edit/", "new/?kind=scale"):
        host.goto(f"{hosts.vote_url}/host/{path}")
        assert violations(host) == []
        assert fits_in_width(host)

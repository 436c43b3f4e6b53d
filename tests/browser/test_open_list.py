"""An open list, from its host's editor to every page."""

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

PHONE = {"width": 360, "height": 740}
PROJECTOR = {"width": 1920, "height": 1080}
HERS = """
from django.contrib.auth.models import User
from polls.models import Poll
Poll.objects.filter(slug={slug!r}).update(owner=User.objects.get(username="ada"))
"""


def make_list(system: System, slug: str, **fields: Any) -> str:
    make_poll(system, slug, kind="open-list", max_choices=50, **fields)
    return f"{system.vote_url}/p/{slug}/"


def write(page: Page, text: str) -> None:
    page.get_by_label("Your entry").fill(text)
    page.keyboard.press("Enter")


def test_entries_come_to_every_page_while_it_is_open(hosts: System, browse: Opening):
    address = make_list(hosts, "live-list")
    ann, bob = browse(address, viewport=PHONE), browse(address)
    results = browse(f"{hosts.result_url}/p/live-list/results/")
    board = browse(f"{hosts.result_url}/p/live-list/present/", viewport=PROJECTOR)
    expect(results.locator(".live")).to_have_attribute("data-live", "live")
    write(ann, "More trees")
    expect(ann.get_by_role("checkbox", name="More trees")).to_be_checked()
    expect(ann.locator(".send .status")).to_contain_text("Counted")
    expect(ann.get_by_label("Your entry")).to_have_value("")
    for page in (results, board):
        expect(page.locator(".name")).to_have_text(["More trees"])

    # With keys alone.
    other = bob.get_by_role("checkbox", name="More trees")
    other.focus()
    bob.keyboard.press("Space")
    bob.get_by_role("button", name="Vote", exact=True).press("Enter")
    expect(bob.locator(".send .status")).to_contain_text("Counted")
    write(bob, "Less noise")
    for page in (results, board):
        expect(page.locator(".name")).to_have_text(["More trees", "Less noise"])
    expect(results.locator(".votes").first).to_have_text("2")
    expect(results.locator(".sentence")).to_contain_text("More trees, picked by 2 of 2 voters")
    expect(ann.get_by_role("checkbox", name="Less noise")).not_to_be_checked()
    ann.reload()
    expect(ann.get_by_role("checkbox", name="More trees")).to_be_checked()
    assert fits_in_width(ann)


def test_what_is_refused_stays_in_the_field(hosts: System, browse: Opening):
    page = browse(make_list(hosts, "strict-list", details={"most": 1}))
    write(page, "My only one")
    expect(page.get_by_role("checkbox", name="My only one")).to_be_checked()
    write(page, "Another")
    expect(page.locator(".entry .problem")).to_have_text("You have written your entry already.")
    expect(page.get_by_label("Your entry")).to_have_value("Another")
    page.complaints.clear()  # type: ignore[attr-defined]  # of the 400


def test_its_writer_sees_an_entry_masked(hosts: System, browse: Opening):
    page = browse(make_list(hosts, "masked-list", details={"masked": "en"}))
    write(page, "No more bullshit")
    expect(page.get_by_role("checkbox", name="No more ********")).to_be_checked()
    expect(page.get_by_label("Your entry")).to_have_value("")


def test_without_javascript_it_is_a_form(hosts: System, browse: Opening):
    page = browse(make_list(hosts, "plain-list"), java_script_enabled=False)
    write(page, "On paper")
    expect(page.get_by_role("checkbox", name="On paper")).to_be_checked()
    results = browse(f"{hosts.result_url}/p/plain-list/results/", java_script_enabled=False)
    for _ in range(20):
        if results.locator(".votes").count() and results.locator(".votes").first.inner_text() == "1":
            break
        results.reload()
    expect(results.locator(".votes")).to_have_text("1")


def test_in_spanish(hosts: System, browse: Opening):
    page = browse(make_list(hosts, "lista", details={"approval": True}), locale="es")
    page.get_by_label("Tu aportación").fill("Más árboles")
    page.keyboard.press("Enter")
    expect(page.locator("#entry-waits")).to_have_text("Tu aportación espera aprobación.")


def test_a_host_approves_and_hides(hosts: System, browse: Opening):
    host = sign_in(browse, hosts)
    host.goto(f"{hosts.vote_url}/host/new/")
    host.get_by_label("Question").fill("What do you ask?")
    host.get_by_role("button", name="Ideas and questions of voters").click()
    host.get_by_label("Entries appear").select_option("True")
    host.get_by_role("button", name="Open the poll").click()
    expect(host.locator(".said")).to_contain_text("Poll opened.")
    voter = browse(f"{hosts.vote_url}/p/what-do-you-ask/")
    results = browse(f"{hosts.result_url}/p/what-do-you-ask/results/")
    write(voter, "How long?")
    expect(voter.locator("#entry-waits")).to_have_text("Your entry waits for approval.")
    expect(results.locator("[data-voters]").first).to_have_text("1")
    expect(results.locator(".name")).to_have_count(0)
    host.get_by_role("button", name="Approve How long?").click()
    expect(results.locator(".name")).to_have_text("How long?")
    expect(voter.get_by_role("checkbox", name="How long?")).to_be_checked()
    host.get_by_role("button", name="Hide How long?").click()
    expect(results.locator(".name")).to_have_count(0)


def test_the_hosts_page_follows_and_keeps_what_the_host_is_doing(hosts: System, browse: Opening):
    address = make_list(hosts, "moderated", details={"most": 5, "approval": True})
    hosts.run(HERS.format(slug="moderated"))
    host, other = sign_in(browse, hosts), sign_in(browse, hosts)
    for page in (host, other):
        page.goto(f"{hosts.vote_url}/host/moderated/")
        expect(page.locator(".entries .none")).to_be_visible()
    voter = browse(address)
    write(voter, "First")
    rows = host.locator(".entries li")
    expect(rows).to_have_count(1)
    expect(host.locator(".entries .none")).to_be_hidden()
    expect(host.locator("[data-news]")).to_have_text("1 new entry, at the end of the list.")
    host.get_by_role("checkbox", name="First").check()
    write(voter, "Second")
    expect(rows.locator(".name")).to_have_text(["First", "Second"])
    host.get_by_role("button", name="Hide Second").focus()
    write(voter, "Third")
    expect(rows.locator(".name")).to_have_text(["First", "Second", "Third"])
    expect(host.get_by_role("checkbox", name="First")).to_be_checked()
    expect(host.get_by_role("button", name="Hide Second")).to_be_focused()
    # What another host does is there, too, where this one is not at work.
    other.get_by_role("button", name="Approve Third").click()
    expect(host.get_by_role("button", name="Approve Third")).to_have_count(0)
    host.get_by_role("checkbox", name="Third").check()
    host.get_by_role("button", name="Merge the ticked entries").click()
    expect(host.locator(".said")).to_contain_text("merged")
    expect(rows).to_have_count(2)


@both_schemes
def test_its_pages_are_accessible(hosts: System, browse: Opening, scheme: Scheme):
    slug = f"look-{scheme}"
    looks = {"color_scheme": scheme, "reduced_motion": "reduce"}
    page = browse(make_list(hosts, slug), viewport=PHONE, **looks)
    assert violations(page) == []
    for text in ("More trees along the way to school and shade at each stop", "Less noise", "x" * 140):
        write(page, text)
        expect(page.get_by_role("checkbox", name=text)).to_be_checked()
    assert violations(page) == []
    assert fits_in_width(page)
    results = browse(f"{hosts.result_url}/p/{slug}/results/", viewport=PHONE, **looks)
    expect(results.locator(".name")).to_have_count(3)
    assert violations(results) == []
    assert fits_in_width(results)
    board = browse(f"{hosts.result_url}/p/{slug}/present/", viewport=PROJECTOR, **looks)
    expect(board.locator(".board .name")).to_have_count(3)
    assert violations(board) == []
    assert board.evaluate("document.documentElement.scrollHeight <= innerHeight")
    hosts.run(HERS.format(slug=slug))
    host = sign_in(browse, hosts, **looks)
    for path in (f"{slug}/", f"{slug}/edit/", "new/?kind=open-list"):
        host.goto(f"{hosts.vote_url}/host/{path}")
        assert violations(host) == []
        assert fits_in_width(host)

"""A ranked poll, from its host's editor to every page."""

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, make_poll
from tests.browser.test_hosting import hosts, sign_in
from tests.system import System

__all__ = ["hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])
Scheme = Literal["light", "dark"]

PHONE = {"width": 320, "height": 568}
PROJECTOR = {"width": 1920, "height": 1080}
CAPITALS = ("Memphis", "Nashville", "Chattanooga", "Knoxville")
#: The four capitals of Tennessee that textbooks vote on: the last of the first round wins nothing, the third wins all.
BALLOTS = """
from uuid import uuid4
from polls.box.casts import Cast, Entry, new_cast_id
from polls.counting import tally
from polls.models import Poll, Tally
from polls.results import broadcast
poll = Poll.objects.get(slug={slug!r})
ids = list(poll.choices.values_list("pk", flat=True))
orders = [[ids[int(at)] for at in order] for order, times in {ballots!r} for _ in range(times)]
casts = [Cast(new_cast_id(), uuid4(), tuple(order), 1) for order in orders]
tally.count_batch(poll.pk, 1, [Entry(f"{{n}}-0", cast.dump().encode()) for n, cast in enumerate(casts, 1)])
broadcast.publish(poll.pk)
"""
TENNESSEE = [("0123", 42), ("1230", 26), ("2310", 15), ("3210", 17)]


def make_ranked(system: System, slug: str, *texts: str, **fields: Any) -> str:
    """An open poll of this kind; returns the address of its vote page."""
    make_poll(system, slug, *(texts or CAPITALS), kind="rank", **{"max_choices": len(texts or CAPITALS), **fields})
    return f"{system.vote_url}/p/{slug}/"


def count(system: System, slug: str, ballots: list[tuple[str, int]]) -> None:
    """Count so many ballots of each order of places."""
    system.run(BALLOTS.format(slug=slug, ballots=ballots))


def row(page: Page, name: str) -> Any:
    return page.locator(".place-row", has_text=name)


def order(page: Page) -> list[str]:
    """The rows that have a place, from top to bottom."""
    return page.locator(".place-row:has(:checked) bdi").all_inner_texts()


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page where RANK_PICTURES names a folder."""
    if folder := os.environ.get("RANK_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


# The ballot -----------------------------------------------------------------------------------------------------------


def test_a_host_asks_for_an_order_and_a_voter_gives_one(hosts: System, browse: Opening):
    page = sign_in(browse, hosts)
    page.goto(f"{hosts.vote_url}/host/new/?kind=rank")
    page.get_by_label("Question").fill("Which capital?")
    for text in CAPITALS:
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    expect(page.get_by_text("Voters rank all of up to 7 choices")).to_be_visible()
    picture(page, "editor")
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")

    phone = browse(f"{hosts.vote_url}/p/which-capital/", viewport=PHONE)
    expect(phone.locator(".limit")).to_have_text("Rank up to 4, the best one first.")
    phone.get_by_role("button", name="Vote").click()
    expect(phone.get_by_text("Rank at least one choice first.")).to_be_visible()
    for name in ("Knoxville", "Memphis", "Nashville"):
        row(phone, name).locator(".name").click()
    assert order(phone) == ["Knoxville", "Memphis", "Nashville"]
    row(phone, "Nashville").get_by_role("button", name="up").click()
    row(phone, "Knoxville").get_by_role("button", name="down").click()
    expect(phone.locator(".hear")).to_have_text("Knoxville: place 2 of 3.")
    assert order(phone) == ["Nashville", "Knoxville", "Memphis"]
    row(phone, "Memphis").locator(".name").click()
    picture(phone, "ballot-phone")
    assert fits_in_width(phone)
    phone.get_by_role("button", name="Vote").click()
    expect(phone.locator(".send .status")).to_contain_text("Counted")
    picture(phone, "voted-phone")

    row(phone, "Knoxville").get_by_role("button", name="up").click()
    phone.get_by_role("button", name="Change my vote").click()
    expect(phone.locator(".send .status")).to_contain_text("Counted")
    phone.reload()
    assert order(phone) == ["Knoxville", "Nashville"]

    page.reload()
    expect(page.locator(".choices .name")).to_have_text([*CAPITALS])
    picture(page, "host")


def test_keys_alone_rank_and_send(hosts: System, browse: Opening):
    page = browse(make_ranked(hosts, "by-keys"))
    boxes = page.locator(".ranking input")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("D")
    page.keyboard.press("C")
    assert order(page) == ["Memphis", "Knoxville", "Chattanooga"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert order(page) == ["Knoxville", "Chattanooga", "Memphis"]
    page.keyboard.press("Shift+Tab")  # the buttons of the row above
    page.keyboard.press("Enter")
    assert order(page) == ["Knoxville", "Memphis", "Chattanooga"]
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Vote").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".send .status")).to_contain_text("Counted")


def test_a_row_follows_the_pointer(hosts: System, browse: Opening):
    page = browse(make_ranked(hosts, "by-pointer"))
    for name in CAPITALS[:3]:
        row(page, name).locator(".name").click()
    grip, target = row(page, "Memphis").locator(".place"), row(page, "Chattanooga").locator(".place")
    start, end = grip.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 10, end["y"] + 40, steps=5)
    page.mouse.up()
    assert order(page) == ["Nashville", "Chattanooga", "Memphis"]


def test_without_javascript_numbers_are_given(hosts: System, browse: Opening):
    page = browse(make_ranked(hosts, "no-scripts"), java_script_enabled=False)
    expect(page.locator(".ranking")).to_be_hidden()
    page.get_by_label("Nashville", exact=True).select_option("1")
    page.get_by_label("Memphis", exact=True).select_option("1")
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_text("Give each place to one choice.")).to_be_visible()
    page.complaints.clear()  # type: ignore[attr-defined]  # the refusal's 400
    page.get_by_label("Memphis", exact=True).select_option("4")
    picture(page, "no-scripts")
    page.get_by_role("button", name="Vote").click()
    expect(page.locator(".send .status")).to_contain_text(re.compile("Received|Counted"))
    expect(page.get_by_label("Memphis", exact=True)).to_have_value("2")


# The result -----------------------------------------------------------------------------------------------------------


def test_the_rounds_are_drawn_alike_by_server_and_script(hosts: System, browse: Opening):
    make_ranked(hosts, "tennessee")
    count(hosts, "tennessee", TENNESSEE)
    address = f"{hosts.result_url}/p/tennessee/results/"
    plain, live = browse(address, java_script_enabled=False), browse(address)
    expect(live.locator(".live")).to_contain_text("live")
    expect(live.locator(".sentence")).to_have_text("In the lead: Knoxville, 58 of 100 votes in round 3")
    expect(live.locator(".rounds li")).to_have_text(
        [
            "Out: Chattanooga, 15. Next choices: Knoxville 15.",
            "Out: Nashville, 26. Next choices: Knoxville 26.",
            "Knoxville: 58 of 100.",
        ]
    )
    for part in (".flow", ".rounds", ".borda tbody"):
        assert shape(plain, part) == shape(live, part)
    count(hosts, "tennessee", [("0", 60)])
    expect(live.locator(".sentence")).to_have_text("In the lead: Memphis, 102 of 160 votes in round 1")
    expect(live.locator(".rounds li")).to_have_count(1)


def shape(page: Page, selector: str) -> str:
    """Elements, attributes and texts, without the white space of templates."""
    return str(
        page.locator(selector).evaluate(
            """root => [...root.querySelectorAll("*")].map((each) => [each.localName,
              ...[...each.attributes].map(({ name, value }) => `${name}=${value}`).sort(),
              each.childElementCount ? "" : each.textContent.trim()].join(" ")).join("\\n")"""
        )
    )


@both_schemes
def test_results_are_accessible_and_fit(hosts: System, browse: Opening, scheme: Scheme):
    slug = f"fits-{scheme}"
    make_ranked(hosts, slug)
    count(hosts, slug, TENNESSEE)
    options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    for name, viewport in (("phone", PHONE), ("desktop", {"width": 1280, "height": 800})):
        for path, host in (("", hosts.vote_url), ("results/", hosts.result_url)):
            page = browse(f"{host}/p/{slug}/{path}", viewport=viewport, **options)
            assert fits_in_width(page)
            assert violations(page) == []
            picture(page, f"{path[:-1] or 'vote'}-{name}-{scheme}")
    screen = browse(f"{hosts.result_url}/p/{slug}/present/", viewport=PROJECTOR, **options)
    expect(screen.locator(".flow rect").first).to_be_visible()
    assert violations(screen) == []
    sizes = screen.locator(".flow text").evaluate_all("all => all.map((e) => parseFloat(getComputedStyle(e).fontSize))")
    assert min(sizes) >= 24
    boxes = screen.locator(".flow g:first-of-type text").evaluate_all(
        "all => all.map((e) => e.getBoundingClientRect().toJSON())"
    )
    assert all(above["bottom"] <= below["top"] + 2 for above, below in pairwise(boxes))
    picture(screen, f"projector-{scheme}")


def test_the_pages_speak_spanish(hosts: System, browse: Opening):
    slug = "en-espanol"
    make_ranked(hosts, slug)
    count(hosts, slug, TENNESSEE)
    page = browse(f"{hosts.result_url}/p/{slug}/results/", locale="es")
    expect(page.locator(".rounds li").first).to_contain_text("Fuera: Chattanooga, 15.")
    expect(page.locator(".borda caption")).to_have_text("Otras formas de contar")

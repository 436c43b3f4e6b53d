"""The score of an event: nicknames on phones, points after each quiz, and who leads on the projector."""

import json
import urllib.request
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, close
from tests.browser.test_open_list import PHONE, PROJECTOR
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EVENT = """
from polls.lifecycle import events, transitions
from polls.models import Event
event = Event.objects.create(slug={slug!r}, title="Quiz night", scores=True)
for name in ("one", "two"):
    poll = transitions.create_poll(
        ("Bern", "Basel"), right=[0], slug=f"{slug}-{{name}}", question=f"Which city is number {{name}}?"
    )
    events.add(event.pk, [poll.pk])
events.put_on(event.pk, event.places.all()[0].poll_id)
"""
ON = """
from polls.lifecycle import events
from polls.models import Event, Poll
events.put_on(Event.objects.get(slug={slug!r}).pk, Poll.objects.get(slug={poll!r}).pk)
"""


def make_event(system: System, slug: str) -> str:
    system.run(EVENT.format(slug=slug))
    return f"{system.vote_url}/e/{slug}/"


def play(browse: Opening, address: str, nickname: str, **options: Any) -> Page:
    page = browse(address, viewport=PHONE, **options)
    page.get_by_label("Your nickname in this event").fill(nickname)
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/**")
    return page


def pick(page: Page, text: str) -> None:
    page.get_by_role("button", name=text).first.click()
    expect(page.get_by_text("Counted").first).to_be_visible()


def end(system: System, slug: str) -> None:
    """Close a poll, and wait until it is final."""
    close(system, slug)

    def is_final() -> bool:
        with urllib.request.urlopen(f"{system.vote_url}/p/{slug}/results.json", timeout=20) as answer:
            return bool(json.load(answer)["poll"]["state"] == "final")

    eventually(is_final, what=f"{slug} is final")


def test_points_over_an_event(system: System, browse: Opening):
    address = make_event(system, "night")
    ann, bob = play(browse, address, "Ann"), browse(address, viewport=PHONE)
    bob.get_by_label("Your nickname in this event").fill("ann")
    bob.keyboard.press("Enter")
    expect(bob.get_by_label("Your nickname in this event")).to_have_value("ann 2")
    expect(bob.get_by_role("alert")).to_contain_text("Somebody else is called ann here.")
    bob.complaints.clear()  # type: ignore[attr-defined]  # of the 400
    bob.get_by_role("button", name="Play").press("Enter")
    bob.wait_for_url("**/p/**")
    board = browse(f"{system.result_url}/p/night-one/present/", viewport=PROJECTOR)
    pick(ann, "Bern")
    pick(bob, "Basel")
    expect(board.locator(".scores li")).to_have_count(0)
    end(system, "night-one")
    expect(board.locator(".scores li")).to_have_count(1)
    expect(board.locator(".scores li")).to_contain_text("Ann")
    assert board.evaluate("document.documentElement.scrollHeight <= innerHeight")
    around, row = board.locator(".join").bounding_box(), board.locator(".scores li").bounding_box()
    assert around is not None
    assert row is not None
    frame = board.locator(".scores").bounding_box()
    assert frame is not None
    assert row["y"] + row["height"] <= frame["y"] + frame["height"] + 1
    assert around["x"] <= row["x"]
    assert row["x"] + row["width"] <= around["x"] + around["width"] + 1

    # The phones go on by themselves: nobody is asked again.
    system.run(ON.format(slug="night", poll="night-two"))
    for page in (ann, bob):
        page.wait_for_url("**/p/night-two/**")
        pick(page, "Bern")
    end(system, "night-two")
    ann.get_by_role("link", name="Score").click()
    expect(ann.locator(".headline")).to_have_text("Ann: 2 of 2 right")
    expect(ann.locator(".leaders .name")).to_have_text(["Ann", "ann 2"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_javascript_and_in_spanish(system: System, browse: Opening, scheme: Literal["light", "dark"]):
    address = make_event(system, f"noche-{scheme}")
    looks = {"viewport": {"width": 320, "height": 640}, "color_scheme": scheme, "locale": "es"}
    page = browse(address, java_script_enabled=False, **looks)
    page.get_by_label("Tu apodo en este evento").fill("x" * 31)
    page.get_by_role("button", name="Participar").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Un apodo tiene de 1 a 30 letras.")
    page.complaints.clear()  # type: ignore[attr-defined]  # of the 400
    page.get_by_label("Tu apodo en este evento").fill("x" * 30)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Bern").click()
    end(system, f"noche-{scheme}-one")
    page.goto(f"{address}score/")
    expect(page.locator(".leaders .name")).to_have_text(["x" * 30])
    other = browse(f"{address}score/", **looks)
    for each in (
        other,
        browse(f"{system.result_url}/p/noche-{scheme}-one/present/", **{**looks, "viewport": PROJECTOR}),
    ):
        expect(each.locator(".leaders .name")).to_have_text(["x" * 30])
        assert violations(each) == []
        assert fits_in_width(each)

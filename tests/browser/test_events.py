"""An event: the audience follows its host from poll to poll, with either store down too, and loses no ballot by it."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, within_a_second, without
from tests.browser.test_presenter import PROJECTOR, sign_in
from tests.browser.test_voting import half
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
_EVENT = """
from django.contrib.auth.models import User
from polls.lifecycle import events, transitions
from polls.models import Event
admin = User.objects.get(username="admin")
event = Event.objects.create(slug={slug!r}, title="Our {slug}", owner=admin, **{fields!r})
for name in ("first", "second", "third"):
    texts = ("Yes", "No") if name != "second" else ("Tea", "Coffee", "Water")
    poll = transitions.create_poll(
        texts, slug=f"{slug}-{{name}}", question=f"The {{name}} question?", owner=admin,
        max_choices=1 if name != "second" else 2, is_listed=False,
    )
    events.add(event.pk, [poll.pk])
    if {opened!r}:
        transitions.open_poll(poll.pk)
"""


def make_event(system: System, slug: str, *, opened: bool = False, **fields: bool) -> None:
    """An event of three polls, the second of which takes two choices."""
    system.run(_EVENT.format(slug=slug, opened=opened, fields=fields))


def host_at(system: System, browse: Opening, slug: str, **options: object) -> Page:
    """The host's page of the event."""
    page = browse("about:blank", viewport=DESKTOP, reduced_motion="reduce", **options)
    sign_in(system, page)
    page.goto(f"{system.vote_url}/host/events/{slug}/")
    return page


def phone_at(system: System, browse: Opening, slug: str, **options: object) -> Page:
    """A phone of the audience."""
    return browse(f"{system.vote_url}/e/{slug}/", viewport=PHONE, reduced_motion="reduce", **options)


def put_on(host: Page, name: str) -> None:
    host.get_by_role("button", name=f"Put on: The {name} question?").click()
    expect(host.locator(".said")).to_contain_text("is on now")


def asks(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"The {name} question?")


def within_two_seconds(step: Callable[[], None], arrived: Callable[[], None]) -> float:
    """Return the seconds from a step that is made until it has arrived: half of them, for `within_a_second`."""
    step()
    began = time.monotonic()
    arrived()
    return (time.monotonic() - began) / 2


def test_phones_follow_the_host(system: System, browse: Opening) -> None:
    make_event(system, "walk")
    phone, host = phone_at(system, browse, "walk"), host_at(system, browse, "walk")
    expect(phone.get_by_text("It begins soon.")).to_be_visible()
    host.get_by_role("button", name="Next: The first question?").click()
    asks(phone, "first")
    expect(phone.get_by_text("Question 1 of 3")).to_be_visible()
    half(phone, "A").click()
    expect(phone.locator(".picked .status")).to_contain_text("Counted")
    host.get_by_role("button", name="Next: The second question?").click()
    asks(phone, "second")
    host.get_by_role("button", name="Show none").click()
    expect(phone.get_by_text("It goes on soon.")).to_be_visible()
    expect(phone.get_by_role("link", name="The second question?")).to_be_visible()
    expect(phone.get_by_text("Question 3 of 3")).to_be_visible()


def test_who_looks_at_another_poll_stays_until_the_host_goes_on(system: System, browse: Opening) -> None:
    make_event(system, "stay")
    host = host_at(system, browse, "stay")
    put_on(host, "first")
    put_on(host, "second")
    reader = browse(f"{system.result_url}/p/stay-first/results/", viewport=PHONE)
    expect(reader.locator(".live")).to_have_attribute("data-live", re.compile("live|final"))
    asks(reader, "first")
    put_on(host, "third")
    asks(reader, "third")
    expect(reader).to_have_url(re.compile("/p/stay-third/results/"))


def test_a_half_filled_ballot_is_asked_about(system: System, browse: Opening) -> None:
    make_event(system, "half")
    phone, host = phone_at(system, browse, "half"), host_at(system, browse, "half")
    put_on(host, "second")
    asks(phone, "second")
    tea = phone.get_by_role("checkbox", name="Tea")
    tea.check(force=True)
    put_on(host, "third")
    gone = phone.locator("[data-gone]")
    expect(gone).to_contain_text("What you picked here is not sent yet.")
    asks(phone, "second")
    expect(tea).to_be_checked()
    assert violations(phone) == []
    gone.get_by_role("link", name="Go on").click()
    asks(phone, "third")


def test_an_emptied_ballot_is_asked_about_no_more(system: System, browse: Opening) -> None:
    make_event(system, "empty", closes_last=False)
    phone, host = phone_at(system, browse, "empty"), host_at(system, browse, "empty")
    put_on(host, "second")
    asks(phone, "second")
    phone.get_by_role("checkbox", name="Tea").check(force=True)
    put_on(host, "third")
    expect(phone.locator("[data-gone]")).to_be_visible()
    phone.get_by_role("button", name="Vote").click()
    asks(phone, "third")


def test_the_projector_steps_by_keys(system: System, browse: Opening) -> None:
    make_event(system, "stage")
    phone = phone_at(system, browse, "stage")
    projector = browse("about:blank", viewport=PROJECTOR, reduced_motion="reduce")
    sign_in(system, projector)
    projector.goto(f"{system.result_url}/e/stage/present/")
    expect(projector.get_by_role("heading", name="Our stage")).to_be_visible()
    assert violations(projector) == []
    follower = browse(f"{system.result_url}/e/stage/present/", viewport=PROJECTOR, reduced_motion="reduce")
    projector.keyboard.press("ArrowRight")
    for page in (projector, phone, follower):
        asks(page, "first")
    expect(projector.locator(".live")).to_have_attribute("data-live", "live")
    projector.keyboard.press("ArrowRight")
    for page in (projector, phone, follower):
        asks(page, "second")
    projector.keyboard.press("PageUp")
    for page in (projector, phone, follower):
        asks(page, "first")
    expect(projector.locator("main")).to_have_attribute("data-state", re.compile("sealing|final"))


def order(host: Page) -> list[str]:
    return [text.split()[1] for text in host.locator(".running-order .name").all_inner_texts()]


def handle(host: Page, name: str) -> Locator:
    return host.get_by_role("button", name=f"Move: The {name} question?")


def test_polls_are_moved_by_keys_and_by_dragging(system: System, browse: Opening) -> None:
    make_event(system, "order")
    host = host_at(system, browse, "order")
    handle(host, "third").focus()
    with host.expect_response(re.compile("/order/$")):
        for key in ("Space", "ArrowUp", "ArrowUp", "Space"):
            host.keyboard.press(key)
    expect(host.locator("[data-announce]")).to_have_text("The third question? is put down at place 1 of 3.")
    expect(handle(host, "third")).to_be_focused()
    expect(host.get_by_role("button", name="Next: The third question?")).to_be_visible()
    above = handle(host, "third").bounding_box()
    assert above is not None
    handle(host, "second").hover()
    host.mouse.down()
    host.mouse.move(above["x"] + 5, above["y"], steps=5)
    with host.expect_response(re.compile("/order/$")):
        host.mouse.up()
    assert order(host) == ["second", "third", "first"]
    host.reload()
    assert order(host) == ["second", "third", "first"]


def test_without_javascript_one_goes_on_by_links(system: System, browse: Opening) -> None:
    make_event(system, "plain")
    phone = phone_at(system, browse, "plain", java_script_enabled=False)
    host = browse("about:blank", viewport=DESKTOP, java_script_enabled=False)
    sign_in(system, host)
    host.goto(f"{system.vote_url}/host/events/plain/")
    host.get_by_role("button", name="Move down: The first question?").click()
    assert order(host) == ["second", "first", "third"]
    put_on(host, "first")
    phone.get_by_role("link", name="Load this page again").click()
    asks(phone, "first")
    half(phone, "A").click()
    put_on(host, "third")
    phone.get_by_role("link", name="Go on to what is shown now").click()
    asks(phone, "third")


def test_phones_come_to_the_list_when_it_becomes_self_paced(system: System, browse: Opening) -> None:
    make_event(system, "freed", opened=True)
    host = host_at(system, browse, "freed")
    phone = phone_at(system, browse, "freed")
    host.get_by_role("button", name="Next: The first question?").click()
    expect(phone.locator("h1")).to_have_text("The first question?")
    host.get_by_label("Self-paced: people see a list of the open polls").check()
    host.get_by_role("button", name="Save").click()
    expect(phone.locator(".list li")).to_have_count(3)
    # From there each goes on alone, and stays.
    phone.get_by_role("link", name="The first question?").click()
    expect(phone.locator(".event-strip")).to_contain_text("All questions")
    half(phone, "A").click()
    expect(phone.locator(".picked .status")).to_contain_text("Counted")


def test_a_self_paced_event_is_a_list(system: System, browse: Opening) -> None:
    make_event(system, "own-pace", opened=True, self_paced=True)
    phone = phone_at(system, browse, "own-pace")
    phone.get_by_role("link", name="The first question?").click()
    half(phone, "B").click()
    expect(phone.locator(".picked .status")).to_contain_text("Counted")
    phone.get_by_role("link", name="All questions").click()
    expect(phone.locator(".list li").first).to_contain_text("You have voted")
    expect(phone.get_by_text("not answered yet")).to_have_count(2)
    assert violations(phone) == []


def test_without_redis_phones_follow_within_two_seconds(system: System, browse: Opening) -> None:
    make_event(system, "no-redis", closes_last=False)
    phone, host = phone_at(system, browse, "no-redis"), host_at(system, browse, "no-redis")
    put_on(host, "first")
    asks(phone, "first")
    names = ["second", "third", "first", "second", "third"]

    def step() -> float:
        name = names.pop(0)
        return within_two_seconds(lambda: put_on(host, name), lambda: asks(phone, name))

    with without(system, "redis"):
        within_a_second(step)
        half(phone, "A").or_(phone.get_by_role("checkbox", name="Tea")).first.click(force=True)


def test_without_postgres_a_step_is_refused_and_phones_keep_all(system: System, browse: Opening) -> None:
    make_event(system, "no-db")
    phone, host = phone_at(system, browse, "no-db"), host_at(system, browse, "no-db")
    put_on(host, "first")
    asks(phone, "first")
    with without(system, "db"):
        host.get_by_role("button", name="Put on: The third question?").click()
        expect(host.locator("body")).to_contain_text("The database can't be reached just now. Try again in a moment.")
        half(phone, "A").click()
        expect(phone.locator(".picked .status")).to_contain_text("Received")
        phone.goto(f"{system.vote_url}/e/no-db/")
        asks(phone, "first")
        expect(phone.get_by_text("Question 1 of 3")).to_be_visible()
        host.complaints.clear()  # type: ignore[attr-defined]
    expect(phone.locator(".picked .status")).to_contain_text("Counted")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_an_event_is_accessible(system: System, browse: Opening, scheme: str) -> None:
    slug = f"all-{scheme}"
    make_event(system, slug)
    host = host_at(system, browse, slug, color_scheme=scheme)
    phone = phone_at(system, browse, slug, color_scheme=scheme)
    assert (violations(phone), violations(host)) == ([], [])
    put_on(host, "first")
    asks(phone, "first")
    assert (violations(phone), violations(host)) == ([], [])
    for page in ("", f"{slug}/join/", f"{slug}/results/", f"{slug}/delete/"):
        host.goto(f"{system.vote_url}/host/events/{page}")
        assert violations(host) == [], page
    host.set_viewport_size({"width": 1920, "height": 1080})
    host.goto(f"{system.result_url}/p/{slug}-first/present/")
    assert violations(host) == []

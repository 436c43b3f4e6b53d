"""Voting as people do it."""

import re
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import (
    Opening,
    expect_totals,
    make_poll,
    manage,
    settled_totals,
    totals,
    within_a_second,
)
from tests.system import System
from tests.waiting import eventually

pytestmark = pytest.mark.browser

CATS_AND_DOGS = "/p/cats-vs-dogs/"


def half(page: Page, letter: str) -> Locator:
    return page.locator(".option").filter(has=page.locator(".letter", has_text=re.compile(f"^{letter}$")))


def status(page: Page) -> Locator:
    return page.locator(".picked .status")


@pytest.fixture
def paused_worker(system: System) -> Iterator[Callable[[], object]]:
    """Nothing is counted, until the test says so by calling it."""
    system.kill("worker-1", signal.SIGSTOP)
    yield lambda: system.kill("worker-1", signal.SIGCONT)
    system.kill("worker-1", signal.SIGCONT)


def test_a_vote_in_one_window_moves_the_other_within_a_second(system: System, browse: Opening) -> None:
    screen = browse(f"{system.result_url}{CATS_AND_DOGS}results/")
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")

    def vote() -> float:
        before = settled_totals(system)
        phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")
        began = time.monotonic()
        half(phone, "A").click()
        cats = screen.locator("[data-choice]").first.locator(".votes")
        expect(cats).to_have_text(str(before["Cats"] + 1))
        took = time.monotonic() - began
        expect(screen.locator("[data-voters]")).to_have_text(str(sum(before.values()) + 1))
        expect_totals(system, before | {"Cats": before["Cats"] + 1})
        return took

    within_a_second(vote)


def test_a_vote_is_received_before_it_is_counted(
    system: System, browse: Opening, paused_worker: Callable[[], object]
) -> None:
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")

    half(phone, "B").click()
    expect(status(phone)).to_contain_text("Received")
    paused_worker()

    expect(status(phone)).to_contain_text(re.compile(r"Counted . receipt \w{3}-\w{3}"))


def test_a_changed_mind_counts_once(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")

    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")
    half(phone, "B").click()
    expect(half(phone, "B")).to_have_attribute("aria-pressed", "true")
    expect(status(phone)).to_contain_text("Counted")

    expect_totals(system, {"Cats": before["Cats"], "Dogs": before["Dogs"] + 1})


def test_a_page_that_is_loaded_again_shows_the_present_choice(system: System, browse: Opening) -> None:
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")
    half(phone, "B").click()
    expect(status(phone)).to_contain_text("Counted")
    receipt = status(phone).inner_text()

    phone.reload()

    expect(half(phone, "B")).to_have_attribute("aria-pressed", "true")
    assert status(phone).inner_text() == receipt


def test_it_works_without_javascript(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}", java_script_enabled=False)

    half(phone, "A").click()
    expect(half(phone, "A")).to_have_attribute("aria-pressed", "true")
    eventually(lambda: totals(system)["Cats"] == before["Cats"] + 1, what="one more for Cats")
    phone.reload()
    expect(status(phone)).to_contain_text("Counted")

    phone.goto(f"{system.result_url}{CATS_AND_DOGS}results/")
    expect(phone.locator("[data-choice]").first.locator(".votes")).to_have_text(str(before["Cats"] + 1))


def test_a_vote_that_waits_fits_a_phone_without_javascript(
    system: System, browse: Opening, paused_worker: Callable[[], object]
) -> None:
    make_poll(system, "narrow", "Yes", "No")
    window: ViewportSize = {"width": 320, "height": 640}
    phone = browse(f"{system.vote_url}/p/narrow/", java_script_enabled=False, viewport=window)
    half(phone, "A").click()
    expect(phone.locator(".foot noscript")).to_be_attached()
    sizes = "({ scrollWidth, scrollHeight }) => [scrollWidth, scrollHeight]"
    assert phone.locator("html").evaluate(sizes) == [320, 640]


def test_the_keyboard_alone_will_do(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")

    for _ in range(4):  # the mark, the language, A, B
        phone.keyboard.press("Tab")
    expect(half(phone, "B")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(status(phone)).to_contain_text("Counted")
    phone.keyboard.press("a")
    expect(half(phone, "A")).to_have_attribute("aria-pressed", "true")

    expect_totals(system, {"Cats": before["Cats"] + 1, "Dogs": before["Dogs"]})


@pytest.mark.slow
def test_the_keyboard_alone_will_do_without_javascript(
    system: System, browse: Opening, paused_worker: Callable[[], object]
) -> None:
    make_poll(system, "by-keys", "Left", "Right")
    phone = browse(f"{system.vote_url}/p/by-keys/", java_script_enabled=False)
    for _ in range(3):  # the mark, the language, A
        phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect(status(phone)).to_contain_text("Received")
    again = phone.get_by_role("link", name="Load this page again to see whether your vote is counted.")
    expect(again).to_be_visible()

    paused_worker()
    eventually(lambda: totals(system, "by-keys") == {"Left": 1, "Right": 0}, what="the vote is counted")
    for _ in range(6):  # the mark, the language, A, B, the result, and this link
        phone.keyboard.press("Tab")
    expect(again).to_be_focused()
    phone.keyboard.press("Enter")

    expect(status(phone)).to_contain_text("Counted")
    expect(again).to_have_count(0)


def test_a_vote_made_offline_is_kept_and_sent(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}")
    expect(half(phone, "A")).to_be_visible()
    phone.context.set_offline(True)

    half(phone, "A").click()
    expect(phone.get_by_role("heading", name="Saved, will send when online")).to_be_visible()
    assert totals(system) == before
    phone.context.set_offline(False)

    expect(status(phone)).to_contain_text("Counted")
    expect_totals(system, before | {"Cats": before["Cats"] + 1})


def test_a_vote_that_a_busy_server_refused_is_sent_again(system: System, browse: Opening) -> None:
    before = settled_totals(system)
    phone = browse("about:blank")
    posts: list[Route] = []
    phone.route(f"**{CATS_AND_DOGS}", lambda route: posts.append(route) if is_post(route) else route.continue_())
    phone.goto(f"{system.vote_url}{CATS_AND_DOGS}")

    half(phone, "A").click()
    wait_for_posts(phone, posts, 1)
    busy = {"status": "not_recorded", "busy": True, "detail": "The site is very busy right now."}
    posts[0].fulfill(status=503, headers={"Retry-After": "1"}, json=busy)
    expect(phone.get_by_role("heading", name="Saved, will send when online")).to_be_visible()
    wait_for_posts(phone, posts, 2)
    posts[1].continue_()

    expect(status(phone)).to_contain_text("Counted")
    phone.complaints.clear()  # type: ignore[attr-defined]  # the 503 itself
    expect_totals(system, before | {"Cats": before["Cats"] + 1})


@pytest.mark.parametrize("lost", ["first", "second"])
def test_of_two_attempts_at_once_one_that_gets_through_will_do(system: System, browse: Opening, lost: str) -> None:
    """The network comes back while an attempt is on its way: it may be lost in the old network, or get through."""
    before = settled_totals(system)
    phone = browse("about:blank")
    phone.clock.install()
    posts: list[Route] = []
    phone.route(f"**{CATS_AND_DOGS}", lambda route: posts.append(route) if is_post(route) else route.continue_())
    phone.goto(f"{system.vote_url}{CATS_AND_DOGS}")

    half(phone, "A").click()
    wait_for_posts(phone, posts, 1)
    posts[0].abort()
    expect(phone.get_by_role("heading", name="Saved, will send when online")).to_be_visible()
    wait_for_posts(phone, posts, 2)
    phone.evaluate("dispatchEvent(new Event('online'))")
    wait_for_posts(phone, posts, 3)
    first, second = posts[1:]
    with phone.expect_event("requestfailed"):
        (first if lost == "first" else second).abort()
    (second if lost == "first" else first).continue_()
    expect(status(phone)).to_contain_text("Counted")

    phone.clock.run_for(60_000)
    expect(status(phone)).to_be_visible()
    assert len(posts) == 3
    expect_totals(system, before | {"Cats": before["Cats"] + 1})


def is_post(route: Route) -> bool:
    return route.request.method == "POST"


def wait_for_posts(page: Page, posts: list[Route], count: int) -> None:
    # Playwright tells of requests only while it is asked something.
    eventually(lambda: page.evaluate("true") and len(posts) == count, what=f"{count} votes that were sent")


def test_several_choices_are_sent_with_a_button(system: System, browse: Opening) -> None:
    make_poll(system, "build", "Trains", "Night buses", "A cycle road", max_choices=2)
    phone = browse(f"{system.vote_url}/p/build/")

    half(phone, "A").click()
    half(phone, "C").click()
    expect(half(phone, "B").locator("input")).to_be_disabled()
    phone.get_by_role("button", name="Vote").click()
    expect(phone.locator(".send .status")).to_contain_text("Counted")
    expect(phone.get_by_role("button", name="Change my vote")).to_be_visible()

    expect_totals(system, {"Trains": 1, "Night buses": 0, "A cycle road": 1}, "build")


def test_a_vote_opens_no_second_socket_if_all_see_the_result(system: System, browse: Opening) -> None:
    sockets: list[object] = []
    phone = browse("about:blank")
    phone.on("websocket", lambda socket: sockets.append(socket))
    phone.goto(f"{system.vote_url}{CATS_AND_DOGS}")

    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")

    assert len(sockets) == 1


def test_a_hidden_result_is_shown_to_those_who_have_voted(system: System, browse: Opening) -> None:
    make_poll(system, "secret", "Yes", "No", rule="after_vote")
    screen = browse(f"{system.result_url}/p/secret/results/")
    phone = browse(f"{system.vote_url}/p/secret/")

    half(phone, "A").click()

    expect(half(phone, "A").locator(".share")).to_have_text("100%")
    expect(screen.locator("[data-voters]")).to_have_text("1")
    expect(screen.locator(".percent").first).to_have_text("\u2013")


@pytest.mark.slow
@pytest.mark.parametrize("max_choices", [1, 2])
def test_rows_show_the_shares_to_those_who_have_voted(system: System, browse: Opening, max_choices: int) -> None:
    slug = f"rows-{max_choices}"
    make_poll(system, slug, "Tea", "Coffee", "Milk", max_choices=max_choices, rule="after_vote")
    phone = browse(f"{system.vote_url}/p/{slug}/")
    expect(phone.locator(".share")).to_have_text(["", "", ""])

    half(phone, "B").click()
    if max_choices > 1:
        phone.get_by_role("button", name="Vote").click()

    expect(phone.locator(".share")).to_have_text(["0%", "100%", "0%"])


@pytest.mark.slow
@pytest.mark.parametrize("max_choices", [1, 2])
@pytest.mark.parametrize("texts", [("Tea", "Coffee"), ("Tea", "Coffee", "Milk")], ids=len)
def test_the_ballot_is_the_same_without_javascript(
    system: System, browse: Opening, texts: tuple[str, ...], max_choices: int
) -> None:
    slug = f"same-{len(texts)}-{max_choices}"
    make_poll(system, slug, *texts, max_choices=max_choices, rule="after_vote")
    still = browse(f"{system.vote_url}/p/{slug}/", java_script_enabled=False)
    assert shares(still) == [""] * len(texts)

    half(still, "B").click()
    if max_choices > 1:
        still.get_by_role("button", name="Vote").click()
    expect(still.locator(".picked")).to_have_count(1)
    eventually(lambda: still.reload() and shares(still)[1] == "100%", what="the vote is counted")
    expect(still.locator(".status").filter(has_text="Counted")).to_have_count(1)
    moving = browse(f"{system.vote_url}/p/{slug}/", storage_state=still.context.storage_state())
    expect(moving.locator("[data-phase]")).to_have_attribute("data-phase", "counted")

    assert shares(still) == ["0%", "100%", "0%"][: len(texts)]
    parts = ".option, .share, .share small, .option .name, .foot"
    assert boxes(still, parts) == boxes(moving, parts)


def shares(page: Page) -> list[str]:
    return [place.inner_text() for place in page.locator(".share").all()]


def boxes(page: Page, selector: str) -> list[object]:
    return [place.bounding_box() for place in page.locator(selector).all()]


def test_a_closed_poll_says_what_became_of_the_vote(system: System, browse: Opening) -> None:
    make_poll(system, "lunch", "Soup", "Salad")
    voted = browse(f"{system.vote_url}/p/lunch/")
    half(voted, "A").click()
    expect(status(voted)).to_contain_text("Counted")
    screen = browse(f"{system.result_url}/p/lunch/results/")

    manage(system, "seal", "lunch")

    expect(voted.get_by_role("heading", name="Final")).to_be_visible()
    expect(voted.locator(".panel")).to_contain_text("including yours")
    expect(screen.locator(".live")).to_have_attribute("data-live", "final")
    expect(screen.locator(".sentence")).to_have_text("Soup won with the only vote.")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_vote_that_comes_too_late_is_refused_in_words(system: System, browse: Opening, scripts: bool) -> None:
    slug = f"late-{scripts}".lower()
    make_poll(system, slug, "Now", "Later")
    phone = browse("about:blank", java_script_enabled=scripts)
    # It hears nothing of the poll's end.
    phone.route_web_socket("**/ws/**", lambda socket: None)
    phone.goto(f"{system.vote_url}/p/{slug}/")
    manage(system, "seal", slug)

    half(phone, "B").click()

    expect(phone.get_by_role("heading", name="Closed")).to_be_visible()
    expect(phone.locator(".poster .name")).to_have_text("Later")
    assert totals(system, slug) == {"Now": 0, "Later": 0}
    phone.complaints.clear()  # type: ignore[attr-defined]  # the 409 itself


def test_a_vote_whose_box_was_emptied_is_sent_again_by_its_page(
    system: System, browse: Opening, paused_worker: Callable[[], object]
) -> None:
    make_poll(system, "emptied", "Here", "Gone")
    phone = browse(f"{system.vote_url}/p/emptied/")
    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Received")

    with system.redis() as redis:
        redis.flushall()
    paused_worker()

    expect(status(phone)).to_contain_text("Counted")
    expect_totals(system, {"Here": 1, "Gone": 0}, "emptied")


def test_a_new_round_brings_a_fresh_ballot(system: System, browse: Opening) -> None:
    make_poll(system, "again", "First", "Second")
    phone = browse(f"{system.vote_url}/p/again/")
    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")

    manage(system, "reset", "again", "--yes")

    expect(phone.locator(".picked")).to_have_count(0)
    half(phone, "B").click()
    expect(status(phone)).to_contain_text("Counted")
    expect_totals(system, {"First": 0, "Second": 1}, "again")


# Where votes can't be changed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("texts", [("Yes", "No"), ("Yes", "No", "Perhaps")], ids=["halves", "rows"])
def test_a_vote_that_can_not_be_changed_stays(
    system: System, browse: Opening, texts: tuple[str, ...], size: str
) -> None:
    slug = f"for-good-{len(texts)}-{size}"
    make_poll(system, slug, *texts, allows_changes=False)
    window = {"phone": {"width": 360, "height": 700}, "desktop": {"width": 1280, "height": 800}}[size]
    scheme = "dark" if size == "phone" else "light"
    page = browse(f"{system.vote_url}/p/{slug}/", viewport=window, color_scheme=scheme, reduced_motion="reduce")
    limit = page.locator(".limit")
    expect(limit).to_contain_text(re.compile("You can.t change your vote afterwards"))
    assert violations(page) == []

    half(page, "B").click()
    expect(status(page)).to_contain_text("Counted")
    expect(limit.locator(":visible")).to_have_text(re.compile("Your vote can.t be changed."))
    expect(half(page, "A")).to_be_disabled()
    expect(half(page, "B")).to_be_enabled()
    assert violations(page) == []
    page.keyboard.press("a")

    page.reload()
    expect(status(page)).to_contain_text("Counted")
    expect(half(page, "A")).to_be_disabled()
    expect_totals(system, {text: int(text == "No") for text in texts}, slug)


def test_another_vote_in_another_tab_shows_the_one_that_stands(system: System, browse: Opening) -> None:
    make_poll(system, "two-tabs", "Yes", "No", allows_changes=False)
    page = browse(f"{system.vote_url}/p/two-tabs/")
    other = page.context.new_page()
    other.goto(page.url)
    half(other, "B").click()
    expect(status(other)).to_contain_text("Counted")

    half(page, "A").click()

    expect(page.get_by_role("alert")).to_contain_text("Your first vote stands.")
    expect(page.locator(".picked .letter")).to_have_text("B")
    expect(half(page, "A")).to_be_disabled()
    expect_totals(system, {"Yes": 0, "No": 1}, "two-tabs")
    page.complaints.clear()  # type: ignore[attr-defined]  # the browser's own note of the 409


def test_several_choices_that_can_not_be_changed_stay(system: System, browse: Opening) -> None:
    make_poll(system, "several-for-good", "Tea", "Coffee", "Water", max_choices=2, allows_changes=False)
    page = browse(f"{system.vote_url}/p/several-for-good/", reduced_motion="reduce")
    for letter in "AC":
        half(page, letter).click()
    page.get_by_role("button", name="Vote").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".send .status")).to_contain_text("Counted")
    expect(page.locator(".send .button")).to_be_hidden()
    expect(page.locator(".foot a")).to_be_focused()
    assert page.locator("input[name=choice]:disabled").count() == 3
    assert page.locator("input[name=choice]:checked").count() == 2
    assert violations(page) == []


def test_without_javascript_a_vote_that_can_not_be_changed_stays(system: System, browse: Opening) -> None:
    make_poll(system, "plain-for-good", "Yes", "No", allows_changes=False)
    page = browse(f"{system.vote_url}/p/plain-for-good/", java_script_enabled=False)
    half(page, "B").click()
    expect(half(page, "A")).to_be_disabled()
    expect(page.locator(".limit")).to_contain_text(re.compile("Your vote can.t be changed."))
    expect(page.locator(".picked .letter")).to_have_text("B")
    expect(page.locator(".change")).to_have_count(0)


_CHANGED = """
from polls.lifecycle import transitions
from polls.models import Poll
Poll.objects.filter(slug="soon").update(allows_changes=False)
transitions.edited(Poll.objects.get(slug="soon").pk)
transitions.open_poll(Poll.objects.get(slug="soon").pk)
"""
_PUBLISHED = """
from polls.lifecycle import transitions
poll = transitions.create_poll(["One", "Two"], slug="soon", question="Soon?")
transitions.publish(poll.pk)
"""


def test_a_page_that_waits_shows_what_the_host_has_changed(system: System, browse: Opening) -> None:
    system.run(_PUBLISHED)
    page = browse(f"{system.vote_url}/p/soon/")
    expect(page.get_by_role("heading", name="Opens soon")).to_be_visible()
    system.run(_CHANGED)
    expect(page.locator(".limit .before")).to_contain_text("change your vote afterwards.")
    expect(half(page, "A")).to_be_visible()

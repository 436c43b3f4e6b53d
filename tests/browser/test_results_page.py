"""The result page beside its bars: when people voted, downloads, and what only hosts see."""

import json
import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, hanging, make_poll, manage, totals
from tests.browser.test_voting import CATS_AND_DOGS, half, status
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WINDOWS = [(360, 740), (1280, 800), (1920, 1080)]
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
#: Texts that people may type, each of which has broken somebody's page.
NASTY = [
    "<img src=x onerror=\"document.title='run'\">",
    "</script><script>document.title='run'</script>",
    "{{ 7 }} {% now %} ${7} %(votes)s {votes}",
    "x" * 200,
    ("a long text " * 16).strip(),
    "\u05de\u05d9 \u05d9\u05e0\u05e6\u05d7 \u05d4\u05e4\u05e2\u05dd?",
    "\u0e01\u0e33\u0e25\u0e31\u0e07\U0001f468\u200d\U0001f469\u200d\U0001f467",
    *(f"choice {number}" for number in range(8, 21)),
]
#: Adds up how much the page has moved by itself since it was loaded (CLS, https://web.dev/articles/cls).
SHIFTS = (
    "new Promise(done => { let sum = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())"
    " if (!entry.hadRecentInput) sum += entry.value; }).observe({ type: 'layout-shift', buffered: true });"
    " setTimeout(() => done(sum), 300); })"
)


def bars(page: Page) -> int:
    return page.locator(".spans rect").count()


def test_the_time_line_goes_on_without_a_request(system: System, browse: Opening) -> None:
    make_poll(system, "time", "Now", "Then")
    half(browse(f"{system.vote_url}/p/time/"), "A").click()
    screen = browse(f"{system.result_url}/p/time/results/")
    expect(screen.locator("[data-voters]")).to_have_text("1")
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    requests: list[str] = []
    screen.on("request", lambda request: requests.append(request.url))

    half(browse(f"{system.vote_url}/p/time/"), "B").click()
    expect(screen.locator("[data-voters]")).to_have_text("2")
    expect(screen.locator(".hear[data-most-words]")).to_have_text(re.compile(r"Peak: [12]"))

    assert requests == []
    snapshot = json.loads(browse(f"{system.vote_url}/p/time/results.json").inner_text("body"))
    assert sum(snapshot["timeline"]["votes"]) == 2
    assert bars(screen) == sum(1 for votes in snapshot["timeline"]["votes"] if votes)


def test_the_time_line_is_drawn_before_any_script_and_stays(system: System, browse: Opening) -> None:
    half(browse(f"{system.vote_url}{CATS_AND_DOGS}"), "A").click()
    screen = browse(f"{system.result_url}{CATS_AND_DOGS}results/")
    expect(screen.locator("[data-voters]")).not_to_have_text("0")
    plain = browse(f"{system.result_url}{CATS_AND_DOGS}results/", java_script_enabled=False)
    screen.reload()
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    assert [bars(page) > 0 for page in (plain, screen)] == [True, True]
    boxes = [page.locator(".spans").bounding_box() for page in (plain, screen)]
    assert boxes[0] is not None
    assert boxes[0]["width"] == boxes[1]["width"]  # type: ignore[index]


def test_votes_that_wait_are_on_their_way(system: System, browse: Opening) -> None:
    make_poll(system, "way", "Here", "There")
    screen = browse(f"{system.result_url}/p/way/results/")
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    with hanging(system, "worker-1"):
        for words in ("1 vote on its way", "2 votes on their way"):
            half(browse(f"{system.vote_url}/p/way/"), "A").click()
            expect(screen.locator(".coming")).to_have_text(f", {words}")
        assert "2 votes on their way" in browse(f"{system.vote_url}/p/way/results/").locator(".coming").inner_text()
    expect(screen.locator(".coming")).to_be_empty(timeout=20_000)
    expect(screen.locator("[data-voters]")).to_have_text("2")


def test_results_can_be_taken_away_and_the_link_copied(system: System, browse: Opening) -> None:
    screen = browse(f"{system.result_url}{CATS_AND_DOGS}results/", permissions=["clipboard-read", "clipboard-write"])
    with screen.expect_download() as csv:
        screen.get_by_role("link", name="CSV").click()
    assert csv.value.suggested_filename == "cats-vs-dogs-results.csv"
    assert csv.value.path().read_text("utf-8-sig").splitlines()[0].startswith("choice,votes,percent")
    with screen.expect_download() as snapshot:
        screen.get_by_role("link", name="JSON").click()
    assert json.loads(snapshot.value.path().read_text())["type"] == "results"

    screen.get_by_role("button", name="Copy link").click()
    expect(screen.get_by_role("button", name="Copied")).to_be_visible()
    assert screen.evaluate("navigator.clipboard.readText()") == screen.url


@pytest.mark.parametrize("width", [360, 1280])
def test_letters_of_fifty_choices_do_not_touch_their_labels(system: System, browse: Opening, width: int) -> None:
    make_poll(system, f"fifty-at-{width}", *(f"Talk {number}" for number in range(50)))
    page = browse(f"{system.result_url}/p/fifty-at-{width}/results/", viewport={"width": width, "height": 800})
    gaps = page.locator(".bar-row").evaluate_all(
        """rows => rows.map((row) => {
          const [range, label] = [document.createRange(), row.querySelector(".name").getBoundingClientRect()];
          range.selectNodeContents(row.querySelector(".letter"));
          return label.left - range.getBoundingClientRect().right;
        })"""
    )
    assert (len(gaps), min(gaps) >= 6) == (50, True)


def test_hosts_see_what_is_hidden_and_are_told_so(system: System, browse: Opening) -> None:
    make_poll(system, "hosts", "Yes", "No", rule="after_close")
    phone = browse(f"{system.vote_url}/p/hosts/")
    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")
    room = browse(f"{system.result_url}/p/hosts/results/")
    expect(room.locator(".files")).to_be_hidden()
    system.run(_HOST)
    host = browse(f"{system.vote_url}/admin/login/?next=/p/hosts/results/")
    host.get_by_label("Username").fill("host")
    host.get_by_label("Password").fill("a word for hosts")
    host.keyboard.press("Enter")

    expect(host.locator(".only-hosts")).to_contain_text("Only hosts see this.")
    expect(host.locator(".percent").first).to_have_text("100%")
    expect(host.locator(".files")).to_be_visible()
    expect(room.locator(".percent").first).to_have_text("\u2013")

    manage(system, "seal", "hosts")
    expect(host.locator(".only-hosts")).to_have_count(0)
    expect(room.locator(".files")).to_be_visible()
    expect(room.locator(".percent").first).to_have_text("100%")


_HOST = """
from django.contrib.auth.models import User
User.objects.create_superuser("host", password="a word for hosts")
"""


@pytest.mark.parametrize("max_choices", [1, 3])
def test_no_text_breaks_a_page_or_runs_in_it(system: System, browse: Opening, max_choices: int) -> None:
    slug = f"nasty-{max_choices}"
    make_poll(system, slug, *NASTY, max_choices=max_choices)
    for path in (f"/p/{slug}/", f"/p/{slug}/results/"):
        page = browse(f"{system.result_url}{path}")
        for width, height in [(320, 640), *WINDOWS]:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} at {width}"
        shown = page.locator("bdi")
        assert [shown.nth(index).text_content() for index in range(len(NASTY))] == NASTY
        assert page.title() == f"{slug}?"
    boxes = [page.locator(".bar-row").nth(index).bounding_box() for index in range(len(NASTY))]
    ends = [box["y"] + box["height"] for box in boxes if box]
    assert all(end <= box["y"] for end, box in zip(ends, boxes[1:], strict=False) if box)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: f"{window[0]}x{window[1]}")
def test_a_vote_and_its_result_at_every_size(
    system: System, browse: Opening, window: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    size = {"width": window[0], "height": window[1]}
    screen = browse(f"{system.result_url}{CATS_AND_DOGS}results/", viewport=size, color_scheme=scheme)
    phone = browse(f"{system.vote_url}{CATS_AND_DOGS}", viewport=size, color_scheme=scheme)
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    assert [page.evaluate(SHIFTS) for page in (screen, phone)] == [0, 0]
    voters = int(screen.locator("[data-voters]").inner_text().replace(",", ""))

    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")
    half(phone, "B").click()
    expect(half(phone, "B")).to_have_attribute("aria-pressed", "true")
    expect(half(phone, "B").locator(".status")).to_contain_text("Counted")

    expect(screen.locator("[data-voters]")).to_have_text(str(voters + 1))
    for page in (screen, phone):
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert phone.evaluate("document.documentElement.scrollHeight") == size["height"]


def test_a_vote_can_be_cast_before_the_scripts_are_there(system: System, browse: Opening) -> None:
    make_poll(system, "early", "Quick", "Slow")
    phone = browse("about:blank")
    phone.route("**/*.js", lambda route: None)  # never answered
    phone.goto(f"{system.vote_url}/p/early/", wait_until="commit")
    half(phone, "A").click(no_wait_after=True)
    expect(half(phone, "A")).to_have_attribute("aria-pressed", "true")
    expect(status(phone)).to_contain_text(re.compile("Received|Counted"))


def test_without_javascript_a_page_says_how_to_learn_more(system: System, browse: Opening) -> None:
    make_poll(system, "plain", "Here", "There")
    phone = browse(f"{system.vote_url}/p/plain/", java_script_enabled=False)
    with hanging(system, "worker-1"):
        half(phone, "A").click()
        expect(status(phone)).to_contain_text("Received, not yet counted")
        # Playwright's own text leaves <noscript> out.
        hint = phone.locator(".foot noscript").evaluate("element => element.innerText")
        assert hint == "Load this page again to see whether your vote is counted."
    eventually(lambda: totals(system, "plain") == {"Here": 1, "There": 0}, what="the vote is counted")
    phone.reload()
    expect(status(phone)).to_contain_text("Counted")
    expect(phone.locator(".foot noscript")).to_have_count(0)


def test_rows_sorted_by_votes_change_places_while_votes_come(system: System, browse: Opening) -> None:
    make_poll(system, "sorted", "First", "Second", "Third")
    screen = browse(f"{system.result_url}/p/sorted/results/")
    screen.get_by_role("link", name="Sort by votes").click()
    expect(screen.locator(".live")).to_have_attribute("data-live", "live")
    names = screen.locator(".bar-row .name")
    assert names.all_inner_texts() == ["First", "Second", "Third"]
    half(browse(f"{system.vote_url}/p/sorted/"), "C").click()
    expect(names).to_have_text(["Third", "First", "Second"])
    assert screen.locator(".bar-row .letter").all_inner_texts() == ["C", "A", "B"]
    assert violations(screen) == []
    screen.reload()
    expect(names).to_have_text(["Third", "First", "Second"])
    screen.get_by_role("link", name="Original order").click()
    expect(names).to_have_text(["First", "Second", "Third"])

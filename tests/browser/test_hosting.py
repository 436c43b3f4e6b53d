"""A host from the first word of a question to the numbers in a file."""

import csv
import io

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_HOST = (
    "from django.contrib.auth.models import User; User.objects.create_user('ada', password='pw-of-ada', is_staff=True)"
)
SIZES = {"phone": (360, 740), "desktop": (1280, 800), "wide": (1920, 1080)}


@pytest.fixture(scope="module")
def hosts(system: System) -> System:
    """The system, with a host."""
    system.run(_HOST)
    return system


@pytest.fixture
def host(hosts: System, browse: Opening) -> Page:
    """A browser in which she is signed in, on the page of her polls."""
    return sign_in(browse, hosts)


def sign_in(browse: Opening, system: System, **options: object) -> Page:
    page = browse(f"{system.vote_url}/host/", **options)
    page.get_by_label("User").fill("ada")
    page.get_by_label("Password").fill("pw-of-ada")
    page.keyboard.press("Enter")
    # Until it is loaded: a Firefox that is led elsewhere before may take the one navigation for the other.
    page.wait_for_url(f"{system.vote_url}/host/")
    return page


def choices(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator(".choice .text").all()]


def test_from_creating_a_poll_to_its_numbers(host: Page, hosts: System, browse: Opening):
    # By keyboard alone: a question, three choices, and the last one to the top.
    host.goto(f"{hosts.vote_url}/host/new/")
    host.keyboard.type("Tea or coffee?")
    host.keyboard.press("Enter")
    for text in ("Tea", "Coffee", "Milk"):
        host.keyboard.type(text)
        host.keyboard.press("Enter")
    host.get_by_role("button", name="Move C", exact=True).focus()
    host.keyboard.press("Space")
    host.keyboard.press("ArrowUp")
    host.keyboard.press("ArrowUp")
    expect(host.locator("[data-announce]")).to_have_text("Milk: place 1 of 4.")
    host.keyboard.press("Space")
    assert choices(host) == ["Milk", "Tea", "Coffee", ""]
    host.get_by_role("button", name="Open the poll").press("Enter")
    expect(host.locator(".said")).to_contain_text("Poll opened.")
    assert host.locator(".choices .name").all_inner_texts() == ["Milk", "Tea", "Coffee"]

    # A voter; the host's list counts the vote without being loaded again.
    host.goto(f"{hosts.vote_url}/host/")
    voter = browse(f"{hosts.vote_url}/p/tea-or-coffee/")
    voter.get_by_role("button", name="Tea").click()
    poll = host.locator(".poll", has_text="Tea or coffee?")
    expect(poll.locator("[data-voters]")).to_have_text("1")
    expect(poll.locator(".share-strip")).to_have_attribute("aria-label", "Milk 0%, Tea 100%, Coffee 0%")

    poll.get_by_role("button", name="Close in 2 minutes").click()
    expect(poll.locator(".closes")).to_contain_text("closes in 1:")
    poll.get_by_role("button", name="Add 2 minutes").click()
    expect(poll.locator(".closes")).to_contain_text("closes in 3:")
    poll.get_by_role("button", name="Close now").click()
    expect(host.locator(".said")).to_contain_text("Poll closed.")
    host.goto(f"{hosts.vote_url}/host/tea-or-coffee/")
    # It follows by itself from closing to final.
    expect(host.locator(".actions").get_by_role("button", name="Open again")).to_be_visible()

    numbers = host.request.get(f"{hosts.vote_url}/p/tea-or-coffee/results.csv")
    rows = list(csv.reader(io.StringIO(numbers.text())))
    assert [row[:2] for row in rows[1:]] == [["Milk", "0"], ["Tea", "1"], ["Coffee", "0"]]

    host.get_by_text("Start another round").click()
    host.get_by_role("button", name="Begin the next round").click()
    host.locator(".round summary").click()
    assert host.locator(".round .votes").all_inner_texts() == ["0", "1", "0"]
    assert host.locator(".poll [data-voters]").inner_text() == "0"


def test_a_quick_question_is_asked_and_answered(host: Page, hosts: System, browse: Opening):
    host.get_by_label("Quick question").fill("Lunch at noon?")
    assert violations(host) == []
    host.keyboard.press("Enter")
    expect(host.locator(".said")).to_contain_text("Poll opened.")
    host.goto(f"{hosts.result_url}/p/lunch-at-noon/results/")
    expect(host.locator(".sentence")).to_have_text("No votes yet.")

    browse(f"{hosts.vote_url}/p/lunch-at-noon/", java_script_enabled=False).get_by_role(
        "button", name="Abstain"
    ).click()
    expect(host.locator(".sentence")).to_have_text("Only abstentions so far.")
    voter = browse(f"{hosts.vote_url}/p/lunch-at-noon/")
    voter.get_by_role("button", name="No", exact=False).first.click()

    expect(host.locator(".sentence")).to_have_text("In the lead: No, the only vote")
    assert host.locator(".chart .percent").all_inner_texts() == ["0%", "100%", "\N{EN DASH}"]
    assert host.locator(".chart .votes").all_inner_texts() == ["0", "1", "1"]
    expect(voter.locator("[data-share]")).to_have_text(["0%", "100%", ""])
    host.goto(f"{hosts.vote_url}/host/lunch-at-noon/")
    assert host.locator(".choices .percent").all_inner_texts() == ["0%", "100%", "\N{EN DASH}"]


@pytest.mark.parametrize("scripts", [True, False])
def test_tab_leads_from_one_choice_to_the_next(hosts: System, browse: Opening, scripts: bool):
    page = sign_in(browse, hosts, java_script_enabled=scripts)
    page.goto(f"{hosts.vote_url}/host/new/")
    for text in ("Where do we eat?", "Over here", "Over there"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    assert choices(page)[:3] == ["Over here", "Over there", ""]
    if not scripts:
        page.get_by_role("button", name="Add a choice").press("Enter")
        expect(page.locator(".choice .text").last).to_be_focused()
        assert choices(page) == ["Over here", "Over there", "", ""]
    page.keyboard.type("Nowhere")
    page.get_by_role("button", name="Open the poll").press("Enter")
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    assert page.locator(".choices .name").all_inner_texts() == ["Over here", "Over there", "Nowhere"]


def test_what_is_refused_has_the_focus(hosts: System, browse: Opening):
    page = sign_in(browse, hosts, java_script_enabled=False)
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_role("button", name="Open the poll").press("Enter")
    expect(page.get_by_label("Question")).to_be_focused()
    expect(page.get_by_label("Question")).to_have_accessible_description("A poll needs a question.")
    page.complaints.clear()  # type: ignore[attr-defined]  # the 400 itself


def test_a_test_round_is_marked_and_leaves_nothing(host: Page, hosts: System, browse: Opening):
    host.goto(f"{hosts.vote_url}/host/new/")
    host.get_by_label("Question").fill("Shall we?")
    for text in ("Yes", "No"):
        host.locator(".choice .text:placeholder-shown").first.fill(text)
    host.get_by_role("button", name="Save as draft").click()
    host.get_by_role("button", name="Start a test").click()
    voter = browse(f"{hosts.vote_url}/p/shall-we/")
    expect(voter.locator(".test-round")).to_be_visible()
    voter.get_by_role("button", name="Yes").click()
    expect(host.locator(".poll [data-voters]")).to_have_text("1")
    host.get_by_role("button", name="Go live").click()
    expect(host.locator(".poll [data-voters]")).to_have_text("0")
    expect(voter.locator(".test-round")).to_have_count(0)


def test_rows_are_dragged_removed_and_put_back(host: Page, hosts: System):
    host.goto(f"{hosts.vote_url}/host/new/")
    for text in ("One", "Two", "Three"):
        host.locator(".choice .text:placeholder-shown").first.fill(text)
    boxes = [handle.bounding_box() for handle in host.locator(".handle").all()]
    assert boxes[0] is not None
    assert boxes[2] is not None
    host.mouse.move(boxes[0]["x"] + 8, boxes[0]["y"] + 20)
    host.mouse.down()
    host.mouse.move(boxes[2]["x"] + 8, boxes[2]["y"] + 40, steps=5)
    expect(host.locator(".choice.lifted")).to_have_count(1)
    host.mouse.up()
    assert choices(host) == ["Two", "Three", "One", ""]
    host.get_by_role("button", name="Move A", exact=True).focus()
    for key in ("Space", "ArrowDown", "Escape"):
        host.keyboard.press(key)
    assert choices(host) == ["Two", "Three", "One", ""]
    host.get_by_role("button", name="Remove B").click()
    assert choices(host) == ["Two", "One", ""]
    assert [field.get_attribute("name") for field in host.locator(".choice .text").all()] == [
        "choices-0-text",
        "choices-1-text",
        "choices-2-text",
    ]


def test_times_are_in_the_hosts_own_zone(hosts: System, browse: Opening):
    page = sign_in(browse, hosts, timezone_id="Asia/Tokyo")
    page.goto(f"{hosts.vote_url}/host/new/")
    expect(page.locator("[data-zone]")).to_have_text("Times are in your time zone, Asia/Tokyo.")
    page.get_by_label("Question").fill("When?")
    page.get_by_text("Closes", exact=True).click()
    page.get_by_label("Closes automatically at").fill("2099-01-15T14:00")
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("link", name="Edit").click()
    assert page.locator("#id_closes_at").input_value() == "2099-01-15T14:00"
    other = sign_in(browse, hosts, timezone_id="Europe/Berlin")
    other.goto(page.url)
    assert other.locator("#id_closes_at").input_value() == "2099-01-15T06:00"


def test_without_javascript_a_poll_is_made_moved_and_opened(hosts: System, browse: Opening):
    page = sign_in(browse, hosts, java_script_enabled=False)
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_label("Question").fill("Without a script?")
    page.locator(".choice .text").nth(0).fill("Second")
    page.locator(".choice .text").nth(1).fill("First")
    page.get_by_role("button", name="Move up: B").click()
    assert choices(page)[:2] == ["First", "Second"]
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    page.get_by_role("button", name="Close now").click()
    expect(page.locator(".said")).to_contain_text("Poll closed.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_break_no_rule_of_accessibility(hosts: System, browse: Opening, scheme: str):
    page = sign_in(browse, hosts, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{hosts.vote_url}/host/new/")
    page.get_by_label("Question").fill(f"Looked at in {scheme}?")
    for text in ("Yes", "No"):
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    slug = f"looked-at-in-{scheme}"
    found = {}
    for path in ("", "new/", f"{slug}/", f"{slug}/edit/", f"{slug}/preview/", f"{slug}/delete/"):
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{hosts.vote_url}/host/{path}")
            found[path, size] = violations(page) if size != "wide" else []
            if not fits_in_width(page):
                found[path, size].append("scrolls sideways")
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def test_a_full_bar_ends_with_its_row(host: Page, hosts: System, browse: Opening):
    host.goto(f"{hosts.vote_url}/host/new/")
    host.get_by_label("Question").fill("Full?")
    for text in ("Yes", "No"):
        host.locator(".choice .text:placeholder-shown").first.fill(text)
    host.get_by_role("button", name="Open the poll").click()
    browse(f"{hosts.vote_url}/p/full/").get_by_role("button", name="Yes").click()
    expect(host.locator(".choices .percent").first).to_have_text("100%")
    ends = "one => one.getBoundingClientRect().right"
    row = host.locator(".choices li").first
    # The bar grows for a moment.
    expect(row.locator(".needle")).to_have_attribute("x", "100%")
    assert row.locator(".share-bar").evaluate(ends) + 3 <= row.evaluate(ends) + 0.5


@pytest.mark.parametrize("language", ["en", "es"])
def test_where_people_find_it_is_whole_on_a_phone(hosts: System, browse: Opening, language: str):
    page = sign_in(browse, hosts, viewport={"width": 360, "height": 740})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": hosts.vote_url}])
    page.goto(f"{hosts.vote_url}/host/new/")
    wide = """field => {
        const free = Object.assign(field.cloneNode(true), { id: "free" });
        free.style.maxWidth = "none";
        free.style.position = "absolute";
        field.after(free);
        const width = free.getBoundingClientRect().width;
        free.remove();
        return [field.getBoundingClientRect().width, width];
    }"""
    shown, needed = page.locator("#id_is_listed").evaluate(wide)
    assert shown >= needed

"""How pages use the room they have: phones of 320 to 430 px, desktops, paper; and what they leave out."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opening, make_poll, manage
from tests.browser.test_presenter import sign_in
from tests.browser.test_voting import half
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONES = [(320, 568), (360, 740), (390, 844), (430, 932)]
#: The words of names that are broken over two lines.
BROKEN = """() => [...document.querySelectorAll(".half .name, .poster .name")].flatMap((name) => {
  if (!name.checkVisibility()) return [];
  const range = document.createRange();
  return [...name.textContent.matchAll(/\\S+/g)].filter(({ index, 0: word }) => {
    range.setStart(name.firstChild, index);
    range.setEnd(name.firstChild, index + word.length);
    const lines = new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom)));
    return lines.size > 1 || name.scrollWidth > name.clientWidth;
  }).map(([word]) => word);
})"""


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize(
    "names",
    [("Cats", "Dogs"), ("القطط", "الاستقلالية"), ("Wammmw", "Mississippi"), ("Straßenbahnhaltestelle", "Bus")],
    ids=["short", "arabic", "wide", "long"],
)
def test_no_word_of_a_name_is_broken(system: System, browse: Opening, names: Sequence[str]) -> None:
    slug = f"names-{len(names[0])}-{len(names[1])}"
    make_poll(system, slug, *names)
    page = browse(f"{system.vote_url}/p/{slug}/")
    for width, height in [*PHONES, (740, 360), (1280, 800)]:
        page.set_viewport_size({"width": width, "height": height})
        eventually(lambda: page.evaluate(BROKEN) == [], what=f"whole words at {width} x {height}")
        assert width_of(page) == width
    half(page, "B").click()
    expect(page.locator(".picked")).to_have_count(1)
    eventually(lambda: page.evaluate(BROKEN) == [], what="whole words after a vote")


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_a_few_choices_fill_a_phone(system: System, browse: Opening, number: int) -> None:
    slug = f"few-{number}"
    make_poll(system, slug, *(f"Choice {index}" for index in range(number)))
    page = browse(f"{system.vote_url}/p/{slug}/")
    for width, height in [(360, 740), (390, 844), (430, 932)]:
        page.set_viewport_size({"width": width, "height": height})
        foot = page.locator(".foot").bounding_box()
        last = page.locator(".row").last.bounding_box()
        assert foot is not None
        assert last is not None
        assert foot["y"] + foot["height"] > height - 24
        assert foot["y"] - (last["y"] + last["height"]) < 24


@pytest.mark.parametrize("max_choices", [1, 2])
def test_shares_are_bars_in_the_rows_and_stay_there_at_the_end(
    system: System, browse: Opening, max_choices: int
) -> None:
    slug = f"bars-{max_choices}"
    make_poll(system, slug, "One", "Two", "Three", "Four", max_choices=max_choices)
    page = browse(f"{system.vote_url}/p/{slug}/", viewport={"width": 360, "height": 740})
    expect(page.locator(".share-bar:visible")).to_have_count(0)
    page.locator(".row").nth(1).click()
    if max_choices > 1:
        page.get_by_role("button", name="Vote").click()
    widths = page.locator(".share-bar .fill")
    expect(widths.nth(1)).to_have_attribute("width", "100%")

    manage(system, "seal", slug)

    expect(page.get_by_role("heading", name="Final")).to_be_visible()
    expect(page.locator(".share-bar:visible")).to_have_count(4)
    expect(page.locator(".share")).to_have_text(["0%", "100%", "0%", "0%"])
    expect(page.locator(".row :enabled, button.row:enabled")).to_have_count(0)
    fresh = browse(page.url, java_script_enabled=False)
    expect(fresh.locator(".share")).to_have_text(["0%", "100%", "0%", "0%"])
    expect(fresh.locator(".poster")).to_be_hidden()


def test_the_button_that_sends_several_is_as_wide_as_the_phone(system: System, browse: Opening) -> None:
    make_poll(system, "wide-button", "One", "Two", "Three", max_choices=2)
    page = browse(f"{system.vote_url}/p/wide-button/", viewport={"width": 360, "height": 740})
    box = page.get_by_role("button", name="Vote").bounding_box()
    assert box is not None
    assert box["width"] > 300


def test_the_way_to_the_results_says_so(system: System, browse: Opening) -> None:
    make_poll(system, "way", "One", "Two")
    page = browse(f"{system.vote_url}/p/way/")
    expect(page.get_by_role("link", name="See results (0)")).to_be_visible()
    half(page, "A").click()
    expect(page.get_by_role("link", name="See results (1)")).to_be_visible()


def test_what_is_empty_or_hidden_has_no_axis(system: System, browse: Opening) -> None:
    make_poll(system, "empty", "One", "Two", "Three")
    make_poll(system, "hidden", "One", "Two", "Three", rule="after_close")
    for slug in ("empty", "hidden"):
        page = browse(f"{system.result_url}/p/{slug}/results/")
        expect(page.locator(".chart .axis:visible, .timeline:visible")).to_have_count(0)
        expect(page.get_by_text("open", exact=True)).to_have_count(0)


def test_the_code_field_has_a_label_and_a_placeholder(system: System, browse: Opening) -> None:
    make_poll(system, "second", "One", "Two")
    page = browse(f"{system.vote_url}/?home")
    field = page.get_by_label("Enter the code from the screen")
    expect(field).to_have_attribute("placeholder", "Code, such as k7m")
    expect(page.locator(".closes").filter(has_text="open")).to_have_count(0)


def test_ten_open_polls_are_a_short_list(system: System, browse: Opening) -> None:
    for number in range(10):
        make_poll(system, f"many-{number}", "One", "Two")
    code = "from polls.models import Poll; from django.contrib.auth.models import User\n"
    code += "Poll.objects.update(owner=User.objects.get(username='admin'))"
    system.run(code)
    page = browse(f"{system.vote_url}/admin/", viewport={"width": 1280, "height": 800})
    sign_in(system, page)
    page.goto(f"{system.vote_url}/host/")
    listed = page.locator(".hosted").first.bounding_box()
    assert listed is not None
    assert listed["height"] < 1500


@pytest.mark.parametrize("path", ["/?home", "/p/cats-vs-dogs/", "/p/cats-vs-dogs/results/"])
def test_paper_is_white_with_dark_ink(system: System, browse: Opening, path: str) -> None:
    page = browse(system.result_url + path, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    style = "getComputedStyle(document.body)"
    assert page.evaluate(f"[{style}.backgroundColor, {style}.color]") == ["rgb(255, 255, 255)", "rgb(16, 32, 31)"]

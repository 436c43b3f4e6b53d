"""The presenter page on a projector: its keys, its QR code, and that it fits whatever the poll is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser import qr
from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, make_poll, manage
from tests.browser.test_voting import half
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Scheme = Literal["light", "dark"]
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

PROJECTOR = {"width": 1920, "height": 1080}
LONG = "A choice with two hundred letters, for which somebody had a reason, and which all have to read. " * 3


def present(system: System, slug: str) -> str:
    return f"{system.result_url}/p/{slug}/present/"


def scheduled(system: System, slug: str) -> None:
    """A poll that is published and not open."""
    code = (
        "from polls.lifecycle import transitions;"
        f"poll = transitions.create_poll(['Tea', 'Coffee'], slug={slug!r}, question='Tea or coffee?');"
        "transitions.publish(poll.pk)"
    )
    system.run(code)


def sign_in(system: System, page: Page) -> None:
    page.goto(f"{system.vote_url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(system.admin_password())
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#user-tools")).to_be_visible()


def host_at(system: System, browse: Opening, slug: str, scheme: Scheme = "light", zone: str = "UTC") -> Page:
    """A host's presenter page, live."""
    page = browse("about:blank", viewport=PROJECTOR, color_scheme=scheme, reduced_motion="reduce", timezone_id=zone)
    sign_in(system, page)
    page.goto(present(system, slug))
    expect(page.locator(".live")).to_have_attribute("data-live", "live")
    return page


@contextmanager
def grows(page: Page, selector: str) -> Iterator[None]:
    """That something is set larger afterwards."""
    size = f"parseFloat(getComputedStyle(document.querySelector({selector!r})).fontSize)"
    before = page.evaluate(size)
    yield
    assert page.evaluate(size) > before


@both_schemes
def test_a_host_leads_a_poll_by_keys(system: System, browse: Opening, scheme: Scheme) -> None:
    slug = f"led-{scheme}"
    scheduled(system, slug)
    page = host_at(system, browse, slug, scheme)
    main = page.locator("main")
    expect(page.locator(".said")).to_have_text("Voting has not begun.")

    page.keyboard.press("Space")
    expect(main).to_have_attribute("data-state", "open")
    expect(page.locator(".said")).to_have_text("Poll opened.")

    half(browse(f"{system.vote_url}/p/{slug}/"), "B").click()
    expect(page.locator(".leads .name")).to_have_text("Coffee")
    expect(page.locator("[data-voters]")).to_have_text("1")

    page.keyboard.press("2")
    expect(page.locator(".left")).to_have_text(re.compile(r"(2:00|1:5\d) to go"), use_inner_text=True)

    page.keyboard.press("r")
    expect(page.locator(".percent").first).to_have_text("")
    expect(page).to_have_url(re.compile("result=hidden"))
    page.keyboard.press("r")
    expect(page.locator(".percent").last).to_have_text("100%")

    for selector in ("h1", ".name"):
        with grows(page, selector):
            page.keyboard.press("+")
    page.keyboard.press("-")

    page.keyboard.press("Space")
    expect(page.get_by_role("dialog", name="Close the poll now?")).to_be_visible()
    page.keyboard.press("Space")
    assert page.locator("dialog[open]").count() == 1  # the space bar is no answer
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(main).to_have_attribute("data-state", "open")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(main).to_have_attribute("data-state", "final")
    expect(page.locator(".outcome .sentence")).to_have_text(re.compile("^Coffee ?won with the only vote.$"))
    expect(page.locator(".live")).to_have_text(re.compile("final, as of"))


def test_times_are_those_of_the_room(system: System, browse: Opening) -> None:
    zone = ZoneInfo("Asia/Kolkata")
    make_poll(system, "kolkata", "Yes", "No")
    page = host_at(system, browse, "kolkata", zone=zone.key)

    page.keyboard.press("2")

    expect(page.locator(".said")).to_have_text(re.compile(r"^It closes at [\d:]{8}\.$"))
    said = page.locator(".said").inner_text().removeprefix("It closes at ")[:5]
    expected = datetime.now(zone) + timedelta(minutes=2)
    assert said in {f"{expected + timedelta(minutes=minutes):%H:%M}" for minutes in (-1, 0, 1)}
    page.goto(f"{system.vote_url}/host/")
    page.locator("form", has=page.get_by_role("button", name="Add 2 minutes")).first.get_by_role("button").click()
    expect(page.locator(".said").first).not_to_contain_text("UTC")


def test_arrows_lead_to_the_next_poll_and_stay_full_screen(system: System, browse: Opening) -> None:
    for slug in ("first-of-two", "second-of-two"):
        make_poll(system, slug, "Yes", "No")
    page = host_at(system, browse, "first-of-two")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(present(system, "second-of-two"))
    expect(page.locator("h1")).to_have_text("second-of-two?")

    half(browse(f"{system.vote_url}/p/second-of-two/"), "A").click()
    expect(page.locator("[data-voters]")).to_have_text("1")
    page.keyboard.press("PageUp")
    expect(page.locator("h1")).to_have_text("first-of-two?")
    expect(page.locator("[data-voters]")).to_have_text("0")
    assert page.evaluate("document.fullscreenElement !== null")
    page.go_back()
    expect(page.locator("h1")).to_have_text("second-of-two?")


def test_keys_are_shown_and_can_be_clicked(system: System, browse: Opening) -> None:
    page = browse(present(system, "cats-vs-dogs"), viewport=PROJECTOR)
    expect(page.locator(".live")).to_have_attribute("data-live", "live")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    expect(keys.get_by_text("Open the poll")).to_have_count(0)
    keys.get_by_role("button", name="Show or hide the result").click()
    expect(keys).to_be_hidden()
    expect(page.locator(".said")).to_have_text("The result is hidden.")


def test_who_is_no_host_opens_and_shows_nothing(system: System, browse: Opening) -> None:
    make_poll(system, "secret", "Yes", "No", rule="staff")
    page = browse(present(system, "secret"), viewport=PROJECTOR)
    expect(page.locator(".live")).to_have_attribute("data-live", "live")
    half(browse(f"{system.vote_url}/p/secret/"), "A").click()
    expect(page.locator("[data-voters]")).to_have_text("1")
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.keyboard.press("r")
    expect(page).to_have_url(re.compile("result=shown"))
    expect(page.locator(".live")).to_have_attribute("data-live", "live")
    assert page.locator(".percent").all_inner_texts() == ["", ""]
    assert page.locator("dialog[open]").count() == 0
    expect(page.locator(".said")).to_have_text("Only hosts see the result.")


def test_a_host_shows_a_result_that_is_hidden_from_the_room(system: System, browse: Opening) -> None:
    make_poll(system, "kept-back", "Yes", "No", rule="staff")
    page = host_at(system, browse, "kept-back")
    half(browse(f"{system.vote_url}/p/kept-back/"), "A").click()
    expect(page.locator("[data-voters]")).to_have_text("1")
    assert page.locator(".percent").all_inner_texts() == ["", ""]
    page.keyboard.press("r")
    expect(page.locator(".percent").first).to_have_text("100%")
    expect(page.locator(".live")).to_have_attribute("data-live", "live")
    page.reload()
    expect(page.locator(".live")).to_have_attribute("data-live", "live")
    expect(page.locator(".percent").first).to_have_text("100%")


def test_a_result_is_hidden_though_the_site_does_not_answer(system: System, browse: Opening) -> None:
    page = browse(present(system, "cats-vs-dogs"), viewport=PROJECTOR)
    expect(page.locator(".percent").first).to_have_text(re.compile("%"))
    page.route("**/present/**", lambda route: route.abort())
    page.keyboard.press("r")
    expect(page.locator(".percent").first).to_have_text("")
    expect(page.locator(".said")).to_have_text("The site does not answer. Press the key again.")


@both_schemes
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=str)
def test_a_camera_reads_the_address_off_the_wall(
    system: System, browse: Opening, scheme: Scheme, size: tuple[int, int]
) -> None:
    page = browse(present(system, "cats-vs-dogs"), color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    address = page.locator(".address").inner_text().replace("\n", "")
    assert qr.read(page) == [f"http://{address}"]
    assert f"http://{address}".startswith(system.vote_url)


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, and the page the frame in which it hears of that."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


#: Polls that are hard to set, by slug.
HARD = {
    "two": ["Cats", "Dogs"],
    "long": [LONG[:200]] * 3,
    "twelve": [f"Talk {number} of the day" for number in range(12)],
    "twenty": [f"Talk {number} in the large hall, with questions" for number in range(20)],
    "fifty": [f"Talk {number} of the week" for number in range(50)],
    "mixed": ["القطارات", "<script>alert(1)</script>", "W" * 200, "x"],
    "until-it-closes": ["Cats", "Dogs"],
}


def test_every_poll_fits_the_wall_and_breaks_no_rule(system: System, browse: Opening) -> None:
    make_polls(system, HARD)
    page = browse("about:blank", reduced_motion="reduce", locale="es")  # its texts are the longer ones
    for slug in HARD:
        page.goto(present(system, slug))
        expect(page.locator(".live")).to_have_attribute("data-live", "live")
        for width, height in ((1280, 720), (1920, 1080), (3840, 2160), (1024, 768), (360, 740)):
            resize(page, width, height)
            assert _misplaced(page) == [], f"{slug} at {width} x {height}"
    page.set_viewport_size({"width": 1920, "height": 1080})
    for key in ("", "r", "?"):
        if key:
            page.keyboard.press(key)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_of_fifty_choices_the_leaders_are_on_the_wall(system: System, browse: Opening, scripts: bool) -> None:
    slug = f"crowded-{scripts}".lower()
    make_polls(system, {slug: [f"Idea {number}" for number in range(1, 51)]})
    page = browse(present(system, slug), viewport=PROJECTOR, java_script_enabled=scripts)
    shown = page.locator("[data-choice]:visible .name")
    assert shown.all_inner_texts() == [f"Idea {number}" for number in range(1, 20)]
    expect(page.locator(".rest")).to_have_text("and 31 more")

    phone = browse(f"{system.vote_url}/p/{slug}/")
    phone.get_by_role("button", name="Idea 50").click()
    expect(phone.locator("[data-phase]")).to_have_attribute("data-phase", "counted")
    if not scripts:
        page.reload()

    expect(page.locator(".rest")).to_have_text("and 31 more, 0% together")
    assert shown.all_inner_texts() == [*(f"Idea {number}" for number in range(1, 19)), "Idea 50"]
    heights = {round(box["height"]) for bar in page.locator(".bar:visible").all() if (box := bar.bounding_box())}
    assert len(heights) == 1
    assert heights.pop() > 15


def make_polls(system: System, polls: dict[str, list[str]]) -> None:
    """Open polls, all at once: each call of bin/manage takes a second or more."""
    code = (
        "from polls.lifecycle import transitions\n"
        f"for slug, texts in {polls!r}.items():\n"
        " rule = 'after_close' if slug == 'until-it-closes' else 'always'\n"
        " poll = transitions.create_poll(texts, slug=slug, question=f'{slug}?', result_rule=rule)\n"
        " transitions.open_poll(poll.pk)\n"
    )
    system.run(code)


def _misplaced(page: Page) -> list[str]:
    """Return what is wider than its place, reaches out of the window, or into the foot; a pixel may be rounding."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => {
          const box = (selector) => document.querySelector(selector).getBoundingClientRect();
          const wide = ["main", ".result", ".board", ".address", ".at", ".short", "footer"].filter((selector) => {
            const place = document.querySelector(selector);
            return place.scrollWidth > place.clientWidth + 1;
          });
          const out = ["main", "h1", ".board", ".qr", "footer", ".said", ".live"].filter((selector) =>
            box(selector).right > innerWidth + 1 || box(selector).bottom > innerHeight + 1);
          const low = ["h1", ".board", ".qr"].filter((selector) => box(selector).bottom > box("footer").top + 1);
          return [...wide, ...out, ...low];
        }"""
    )


WINDOWS = ((1024, 768), (1280, 720), (1920, 1080), (3840, 2160), (768, 1024))
#: Choices of which a board has few, many, all that fit, and more.
NUMBERS = (2, 3, 8, 20, 21, 50)


def test_a_room_reads_all_that_is_on_the_wall(system: System, browse: Opening) -> None:
    polls = {f"of-{number}": [f"Talk {at}: on locks" for at in range(number)] for number in NUMBERS}
    make_polls(system, polls)
    for number in NUMBERS:
        browse(f"{system.vote_url}/p/of-{number}/").get_by_role("button", name="Talk 0: on locks").click()
    page = browse("about:blank", reduced_motion="reduce")
    for number in NUMBERS:
        page.goto(present(system, f"of-{number}"))
        expect(page.locator(".live")).to_have_attribute("data-live", "live")
        expect(page.locator(".leads .note")).to_have_text("leads by 1")
        assert page.locator(".board > li:visible").count() == min(number, 20)
        for width, height in WINDOWS:
            resize(page, width, height)
            where = f"{number} choices at {width} x {height}"
            assert _small(page) == {}, where
            assert _cut(page) == [], where
            assert _misplaced(page) == [], where


#: A longest word that no letter count foretells the width of.
WORDS = {
    "arabic": ["القطارات", "حافلات ليلية", "طريق للدراجات الهوائية في المدينة", "العبّارات"],
    "long-words": ["Donaudampfschifffahrt", "WWWWWWWWWWWWWW", "Straßenbahn", "iiiiiiiiiiiiiiiiiiiiiiii"],
}


def test_words_are_as_large_as_they_have_room(system: System, browse: Opening) -> None:
    make_polls(system, WORDS)
    page = browse("about:blank", reduced_motion="reduce")
    for slug in WORDS:
        page.goto(present(system, slug))
        expect(page.locator(".live")).to_have_attribute("data-live", "live")
        for width, height in WINDOWS:
            resize(page, width, height)
            assert _cut(page) == [], f"{slug} at {width} x {height}"
            lines = page.evaluate(
                """() => [...document.querySelectorAll(".name")].map((name) => {
                  const words = name.textContent.split(" ").length;
                  return [new Set([...name.getClientRects()].map(({ top }) => Math.round(top))).size, words];
                })"""
            )
            assert [line for line, words in lines if line > words] == [], f"{slug} at {width} x {height}"


def _small(page: Page) -> dict[str, float]:
    """Texts that are smaller than 24 pixels, by what they are."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => Object.fromEntries([...document.querySelectorAll("main :not(script, dialog *)")]
          .filter((place) => place.checkVisibility() && place.getClientRects().length)
          .filter((place) => [...place.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
          .map((place) => [place.className || place.tagName, parseFloat(getComputedStyle(place).fontSize)])
          .filter(([, size]) => size < 23.9))"""
    )


def _cut(page: Page) -> list[str]:
    """Labels that are cut or touch their letter, shares that reach out of their row; a pixel is the rounding's."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => [...document.querySelectorAll(".board > li[data-choice]")].filter((row) => row.checkVisibility())
          .flatMap((row) => {
            const [letter, text, percent] = [".letter", ".text", ".percent"].map((part) => row.querySelector(part));
            const [outer, of, other, share] = [row, letter, text, percent].map((part) => part.getBoundingClientRect());
            const glyph = parseFloat(getComputedStyle(text).fontSize);
            return [
              text.scrollHeight > text.clientHeight + glyph / 2 && "label",
              of.right > other.left + 1 && "letter",
              (percent.scrollWidth > percent.clientWidth + 1 || share.right > outer.right + 1) && "share",
              other.bottom > outer.bottom + 1 && "row",
            ].filter(Boolean).map((what) => `${what} of ${text.textContent.slice(0, 20)}`);
          })"""
    )


def test_the_last_seconds_are_the_largest_number(system: System, browse: Opening) -> None:
    """Then the page says who won."""
    make_poll(system, "countdown", "Cats", "Dogs")
    half(browse(f"{system.vote_url}/p/countdown/"), "B").click()
    page = browse(present(system, "countdown"), viewport={"width": 1024, "height": 768}, reduced_motion="reduce")
    expect(page.locator("[data-voters]")).to_have_text("1")
    assert page.locator(".countdown").inner_text() == ""
    close_in_seconds(system, "countdown", 20)

    expect(page.locator(".countdown")).to_have_text(re.compile(r"^\d$"))
    sizes = page.evaluate(
        """() => [".countdown", "main :not(.countdown):not(dialog *)"].map((selector) => Math.max(
          ...[...document.querySelectorAll(selector)].map((place) => parseFloat(getComputedStyle(place).fontSize))))"""
    )
    assert sizes[0] > sizes[1]
    assert (_misplaced(page), page.locator(".qr").is_visible()) == ([], False)

    expect(page.locator("main")).to_have_attribute("data-state", "final")
    expect(page.locator(".outcome b").first).to_have_text("Dogs")
    expect(page.locator(".won")).to_have_text("100%")
    assert page.locator(".field rect").evaluate_all(
        "rects => rects.map((rect) => [rect.getAttribute('width'), rect.getAttribute('fill')])"
    ) == [["100%", "url(#t1)"]]
    assert page.locator(".countdown").inner_text() == ""
    for width, height in WINDOWS:
        resize(page, width, height)
        assert (_small(page), _misplaced(page), _overlapping(page)) == ({}, [], []), f"{width} x {height}"


def close_in_seconds(system: System, slug: str, seconds: int) -> None:
    """Set a closing time that no page can be asked for."""
    code = (
        "from datetime import timedelta; from django.utils import timezone;"
        "from polls.lifecycle import transitions; from polls.models import Poll;"
        f"poll = Poll.objects.get(slug={slug!r});"
        f"poll.closes_at = timezone.now() + timedelta(seconds={seconds}); poll.save(); transitions.edited(poll.pk)"
    )
    system.run(code)


def _overlapping(page: Page) -> list[str]:
    """Neighbours in the column of a final poll that lie on each other."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => {
          const places = [".outcome .state", ".sentence", ".won", ".field", ".where", ".join .address"]
            .map((selector) => [selector, document.querySelector(selector)])
            .filter(([, place]) => place.checkVisibility() && place.getClientRects().length)
            .map(([selector, place]) => [selector, place.getBoundingClientRect()]);
          return places.slice(1).filter(([, box], at) => box.top < places[at][1].bottom - 2).map(([name]) => name);
        }"""
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_a_tie_has_equal_parts_and_a_hidden_result_none(system: System, browse: Opening, scripts: bool) -> None:
    for rule in ("always", "staff"):
        slug = f"tie-{rule}-{scripts}".lower()
        make_poll(system, slug, "Cats", "Dogs", "Birds", rule=rule)
        for choice in ("Cats", "Birds"):
            phone = browse(f"{system.vote_url}/p/{slug}/")
            phone.get_by_role("button", name=choice).click()
            expect(phone.locator("[data-phase]")).to_have_attribute("data-phase", "counted")
        manage(system, "seal", slug)
        page = browse(present(system, slug), viewport=PROJECTOR, java_script_enabled=scripts)
        expect(page.locator("main")).to_have_attribute("data-state", "final")
        # In one step: `evaluate_all` finds first and asks then, and a frame between them draws new ones.
        fields = page.evaluate(
            """() => [...document.querySelectorAll(".field rect")]
              .map((rect) => [rect.getAttribute("fill"), Math.round(rect.getBoundingClientRect().width)])"""
        )
        if rule == "staff":
            assert (fields, page.locator(".won").inner_text()) == ([], "")
            expect(page.locator(".outcome .sentence")).to_have_text("Only hosts see the result.")
            continue
        assert [fill for fill, _ in fields] == ["url(#t0)", "url(#t2)"]
        assert fields[0][1] == fields[1][1] > 100
        expect(page.locator(".won")).to_have_text("50% each")
        expect(page.locator(".outcome .sentence")).to_contain_text("tie with 1 vote each.")


def test_all_text_on_the_wall_is_ink(system: System, browse: Opening) -> None:
    page = browse(present(system, "cats-vs-dogs"), viewport=PROJECTOR)
    colours = page.evaluate(
        """() => [...new Set([...document.querySelectorAll("main :is(h1, p, span, b, small, time)")]
          .filter((place) => place.checkVisibility()).map((place) => getComputedStyle(place).color))]"""
    )
    assert colours == ["rgb(16, 32, 31)"]


def test_without_javascript_it_is_a_still_picture(system: System, browse: Opening) -> None:
    page = browse(present(system, "cats-vs-dogs"), viewport=PROJECTOR, java_script_enabled=False)
    expect(page.locator(".percent").first).to_have_text(re.compile(r"^\d+%$"))
    expect(page.locator(".live")).to_contain_text("as of")
    expect(page.get_by_text("Without JavaScript, reload to update.")).to_be_visible()
    expect(page.locator(".help")).to_be_hidden()

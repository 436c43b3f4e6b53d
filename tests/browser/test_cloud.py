"""The entries of an open list as a cloud: on the result page and on the projector."""

import json
from itertools import combinations
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening, make_poll
from tests.browser.test_open_list import PHONE, PROJECTOR
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Scheme = Literal["light", "dark"]
Entries = list[tuple[str, int]]

NARROW = {"width": 320, "height": 640}
DESKTOP = {"width": 1280, "height": 800}
#: Pixels of the smallest text that a phone and a projector may show.
LEAST = {"results": 12, "present": 24}
#: Entries with these votes: what a page draws comes from the totals.
FILL = """
from uuid import UUID
from polls.counting import entries
from polls.lifecycle.steps import transition
from polls.lifecycle.transitions import tell_all
from polls.models import Choice, EntryState, Poll, Total
poll = Poll.objects.get(slug={slug!r})
with transition(poll.pk) as tally:
    for text, votes in {entries!r}:
        entry = Choice.objects.filter(poll=poll, text=text).values_list("pk", flat=True).first()
        entry = entry or entries.add(tally, text, UUID(int=1), EntryState.SHOWN).id
        Total.objects.filter(choice_id=entry).update(votes=votes)
    tally.voters = 200
    tally.definition_version += 1
tell_all(poll.pk)
"""
WORDS = """frame => {
  const around = frame.getBoundingClientRect();
  return [...frame.querySelectorAll(".word:not([hidden])")].map(word => {
    const { left, top, right, bottom } = word.getBoundingClientRect();
    return {
      text: word.textContent, size: parseFloat(getComputedStyle(word).fontSize), left, top, right, bottom,
      isInside: left >= around.left && top >= around.top && right <= around.right && bottom <= around.bottom,
    };
  });
}"""
LIFE = "Más vida en la plaza y sombra en cada parada del autobús que va a la escuela"
SOME: Entries = [("Trees", 90), ("Shade", 60), ("Bikes", 55), ("شجرة وظل", 30), ("Ñandú", 12), ("Wi-Fi", 3), (LIFE, 1)]
MANY: Entries = [(f"{SOME[n % 6][0]} {n}", 100 - n) for n in range(100)]
LONG: Entries = [("x" * 140, 90), (LIFE + " " + LIFE[:60], 70), ("שלום עולם " * 13, 50), *SOME]
LINES: Entries = [(f"{LIFE} {n:02}", n) for n in range(60)]
LISTS = {"one": SOME[:1], "some": SOME, "many": MANY, "long": LONG, "lines": LINES}


@pytest.fixture(scope="module")
def clouds(system: System) -> System:
    for name, entries in LISTS.items():
        make_cloud(system, name, entries)
    return system


def make_cloud(system: System, slug: str, entries: Entries, **fields: Any) -> None:
    make_poll(system, slug, kind="open-list", max_choices=50, details={"cloud": True}, **fields)
    fill(system, slug, entries)


def fill(system: System, slug: str, entries: Entries) -> None:
    system.run(FILL.format(slug=slug, entries=entries))


def look(browse: Opening, system: System, slug: str, page: str = "results", **options: Any) -> Page:
    return browse(f"{system.result_url}/p/{slug}/{page}/", **{"reduced_motion": "reduce", **options})


def words_of(page: Page) -> list[dict[str, Any]]:
    expect(page.locator(".cloud .word:not([hidden])").first).to_be_visible()
    return list(page.locator(".cloud").evaluate(WORDS))


def places_of(page: Page) -> dict[str, tuple[float, float]]:
    return {word["text"]: (word["left"], word["top"]) for word in words_of(page)}


def are_apart(one: dict[str, Any], other: dict[str, Any]) -> bool:
    beside = one["right"] <= other["left"] or other["right"] <= one["left"]
    return bool(beside or one["bottom"] <= other["top"] or other["bottom"] <= one["top"])


@pytest.mark.parametrize("slug", LISTS)
@pytest.mark.parametrize(
    ("page_name", "viewport"),
    [
        ("results", NARROW),
        ("results", PHONE),
        ("results", DESKTOP),
        ("results", PROJECTOR),
        ("present", PROJECTOR),
        ("present", {"width": 1024, "height": 768}),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value["width"]),
)
def test_words_are_readable_and_apart(
    clouds: System, browse: Opening, slug: str, page_name: str, viewport: dict[str, int]
):
    page = look(browse, clouds, slug, page_name, viewport=viewport)
    words = words_of(page)
    assert [word["text"] for word in words if not word["isInside"]] == []
    assert [pair for pair in combinations(words, 2) if not are_apart(*pair)] == []
    assert min(word["size"] for word in words) >= LEAST[page_name]
    left_out = len(LISTS[slug]) - len(words)
    if left_out:
        expect(page.locator(".of-cloud")).to_have_text(f"and {left_out} more")
    else:
        expect(page.locator(".of-cloud")).to_be_hidden()
    assert fits_in_width(page)


def test_more_votes_are_larger(clouds: System, browse: Opening):
    sizes = {word["text"]: word["size"] for word in words_of(look(browse, clouds, "some"))}
    ordered = [sizes[text] for text, _ in SOME]
    assert ordered == sorted(ordered, reverse=True)
    assert ordered[0] > 2 * ordered[-1]


def test_equal_screens_show_the_same(clouds: System, browse: Opening):
    one, other = (places_of(look(browse, clouds, "many", viewport=DESKTOP)) for _ in range(2))
    assert one == other


def test_votes_that_come_move_little(clouds: System, browse: Opening):
    make_cloud(clouds, "growing", MANY[:40])
    page = look(browse, clouds, "growing", viewport=DESKTOP)
    before = places_of(page)
    fill(clouds, "growing", [(MANY[20][0], 97), ("New", 1)])
    expect(page.locator(".cloud .word", has_text="New")).to_be_visible()
    after = places_of(page)
    assert len([text for text, place in before.items() if after[text] == place]) >= len(before) / 2
    # A page that comes now shows no other picture than one that was there all along.
    assert places_of(look(browse, clouds, "growing", viewport=DESKTOP)) == after


def test_a_host_turns_it_on_and_off_while_pages_are_open(clouds: System, browse: Opening):
    make_poll(clouds, "turned", kind="open-list", max_choices=50)
    fill(clouds, "turned", SOME)
    results, board = look(browse, clouds, "turned"), look(browse, clouds, "turned", "present", viewport=PROJECTOR)
    edit = """
from polls.lifecycle import transitions
from polls.models import Poll
Poll.objects.filter(slug="turned").update(details={details!r})
transitions.edited(Poll.objects.get(slug="turned").pk)
"""
    for page in (results, board):
        expect(page.locator("[data-entries] .name")).to_have_count(len(SOME))
        expect(page.locator(".cloud")).to_be_hidden()
    clouds.run(edit.format(details={"cloud": True}))
    for page in (results, board):
        expect(page.locator(".cloud .word")).to_have_count(len(SOME))
    clouds.run(edit.format(details={}))
    for page in (results, board):
        expect(page.locator(".cloud")).to_be_hidden()


def test_hidden_votes_have_one_size(clouds: System, browse: Opening):
    make_cloud(clouds, "hidden-cloud", SOME, rule="after_close")
    page = look(browse, clouds, "hidden-cloud")
    assert len({word["size"] for word in words_of(page)}) == 1
    snapshot = json.loads(page.locator("#snapshot").inner_text())
    assert {(choice["votes"], choice["percent"]) for choice in snapshot["choices"]} == {(None, None)}
    assert (snapshot["leaders"], snapshot["lead"]) == ([], None)


def test_without_javascript_there_is_the_list(clouds: System, browse: Opening):
    page = look(browse, clouds, "some", java_script_enabled=False)
    expect(page.locator(".cloud")).to_be_hidden()
    expect(page.locator(".chart .name")).to_have_text([text for text, _ in SOME])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_are_accessible_in_spanish(clouds: System, browse: Opening, scheme: Scheme):
    for page_name, viewport in (("results", NARROW), ("present", PROJECTOR)):
        page = look(browse, clouds, "lines", page_name, viewport=viewport, color_scheme=scheme, locale="es")
        expect(page.locator(".of-cloud")).to_contain_text("más")
        assert violations(page) == []
        assert page.get_by_role("listitem").filter(has_text=LINES[-1][0]).count() == 1

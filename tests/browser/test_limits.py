"""Pages at their limits: a million votes, texts as long as they may be, from right to left, and full of HTML."""

import json
import re
import urllib.request
from collections.abc import Mapping, Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opening, make_poll
from tests.browser.test_presenter import sign_in
from tests.browser.test_voting import half
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = ["en", "es"]

SIZES = [(320, 640), (360, 740), (1280, 800), (1920, 1080)]
A_MILLION = [1_234_567, 987_654]
SCRIPT = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\"> &amp; {{ 7 }} "
HARD: Mapping[str, Sequence[str]] = {
    "wide": ["W" * 200, ("ipsum " * 40)[:200]],
    "twenty": [(f"{number} " + "W" * 180 + " ipsum" * 40)[:200] for number in range(20)],
    "from-the-right": ["القطارات", "אוטובוסי לילה (3)"],
    "html": [(SCRIPT * 2)[:200], "</bdi></span></script>"],
    "pictures": ["🐱", "👩‍👩‍👧‍👦" * 10],
}
#: What says a number, and has to be seen whole.
NUMBERS = ".share, .percent, .votes, .count, .number, .reading b, .foot b, [data-voters], .sentence, .receipt, .status"
#: Such places that reach out of the window, or out of what cuts them off.
CLIPPED = """(selector) => [...document.querySelectorAll(selector)].filter((place) => {
  if (!place.checkVisibility({ visibilityProperty: true }) || !place.textContent.trim()) return false;
  const range = document.createRange();
  range.selectNodeContents(place);
  const text = range.getBoundingClientRect();
  if (text.left < -1 || text.right > document.documentElement.clientWidth + 1) return true;
  for (let around = place; around !== document.body; around = around.parentElement) {
    if (getComputedStyle(around).overflowX === "visible") continue;
    const box = around.getBoundingClientRect();
    if (text.left < box.left - 1 || text.right > box.right + 1) return true;
  }
  return false;
}).map((place) => place.className + ": " + place.textContent.trim())"""


def count(system: System, slug: str, votes: Sequence[int]) -> None:
    """Write totals as if so many had voted."""
    code = (
        "from polls.results import broadcast; from polls.models import Tally, Total; from django.db.models import F\n"
        f"found = Total.objects.filter(poll__slug={slug!r}).order_by('choice__position')\n"
        f"for total, votes in zip(found, {list(votes)!r}): Total.objects.filter(pk=total.pk).update(votes=votes)\n"
        f"Tally.objects.filter(poll__slug={slug!r}).update(voters={sum(votes)}, version=F('version') + 1)\n"
        "broadcast.publish(found[0].poll_id)"
    )
    system.run(code)


def fits(page: Page, *, at: str) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        seen = page.evaluate("document.documentElement.scrollWidth"), page.evaluate(CLIPPED, NUMBERS)
        assert seen == (width, []), f"{at} at {width} x {height}"


def grouped(language: str, number: str) -> str:
    """A number that has commas in English, as pages in this language write it."""
    return number if language == "en" else number.replace(",", " ")


@pytest.fixture(scope="module")
def million(system: System) -> str:
    """A poll that more than two million have voted in, beside another: with one the home page is no list."""
    make_poll(system, "million", "Cats", "Dogs")
    count(system, "million", A_MILLION)
    return "million"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_million_votes_fit_every_page(system: System, browse: Opening, million: str, language: str) -> None:
    page = browse("about:blank", locale=language, reduced_motion="reduce")
    for url in (f"{system.result_url}/p/{million}/results/", f"{system.result_url}/p/{million}/present/"):
        page.goto(url)
        expect(page.locator(".live")).to_have_attribute("data-live", "live")
        expect(page.locator("[data-voters]")).to_have_text(grouped(language, "2,222,221"))
        fits(page, at=url)
    page.goto(f"{system.vote_url}/?code=zz")
    expect(page.locator(".count b").filter(has_text=grouped(language, "2,222,221"))).to_have_count(1)
    fits(page, at="home")
    page.complaints.clear()  # type: ignore[attr-defined]  # the 404 of that code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_million_votes_fit_the_ballot_and_the_hosts_pages(
    system: System, browse: Opening, million: str, language: str
) -> None:
    page = browse(f"{system.vote_url}/p/{million}/", locale=language, reduced_motion="reduce")
    half(page, "B").click()
    expect(page.locator("[data-phase]")).to_have_attribute("data-phase", "counted")
    assert [share.replace("\xa0", "") for share in page.locator(".share").all_inner_texts()] == ["56%", "44%"]
    fits(page, at="vote")
    host = browse("about:blank", reduced_motion="reduce")
    sign_in(system, host)
    for path in ("/host/", f"/host/{million}/"):
        host.goto(system.vote_url + path)
        fits(host, at=path)
    count(system, million, A_MILLION)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_million_visits_fit_the_counter_and_its_badge(system: System, browse: Opening, language: str) -> None:
    code = (
        "from uuid import uuid4; from counter.models import Counter, Epoch\n"
        f"counter = Counter.objects.create(name='large-{language}')\n"
        "Epoch.objects.create(counter=counter, epoch=uuid4(), visits=1_234_566)"
    )
    system.run(code)
    page = browse(f"{system.vote_url}/counter/large-{language}/", locale=language, reduced_motion="reduce")
    expect(page.locator("p.number")).to_have_text(grouped(language, "1,234,567"))
    fits(page, at="counter")
    badge = page.goto(f"{system.vote_url}/counter/large-{language}.svg")
    assert badge is not None
    assert re.search(r"1.234.568", badge.text())


def test_files_have_a_million_votes_as_plain_numbers(system: System, million: str) -> None:
    files = {}
    for name in ("results.json", "results.csv"):
        with urllib.request.urlopen(f"{system.result_url}/p/{million}/{name}", timeout=5) as answer:
            files[name] = answer.read().decode()
    assert [choice["votes"] for choice in json.loads(files["results.json"])["choices"]] == A_MILLION
    assert [str(votes) in files["results.csv"] for votes in A_MILLION] == [True, True]


@pytest.mark.parametrize("slug", HARD)
def test_any_text_fits_every_page(system: System, browse: Opening, slug: str) -> None:
    texts = HARD[slug]
    make_poll(system, slug, *texts)
    count(system, slug, [A_MILLION[0] // (number + 1) for number in range(len(texts))])
    page = browse("about:blank", reduced_motion="reduce")
    paths = ["", "results/", "present/"]
    for path in paths:
        page.goto(f"{system.result_url}/p/{slug}/{path}")
        names = page.locator(".option .name bdi, .option bdi.name, [data-choice] .name")
        assert [name.strip() for name in names.all_text_contents()][:2] == [text.strip() for text in texts[:2]]
        assert page.title() == f"{slug}?"
        fits(page, at=f"{slug} {path}")


def test_no_name_of_two_lies_under_another_word(system: System, browse: Opening) -> None:
    make_poll(system, "two-long", *HARD["wide"])
    page = browse(f"{system.vote_url}/p/two-long/", viewport={"width": 320, "height": 640})
    half(page, "B").click()
    expect(page.locator("[data-phase]")).to_have_attribute("data-phase", "counted")
    for option in page.locator(".option").all():
        box, name = option.bounding_box(), option.locator(".name").bounding_box()
        above = [option.locator(each).bounding_box() for each in (".letter", ".share")]
        assert box
        assert name
        assert name["y"] + name["height"] <= box["y"] + box["height"]
        assert [each["y"] + each["height"] <= name["y"] for each in above if each] == [True, True]

"""A vote in a poll with limits: it waits, or its browser works first, and it is sent by itself."""

import hashlib
import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ops.launch.data_dir import BASE_DIR
from tests.browser.accessibility import violations
from tests.browser.conftest import Opening, expect_totals, make_poll, totals
from tests.browser.test_voting import half, status
from tests.browsing import Browser
from tests.system import System
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}
#: Holds the answer of a worker back, so that a page can be looked at while it works.
HELD = """
const Real = Worker;
window.Worker = class extends Real {
  set onmessage(heard) {
    super.onmessage = (event) => {
      if (event.data.answer && !window.released) window.kept = () => heard(event);
      else heard(event);
    };
  }
};
window.release = () => {
  window.released = true;
  window.kept?.();
};
"""


def forgive(page: Page) -> None:
    """Forgive what browsers log of an answer 429: it is no fault of the page."""
    page.complaints[:] = [each for each in page.complaints if "429" not in each]  # type: ignore[attr-defined]


def slowed(system: System, *texts: str, **fields: Any) -> str:
    """Return the slug of a poll that asks for work, since somebody here has voted in it."""
    slug = f"slowed-{secrets.token_hex(4)}"
    fields = {"slow_down_after": 1, **fields}
    make_poll(system, slug, *(texts or ("Tea", "Coffee")), **fields)
    voter, path = Browser(system.vote_url), f"/p/{slug}/"
    choice = voter.get(f"{path}results.json").json()["choices"][0]["id"]
    assert voter.vote(path, choice).status == 202
    return slug


def test_its_sha_256_is_the_known_one(browse: Opening) -> None:
    texts = [
        "",
        "abc",
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "é😀",
        *("a" * n for n in range(50, 130)),
    ]
    texts.append("a" * 1_000_000)
    page = browse("about:blank")
    page.evaluate("(source) => (0, eval)(source)", (BASE_DIR / "static" / "work.js").read_text())
    hashed = page.evaluate("(texts) => texts.map((text) => [...sha256(new TextEncoder().encode(text))])", texts)
    assert [bytes(each) for each in hashed] == [hashlib.sha256(text.encode()).digest() for text in texts]
    # FIPS 180-4
    assert bytes(hashed[1]).hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_vote_is_one_press_while_the_browser_works(
    system: System, browse: Opening, theme: str, language: str
) -> None:
    slug = slowed(system)
    phone = browse("about:blank", viewport=PHONE, color_scheme=theme, locale=language, reduced_motion="reduce")
    phone.add_init_script(HELD)
    phone.goto(f"{system.vote_url}/p/{slug}/")
    expect(phone.locator(".limits")).to_be_hidden()
    half(phone, "A").click()

    said = {"en": "Checking", "es": "Comprobando"}[language]
    expect(status(phone)).to_contain_text(said)
    expect(phone.locator(".hear[role=status]")).to_contain_text(said)
    expect(phone.locator(".limits progress")).to_be_visible()
    expect(phone.locator(".limits progress")).to_have_js_property("value", 16)
    assert violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    phone.evaluate("release()")
    expect(status(phone)).to_contain_text({"en": "Counted", "es": "Contado"}[language])
    expect(phone.locator(".limits")).to_be_hidden()
    expect_totals(system, {"Tea": 2, "Coffee": 0}, slug)
    half(phone, "B").click()
    expect_totals(system, {"Tea": 1, "Coffee": 1}, slug)
    forgive(phone)


def test_another_choice_meanwhile_is_the_one_that_counts(system: System, browse: Opening) -> None:
    slug = slowed(system)
    phone = browse("about:blank", viewport=PHONE)
    phone.add_init_script(HELD)
    phone.goto(f"{system.vote_url}/p/{slug}/")
    half(phone, "A").click()
    expect(phone.locator(".limits progress")).to_be_visible()
    half(phone, "B").click()
    expect(half(phone, "B")).to_have_attribute("aria-pressed", "true")
    phone.evaluate("release()")
    expect(status(phone)).to_contain_text("Counted")
    expect_totals(system, {"Tea": 1, "Coffee": 1}, slug)
    forgive(phone)


def test_a_vote_made_offline_is_sent_when_the_work_is_done(system: System, browse: Opening) -> None:
    slug = slowed(system)
    phone = browse(f"{system.vote_url}/p/{slug}/")
    expect(half(phone, "A")).to_be_visible()
    phone.context.set_offline(True)
    half(phone, "A").click()
    expect(phone.locator("main")).to_have_attribute("data-view", "state")
    phone.context.set_offline(False)
    expect(phone.locator("[data-phase]")).to_have_attribute("data-phase", "counted")
    expect_totals(system, {"Tea": 2, "Coffee": 0}, slug)
    forgive(phone)


def test_a_page_of_before_the_limit_works_too(system: System, browse: Opening) -> None:
    slug = slowed(system, slow_down_after=None)
    phone = browse(f"{system.vote_url}/p/{slug}/")
    expect(half(phone, "A")).to_be_visible()
    assert phone.locator(".limits").count() == 0
    code = (
        "from polls.lifecycle import transitions; from polls.models import Poll\n"
        f"Poll.objects.filter(slug={slug!r}).update(slow_down_after=1)\n"
        f"transitions.edited(Poll.objects.get(slug={slug!r}).pk)"
    )
    system.run(code)
    choice = Browser(system.vote_url).get(f"/p/{slug}/results.json").json()["choices"][1]["id"]
    assert Browser(system.vote_url).vote(f"/p/{slug}/", choice).status == 202
    half(phone, "A").click()
    expect(status(phone)).to_contain_text("Counted")
    assert phone.locator(".limits").count() == 1
    expect_totals(system, {"Tea": 2, "Coffee": 1}, slug)
    forgive(phone)


def test_without_a_worker_it_says_why_the_vote_is_not_taken(system: System, browse: Opening) -> None:
    slug = slowed(system)
    phone = browse("about:blank")
    phone.add_init_script("delete window.Worker")
    phone.goto(f"{system.vote_url}/p/{slug}/")
    half(phone, "A").click()
    expect(phone.locator(".question .problem")).to_contain_text("the host of this poll")
    assert totals(system, slug) == {"Tea": 1, "Coffee": 0}
    forgive(phone)


@pytest.mark.parametrize("language", ["en", "es"])
def test_without_javascript_it_says_what_to_do(system: System, browse: Opening, language: str) -> None:
    slug = slowed(system)
    phone = browse(f"{system.vote_url}/p/{slug}/", viewport=PHONE, locale=language, java_script_enabled=False)
    half(phone, "A").click()
    expect(phone.locator(".question .problem")).to_contain_text("JavaScript")
    expect(half(phone, "A")).to_be_visible()
    assert totals(system, slug) == {"Tea": 1, "Coffee": 0}
    forgive(phone)


def test_several_choices_are_sent_when_the_work_is_done(system: System, browse: Opening) -> None:
    slug = slowed(system, "Red", "Green", "Blue", max_choices=2)
    phone = browse(f"{system.vote_url}/p/{slug}/", viewport=PHONE)
    for letter in "BC":
        half(phone, letter).click()
    phone.locator(".send .button").click()
    expect(phone.locator(".send .status")).to_contain_text("Counted")
    expect_totals(system, {"Red": 1, "Green": 1, "Blue": 1}, slug)
    forgive(phone)


def test_a_vote_that_is_one_too_many_waits_and_is_sent_by_itself(system: System, browse: Opening) -> None:
    slug = slowed(system, slow_down_after=None, voters_per_minute=1)
    phone = browse(f"{system.vote_url}/p/{slug}/", viewport=PHONE, reduced_motion="reduce")
    half(phone, "B").click()
    expect(status(phone)).to_contain_text("Kept, sent again soon")
    expect(phone.locator(".limits")).to_contain_text("Your vote waits on this page.")
    assert violations(phone) == []
    assert totals(system, slug) == {"Tea": 1, "Coffee": 0}
    eventually(lambda: totals(system, slug) == {"Tea": 1, "Coffee": 1}, 75, what="the vote of the next minute")
    expect(status(phone)).to_contain_text("Counted")
    expect(phone.locator(".limits")).to_be_hidden()
    forgive(phone)

"""A quiz: from the mark in the editor to what the room learns when the poll is final, and not before."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import fits_in_width, violations
from tests.browser.conftest import Opening
from tests.browser.conftest import close as seal
from tests.browser.test_hosting import host, hosts, sign_in
from tests.system import System
from tests.waiting import eventually

__all__ = ["host", "hosts"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]


def ask(page: Page, system: System, question: str, *texts: str) -> None:
    """Fill in a new poll whose second choice is right."""
    page.goto(f"{system.vote_url}/host/new/")
    page.get_by_label("Question").fill(question)
    for text in texts:
        page.locator(".choice .text:placeholder-shown").first.fill(text)
    page.get_by_label("Right answer", exact=True).select_option("marked above")
    page.locator(".choice .correct").nth(1).click()
    expect(page.get_by_label("Right answer B")).to_be_checked()


def pick(page: Page, text: str) -> Page:
    page.get_by_role("button", name=text).click()
    return page


def close(host: Page, system: System, slug: str, *, has_scripts: bool = True) -> None:
    host.goto(f"{system.vote_url}/host/{slug}/")
    with host.expect_navigation():
        host.get_by_role("button", name="Close now").click()
    again = host.get_by_role("button", name="Open again")
    if has_scripts:
        expect(again).to_be_visible()
    else:
        eventually(lambda: host.reload() and again.is_visible(), what="the poll is final")


def test_the_room_learns_what_is_right_when_all_is_final(host: Page, hosts: System, browse: Opening) -> None:
    ask(host, hosts, "Capital of Chad?", "Abéché", "N'Djamena", "Moundou")
    host.get_by_label("Right answer A").check(force=True)  # one alone is right: the mark moves
    expect(host.get_by_label("Right answer B")).not_to_be_checked()
    host.get_by_label("Right answer B").check(force=True)
    host.get_by_role("button", name="Open the poll").click()
    expect(host.locator(".said")).to_contain_text("Poll opened.")

    vote, results = f"{hosts.vote_url}/p/capital-of-chad/", f"{hosts.result_url}/p/capital-of-chad/results/"
    knows, guesses = pick(browse(vote), "Djamena"), pick(browse(vote, java_script_enabled=False), "Moundou")
    late, screen = browse(vote), browse(results)
    wall = browse(f"{hosts.result_url}/p/capital-of-chad/present/?result=shown")
    expect(screen.locator("[data-voters]")).to_have_text("2")
    for page in (knows, guesses, late, screen, wall, host):
        assert page.locator(".right-answer").count() == 0
        assert "is the right answer" not in page.inner_text("main")

    close(host, hosts, "capital-of-chad")
    expect(screen.locator(".sentence")).to_have_text("N'Djamena is the right answer. 1 of 2 answered right (50%).")
    expect(screen.locator(".bar-row", has=screen.locator(".right-answer"))).to_contain_text("Djamena")
    expect(screen.locator(".leads .name")).to_have_text("N'Djamena")
    expect(wall.locator(".board .right-answer")).to_have_count(1)
    expect(wall.locator(".won")).to_have_text("50%")
    expect(knows.locator(".verdict b:visible")).to_have_text("You answered right.")
    expect(knows.locator(".rows .right-answer")).to_have_text("Right answer")
    expect(late.locator(".verdict")).to_be_hidden()
    expect(late.locator(".panel .sentence")).to_contain_text("1 of 2 answered right (50%).")
    guesses.reload()
    expect(guesses.locator(".verdict b:visible")).to_have_text("Your answer is not right.")
    expect(host.locator(".choices li", has=host.locator(".right-answer"))).to_contain_text("Djamena")


def test_without_scripts_a_quiz_is_made_as_well(hosts: System, browse: Opening) -> None:
    page = sign_in(browse, hosts, java_script_enabled=False)
    page.goto(f"{hosts.vote_url}/host/new/")
    expect(page.locator(".choice .correct").first).to_be_hidden()
    ask(page, hosts, "Capital of Mali?", "Kayes", "Bamako")
    page.get_by_role("button", name="Move down: A").click()
    expect(page.get_by_label("Right answer A")).to_be_checked()
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".said")).to_contain_text("Poll opened.")
    close(page, hosts, "capital-of-mali", has_scripts=False)
    assert page.locator(".choices li", has=page.locator(".right-answer")).inner_text().split("\n")[1] == "Bamako"


_MADE = """
from django.contrib.auth.models import User
from polls.lifecycle import transitions
ada = User.objects.get(username="ada")
moons = transitions.create_poll(
    ["Jupiter", "A planet with a rather long name", "Uranus"],
    slug="moons", question="Most moons?", owner=ada, right=[1],
)
primes = transitions.create_poll(
    ["2", "9", "A number with rather many letters", "21"],
    slug="primes", question="Which are prime?", owner=ada, right=[0, 2], max_choices=2,
)
for poll in (moons, primes):
    transitions.open_poll(poll.pk)
"""


@pytest.fixture(scope="module")
def several(hosts: System) -> System:
    """A quiz with two right answers of four, and one whose answer is still to be shown."""
    hosts.run(_MADE)
    return hosts


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_its_pages_break_no_rule_and_fit(
    several: System, browse: Opening, scheme: Literal["light", "dark"], language: str
) -> None:
    page = sign_in(browse, several, color_scheme=scheme, reduced_motion="reduce")
    voter = browse(f"{several.vote_url}/p/primes/", color_scheme=scheme, reduced_motion="reduce", locale=language)
    if voter.locator("input[name=choice]").first.is_enabled():
        for text in ("2", "A number"):
            voter.locator(".row", has_text=text).first.click()
        voter.locator(".send .button").click()
        expect(voter.locator(".send .status")).to_contain_text("receipt" if language == "en" else "comprobante")
        seal(several, "primes")
        expect(voter.locator(".verdict b:visible")).to_contain_text(
            "You answered right." if language == "en" else "acertado"
        )
    found = {}
    for path in (
        "host/primes/",
        "host/moons/edit/",
        "host/new/",
        "p/primes/",
        "p/primes/results/",
        "p/primes/present/",
    ):
        seen = page if path.startswith("host") else voter
        for width, height in ((320, 640), (1024, 768), (1920, 1080)):
            seen.set_viewport_size({"width": width, "height": height})
            seen.goto(f"{several.vote_url}/{path}")
            found[path, width] = violations(seen)
            if not fits_in_width(seen):
                found[path, width].append("scrolls sideways")
    assert {where: wrong for where, wrong in found.items() if wrong} == {}

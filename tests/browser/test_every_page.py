"""Every page that somebody can reach: none is a dead end, and on each the buttons can be read."""

from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opening
from tests.browser.contrast import faint_buttons
from tests.browser.crawl import crawl
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Polls of every state, whose owner is the host ada; and root, who may all.
_SITE = """
from datetime import timedelta
from django.contrib.auth.models import User
from django.utils import timezone
from polls.lifecycle import events, transitions, trials
from polls.models import Event, Poll
ada = User.objects.create_user("ada", password="pw-of-ada", is_staff=True)
User.objects.create_superuser("root", password="pw-of-root")
for state in ("draft", "scheduled", "tested", "hidden", "over", "several"):
    limit = 2 if state == "several" else 1
    asked = {"question": f"Is it {state}?", "max_choices": limit}
    transitions.create_poll(("Yes", "No", "Perhaps"), slug=state, owner=ada, **asked)
Poll.objects.filter(slug="hidden").update(result_rule="staff")
Poll.objects.filter(slug="scheduled").update(opens_at=timezone.now() + timedelta(days=1))
of = {poll.slug: poll.pk for poll in Poll.objects.all()}
transitions.publish(of["scheduled"])
trials.try_out(of["tested"])
for slug in ("hidden", "over", "several"):
    transitions.open_poll(of[slug])
transitions.seal(of["over"])
party = Event.objects.create(title="Is it a party?", slug="party", owner=ada)
events.add(party.pk, [of["several"], of["draft"]])
"""
STRANGER, HOST, OPERATOR = "a stranger", "a host", "an operator"
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
#: Names and where they begin: what a poster says, what bin/up prints.
PEOPLE = {STRANGER: "", HOST: "ada", OPERATOR: "root"}
#: Pages that no link leads to, and that people reach all the same.
BY_HAND = (
    "/nowhere/",
    "/p/nowhere/",
    "/zzzz",
    "/host/nowhere/",
    "/p/draft/",
    "/p/hidden/results/",
    "/p/tested/",
    "/e/party/",
)


@pytest.fixture(scope="module")
def site(system: System) -> System:
    """The system with polls of every state."""
    system.run(_SITE)
    return system


def enter(site: System, browse: Opening, who: str, **options: object) -> Page:
    """A browser in which this person is signed in."""
    page = browse(f"{site.vote_url}/accounts/login/?next=/", **options)
    if PEOPLE[who]:
        page.get_by_label("User").fill(PEOPLE[who])
        page.get_by_label("Password").fill(f"pw-of-{PEOPLE[who]}")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
    return page


def starts(site: System, who: str) -> list[str]:
    return [f"{site.vote_url}{path}" for path in ("/?home", "/p/cats-vs-dogs/", "/host/", "/admin/", *BY_HAND)] + [
        f"{site.result_url}/p/{slug}/results/" for slug in ("over", "several", "scheduled")
    ]


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_leads_on_and_its_buttons_can_be_read(site: System, browse: Opening, who: str) -> None:
    page = enter(site, browse, who, reduced_motion="reduce")
    faint: dict[tuple[str, str], list[str]] = {}

    def read(kind: str) -> None:
        if kind.endswith("/present/"):  # the projector shows nothing but the poll until it is asked for its keys
            page.keyboard.press("?")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if found := faint_buttons(page):
                faint[kind, scheme] = found

    ways = dict(crawl(page, starts(site, who), {site.vote_url, site.result_url}, read))
    page.complaints.clear()  # type: ignore[attr-defined]  # answers of 403 and 404, which were asked for

    assert len(ways) > 10
    homes = {"/?home", "/host/", "/admin/"}
    dead_ends = {
        kind for kind, on in ways.items() if not on & homes and not any(ways.get(way, set()) & homes for way in on)
    }
    assert (dead_ends, faint) == (set(), {})

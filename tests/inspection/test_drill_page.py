"""The projector of a live drill: who may see it, where parts can be killed, and what it says."""

import re
import time

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from core.telemetry import control
from core.telemetry.control import Event, Request, Stage
from inspection.drill_page import Verdict
from polls.box import definitions
from polls.lifecycle import transitions
from polls.models import Poll
from polls.voting import live_drill
from polls.voting.live_drill import Found, Numbers
from tests.inspection.conftest import Pipe
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres

JSON = {"Accept": "application/json"}
PAGE = "/host/cats-or-dogs/break/"
KILL, BEGIN = {"kill": "redis"}, {"begin": "1"}


@pytest.fixture(autouse=True)
def with_drills(up: Pipe, settings: Settings) -> None:
    """As bin/up starts the parts with DRILLS=on."""
    settings.DRILLS = True
    live_drill._newest.forget()


@pytest.fixture
def root(driver: PollDriver) -> Client:
    """A superuser's browser, and an open poll."""
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


@pytest.fixture
def begun(root: Client) -> Client:
    """The same, and the drill has begun."""
    assert press(root, BEGIN) == 202
    return root


def press(browser: Client, fields: dict[str, str]) -> int:
    return browser.post(PAGE, fields, headers=JSON).status_code


def text(browser: Client) -> str:
    """The words of the page, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(PAGE).content.decode()).split())


def test_bin_up_is_asked_to_kill_what_was_pressed(begun: Client, up: Pipe):
    for part in control.PARTS:
        assert press(begun, {"kill": part}) == 202
        assert up.read() == Request("kill", part, 0, "root")


def test_a_button_leads_back_to_the_page_which_says_so(begun: Client, up: Pipe):
    answer = begun.post(PAGE, KILL, follow=True)
    assert (answer.redirect_chain, "Killed: Redis." in answer.content.decode()) == ([(PAGE, 302)], True)
    assert "bin/up runs no such part" in begun.post(PAGE, {"kill": "up"}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"kill": "up"}, 400), ({"kill": "votes"}, 400), ({"kill": "practice"}, 400), ({}, 400), ({"do": "kill"}, 400)],
)
def test_what_is_no_button_kills_nothing(begun: Client, up: Pipe, fields: dict[str, str], code: int):
    assert (press(begun, fields), up.read()) == (code, None)


def test_nothing_is_killed_before_the_drill_and_after_it(root: Client, driver: PollDriver, up: Pipe):
    assert press(root, KILL) == 409
    press(root, BEGIN)
    other = PollDriver(make_poll("other", "Yes", "No"))
    live_drill.begin(other.definition)
    assert (press(root, KILL), up.read()) == (409, None)


def test_it_begins_only_with_an_open_poll(root: Client, driver: PollDriver):
    transitions.seal(driver.poll.pk)
    assert (press(root, BEGIN), live_drill.of(driver.definition)) == (409, None)
    definitions.cache.clear()
    assert "Open the poll first" in text(root)


def test_reading_the_page_begins_nothing(root: Client, driver: PollDriver):
    assert "Begin" in text(root)
    assert live_drill.of(driver.definition) is None


def test_only_superusers_see_and_press(begun: Client, client: Client, driver: PollDriver, up: Pipe):
    owner = Client()
    host = User.objects.create_user("host", is_staff=True)
    Poll.objects.filter(pk=driver.poll.pk).update(owner=host)
    owner.force_login(host)
    assert [browser.get(PAGE).status_code for browser in (owner, client)] == [403, 302]
    assert [press(browser, KILL) for browser in (owner, client)] == [403, 403]
    links = [PAGE in browser.get("/host/cats-or-dogs/").content.decode() for browser in (begun, owner)]
    assert (links, up.read()) == ([True, False], None)


def test_a_page_of_somebody_else_presses_nothing(driver: PollDriver, up: Pipe):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("root"))
    assert (press(browser, BEGIN), live_drill.of(driver.definition)) == (403, None)


@pytest.mark.parametrize(
    ("drills", "is_up", "code", "said"),
    [
        (False, True, 404, "Drills with an audience are off. Start bin/up with DRILLS=on."),
        (False, False, 404, "Drills with an audience are off. Start bin/up with DRILLS=on."),
        (True, False, 403, "Parts can be killed only where bin/up runs the system, and without HTTPS."),
    ],
)
def test_elsewhere_it_is_refused(
    begun: Client, settings: Settings, up: Pipe, drills: bool, is_up: bool, code: int, said: str
):
    settings.DRILLS, settings.INSTRUCTOR = drills, is_up
    for answer in (begun.get(PAGE, headers=JSON), begun.post(PAGE, KILL, headers=JSON)):
        assert (answer.status_code, answer.json()["detail"]) == (code, said)
    assert (PAGE in begun.get("/host/cats-or-dogs/").content.decode(), up.read()) == (False, None)


def test_bin_up_that_has_gone_is_said(begun: Client, settings: Settings):
    control.pipe(settings.DATA_DIR).unlink()
    assert press(begun, KILL) == 503


def test_an_unknown_poll_is_not_found(root: Client):
    assert root.get("/host/nowhere/break/").status_code == 404


def test_it_goes_on_without_postgres_for_who_has_seen_it(begun: Client, up: Pipe, postgres: Postgres):
    other = Client()
    other.force_login(User.objects.create_superuser("other"))
    begun.get(PAGE)
    postgres.stop()
    answer = begun.get(PAGE)
    assert (answer.status_code, django_settings.STAFF_PASS_COOKIE_NAME in answer.cookies) == (200, False)
    assert (press(begun, KILL), up.read()) == (503, None)
    assert other.get(PAGE).status_code == 503


def test_the_pass_of_another_page_opens_nothing(begun: Client, postgres: Postgres):
    begun.get("/admin/pipeline/")
    postgres.stop()
    assert begun.get(PAGE).status_code == 503


def test_it_says_what_stores_and_phones_say(begun: Client, driver: PollDriver):
    receipts = [driver.vote(voter) for voter in ("ann", "bob", "eve")]
    driver.count()
    driver.vote("joe")
    live_drill.report(receipts[0], Found.COUNTED)
    assert "1 of 4 receipts were checked by their own phones No receipt is missing." in text(begun)
    assert "3 phones have not reported yet. accepted 4 counted 3 waiting 1" in text(begun)
    live_drill.report(receipts[1], Found.MISSING)
    assert "2 of 4 receipts were checked by their own phones 1 receipt is missing." in text(begun)


def test_a_verdict_says_nothing_that_nobody_knows():
    verdict = Verdict(Numbers(None, 3, None, None))
    assert (verdict.checked, verdict.waiting, verdict.unheard, verdict.share) == (None, None, None, 0)
    # A vote was counted between two readings.
    assert Verdict(Numbers(3, 4, 5, 0)).ledger == [("accepted", 3), ("counted", 4), ("waiting", 0)]
    assert (Verdict(Numbers(4, 4, 3, 1)).share, Verdict(Numbers(3, 3, 4, 0)).share) == (75, 100)


def happens(settings: Settings, *found: Event) -> None:
    control.write(settings.DATA_DIR, control.PARTS, found)


def test_it_says_what_happened_to_each_part(begun: Client, settings: Settings):
    now = time.time() + 1
    happens(
        settings,
        Event(1, "kill", "redis", 1000.0, Stage.DONE, 1001.0),
        Event(2, "kill", "vote", now, Stage.DONE, now + 1.5),
        Event(3, "kill", "worker", now, Stage.RUNNING),
        Event(4, "ended", "db", now, Stage.DONE, now + 2.25, {"how": "x"}),
        Event(5, "votes", "result", now, Stage.RUNNING),
    )
    rows = begun.get(PAGE).context["parts"]
    assert {row.name: (row.says.replace("\N{NO-BREAK SPACE}", " "), row.sign) for row in rows} == {
        "vote": ("back after 1.5 s", "ok"),
        "redis": ("runs", "runs"),
        "worker": ("down, 0 ms so far", "hatch"),
        "postgres": ("back after 2.2 s", "ok"),
        "result": ("runs", "runs"),
    }
    assert begun.get(PAGE).context["meanwhile"] == [
        "Votes are received and wait in Redis. They are counted when a worker is back."
    ]

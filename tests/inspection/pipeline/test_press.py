"""The instructor's buttons: who may press them, and what bin/up is asked for."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from core.telemetry import control
from core.telemetry.control import Event, Request, Stage
from inspection.pipeline import events
from polls.lifecycle import transitions
from polls.models import Poll, State
from tests.inspection.conftest import Pipe
from tests.inspection.pipeline.conftest import all_parts
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres

PAGE, PRESS = "/admin/pipeline/", "/admin/pipeline/press/"
JSON = {"Accept": "application/json"}
KILL = {"do": "kill", "subject": "redis", "confirm": "1"}


@pytest.fixture
def root(up: Pipe) -> Client:
    """A superuser's browser."""
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


def press(browser: Client, fields: dict[str, Any]) -> int:
    return browser.post(PRESS, fields, headers=JSON).status_code


def happens(settings: Settings, *found: Event) -> None:
    control.write(settings.DATA_DIR, control.PARTS, found)


def event(kind: str, subject: str, ended_after: float | None, stage: str = Stage.DONE, **detail: Any) -> Event:
    ended_at = None if ended_after is None else 1000.0 + ended_after
    return Event(1, kind, subject, 1000.0, stage, ended_at, detail)


def test_bin_up_is_asked_for_what_was_pressed(root: Client, up: Pipe):
    assert press(root, KILL) == 202
    assert up.read() == Request("kill", "redis", 0, "root")
    assert press(root, {"do": "pause", "subject": "worker", "seconds": "5"}) == 202
    assert up.read() == Request("pause", "worker", 5, "root")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"do": "kill", "subject": "redis"}, 400),
        ({"do": "kill", "subject": "redis", "confirm": "yes"}, 400),
        ({"do": "kill", "subject": "up", "confirm": "1"}, 400),
        ({"do": "pause", "subject": "redis"}, 400),
        ({"do": "pause", "subject": "redis", "seconds": "3600"}, 400),
        ({"do": "pause", "subject": "redis", "seconds": "²"}, 400),
        ({"do": "votes", "subject": "nowhere"}, 409),
        ({"do": "halt"}, 400),
        ({}, 400),
    ],
)
def test_what_is_no_button_asks_for_nothing(root: Client, up: Pipe, fields: dict[str, str], code: int):
    assert (press(root, fields), up.read()) == (code, None)


def test_without_a_script_it_leads_back_to_a_page_that_says_so(root: Client, up: Pipe):
    all_parts()
    answer = root.post(PRESS, KILL, follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "Started. The events show how it goes." in answer.content.decode()
    refused = root.post(PRESS, {"do": "kill", "subject": "redis"}, follow=True)
    assert "Confirm that you want to kill the part." in refused.content.decode()


def test_only_superusers_see_and_press_them(root: Client, staff: Client, client: Client, up: Pipe):
    all_parts()
    assert [PRESS in browser.get(PAGE).content.decode() for browser in (root, staff)] == [True, False]
    assert "Nothing has happened yet." in staff.get(PAGE).content.decode()
    assert [press(browser, KILL) for browser in (staff, client)] == [403, 403]
    assert up.read() is None


def test_a_page_of_somebody_else_presses_nothing(up: Pipe):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("root"))
    assert (press(browser, KILL), up.read()) == (403, None)


def test_only_a_post_presses(root: Client, up: Pipe):
    assert (root.get(PRESS, KILL).status_code, up.read()) == (405, None)


def test_there_are_buttons_only_where_bin_up_started_the_parts(root: Client, up: Pipe, settings: Settings):
    settings.INSTRUCTOR = False
    all_parts()
    page = root.get(PAGE).content.decode()
    assert (PRESS in page, "<h2>Events" in page, press(root, KILL), up.read()) == (False, False, 404, None)


def test_bin_up_that_has_gone_is_said(root: Client, settings: Settings, up: Pipe):
    control.pipe(settings.DATA_DIR).unlink()
    assert press(root, KILL) == 503


def test_nothing_is_pressed_while_postgres_can_not_say_who_does(root: Client, up: Pipe, postgres: Postgres):
    postgres.stop()
    assert (press(root, KILL), up.read()) == (503, None)


def test_what_goes_on_is_not_begun_again_and_not_too_often(root: Client, settings: Settings, up: Pipe):
    now = time.time()
    happens(settings, Event(1, "kill", "redis", now))
    assert press(root, KILL) == 409
    happens(settings, *(Event(number, "kill", "redis", now, Stage.DONE) for number in range(control.A_MINUTE)))
    assert (press(root, KILL), up.read()) == (429, None)


def test_votes_go_to_the_poll_that_was_chosen(root: Client, driver: PollDriver, up: Pipe):
    assert press(root, {"do": "votes", "subject": driver.poll.slug}) == 202
    assert up.read() == Request("votes", driver.poll.slug, 0, "root")
    transitions.seal(driver.poll.pk)
    assert press(root, {"do": "votes", "subject": driver.poll.slug}) == 409


def test_votes_without_a_poll_get_a_hidden_one_for_practice(root: Client, up: Pipe):
    slugs = []
    for _ in range(2):
        assert press(root, {"do": "votes", "subject": ""}) == 202
        asked = up.read()
        slugs.append(asked.subject if asked else "")
    poll = Poll.objects.get()
    assert slugs == ["practice", "practice"]
    assert (poll.is_listed, poll.tally.state, poll.choices.count()) == (False, State.OPEN, 5)
    transitions.seal(poll.pk)
    press(root, {"do": "votes", "subject": ""})
    assert up.read() == Request("votes", "practice-2", 0, "root")


@pytest.mark.parametrize(
    ("found", "what", "outcome", "sign"),
    [
        (event("kill", "redis", 1.8125), "Redis killed", "back after 1.8 s", "ok"),
        (event("kill", "redis", None, Stage.RUNNING), "Redis killed", "down, 3.0 s so far", "hatch"),
        (event("pause", "worker", 10.25, seconds=10), "worker paused for 10 s", "back after 10 s", "ok"),
        (event("ended", "worker-1", 2.125, how="x"), "worker-1 ended by itself", "back after 2.1 s", "ok"),
        (
            event("votes", "p", 14.0, sent=300, accepted=300, counted=300),
            "300 votes",
            "300 sent, 300 accepted, 300 counted, 0 lost (14 s)",
            "ok",
        ),
        (
            event("votes", "p", None, Stage.RUNNING, sent=120, accepted=118),
            "300 votes",
            "120 sent, 118 accepted (3.0 s)",
            "hatch",
        ),
        (
            event("votes", "p", 99.0, Stage.FAILED, sent=300, accepted=300, counted=290),
            "300 votes",
            "300 sent, 300 accepted, 290 counted, 10 not found (99 s)",
            "bad",
        ),
        (event("votes", "p", 1.0, Stage.FAILED, error="no such poll"), "300 votes", "not sent: no such poll", "bad"),
        (event("kill", "redis", None, Stage.CUT), "Redis killed", "not known: bin/up ended meanwhile", "unknown"),
    ],
)
def test_an_event_in_words(up: Pipe, settings: Settings, found: Event, what: str, outcome: str, sign: str):
    happens(settings, found)
    (row,) = events.rows(str, 1003.0)
    said = (*(text.replace("\N{NO-BREAK SPACE}", " ") for text in (row.what, row.outcome)), row.sign, row.when)
    assert said == (what, outcome, sign, "1000.0")

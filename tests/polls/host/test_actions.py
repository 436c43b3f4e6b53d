"""The actions of hosts."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from polls.box import ballot_box, definitions, replies
from polls.box.definition import Definition
from polls.lifecycle import safety_net, transitions, trials
from polls.models import Ballot, Poll, RoundResult, State
from polls.voting.errors import ClosedError, NotRecordedError, OtherRoundError
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.host.conftest import owned
from tests.polls.poll_driver import JSON, Client, PollDriver, post
from tests.store_fixtures import Postgres


def do(host: Client, poll: Poll, what: str, **fields: Any) -> Any:
    """Send an action as a program of the host does."""
    return host.post(f"/host/{poll.slug}/{what}/", fields, headers=JSON)


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["status"]


def test_a_host_leads_a_poll_through_its_life(host: Client, ada: User):
    driver = PollDriver(owned(make_poll("new", "Yes", "No", opened=False), ada))
    answers, states = [], []
    for what in ("publish", "open", "seal"):
        answers.append(said(do(host, driver.poll, what)))
        states.append(driver.tally.state)
    safety_net.sweep()
    answers.append(said(do(host, driver.poll, "open")))
    answers.append(said(do(host, driver.poll, "reset")))
    assert answers == [(200, "published"), (200, "opened"), (200, "closed"), (200, "opened"), (200, "reset")]
    assert states == [State.SCHEDULED, State.OPEN, State.SEALING]
    assert (driver.tally.state, driver.tally.round, RoundResult.objects.count()) == (State.OPEN, 2, 1)
    entries = LogEntry.objects.filter(object_id=str(driver.poll.pk), user=ada).order_by("pk")
    assert [entry.get_change_message() for entry in entries] == [
        "Published.",
        "Opened.",
        "Closed.",
        "Opened.",
        "New round started.",
    ]


def test_what_the_state_forbids_is_refused_with_the_reason(host: Client, poll: Poll):
    answer = do(host, poll, "open")
    assert said(answer) == (409, "not_possible")
    assert "is open" in answer.json()["detail"]
    assert LogEntry.objects.count() == 0


def test_a_form_is_led_back_to_the_page_that_it_names(host: Client, poll: Poll):
    answer = host.post(f"/host/{poll.slug}/seal/", {"next": "/host/?page=2"}, follow=False)
    assert (answer.status_code, answer["Location"]) == (302, "/host/?page=2")
    assert PollDriver(poll).tally.state == State.SEALING


@pytest.mark.parametrize("page", ["", "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
def test_a_form_leads_nowhere_else(host: Client, poll: Poll, page: str):
    answer = host.post(f"/host/{poll.slug}/seal/", {"next": page})
    assert answer["Location"] == f"/host/{poll.slug}/"


def test_opening_the_address_of_an_action_leads_to_the_poll(host: Client, poll: Poll):
    assert host.get(f"/host/{poll.slug}/open/")["Location"] == f"/host/{poll.slug}/"
    assert said(host.get(f"/host/{poll.slug}/open/", headers=JSON)) == (405, "not_allowed")


def test_a_form_of_another_site_does_nothing(ada: User, poll: Poll):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert said(do(strict, poll, "seal")) == (403, "csrf")
    assert PollDriver(poll).tally.state == State.OPEN


def test_a_poll_that_is_gone_is_not_found(host: Client, poll: Poll):
    transitions.delete(poll.pk)
    assert said(do(host, poll, "open")) == (404, "not_found")


# The closing time ----------------------------------------------------------------------------------------------------


def closes_at(poll: Poll) -> Any:
    return Poll.objects.values_list("closes_at", flat=True).get(pk=poll.pk)


def test_a_poll_is_closed_in_some_minutes(host: Client, driver: PollDriver):
    before = timezone.now()
    answer = do(host, driver.poll, "close-in", minutes=5)
    assert said(answer) == (200, "closing_time")
    assert timedelta(minutes=4, seconds=59) < closes_at(driver.poll) - before < timedelta(minutes=5, seconds=10)
    assert answer.json()["closes_at"] == closes_at(driver.poll).isoformat()


def test_a_new_closing_time_reaches_the_box(host: Client, driver: PollDriver):
    do(host, driver.poll, "close-in", minutes=5)
    text = ballot_box.definition(driver.poll.slug)
    assert text is not None
    assert Definition.load(text).closes_at == closes_at(driver.poll)


def test_minutes_are_added_to_the_closing_time_of_the_page(host: Client, poll: Poll):
    """A second press adds none."""
    do(host, poll, "close-in", minutes=5)
    before = closes_at(poll)
    page = host.get(f"/host/{poll.slug}/").content.decode()
    (shown,) = re.findall(r'name="after" value="([^"]+)"', page)
    answers = [said(do(host, poll, "close-in", minutes=2, after=shown)) for _ in range(2)]
    assert answers == [(200, "closing_time")] * 2
    assert closes_at(poll) - before == timedelta(minutes=2)


def test_no_minutes_are_added_to_a_time_that_was_not_shown(host: Client, poll: Poll):
    do(host, poll, "close-in", minutes=5)
    before = closes_at(poll)
    for other in (before + timedelta(minutes=1), before - timedelta(minutes=1)):
        assert said(do(host, poll, "close-in", minutes=2, after=other.isoformat())) == (409, "not_possible")
    assert closes_at(poll) == before
    Poll.objects.update(closes_at=None)
    assert said(do(host, poll, "close-in", minutes=2, after=before.isoformat())) == (409, "not_possible")
    assert closes_at(poll) is None


@pytest.mark.parametrize("after", ["soon", "2026-11-25T12:00:00", "2026-13-25T12:00:00Z", "\0", "9" * 5000])
def test_a_closing_time_that_no_page_shows_is_refused(host: Client, poll: Poll, after: str):
    assert said(do(host, poll, "close-in", minutes=2, after=after)) == (400, "bad_time")
    assert closes_at(poll) is None


def test_a_poll_given_more_time_without_redis_goes_on(host: Client, own_redis: OwnRedis, ada: User):
    driver = PollDriver(owned(make_poll("new", "Yes", "No", closes_at=timezone.now() + timedelta(minutes=1)), ada))
    driver.vote("ann")
    own_redis.stop()
    after = closes_at(driver.poll).isoformat()
    assert said(do(host, driver.poll, "close-in", minutes=5, after=after)) == (200, "closing_time")
    own_redis.start()
    own_redis.step_clock(90)
    with pytest.raises(ClosedError):  # by the time that the box knows
        driver.vote("ben")
    safety_net.sweep()
    driver.vote("ben", 1)
    safety_net.sweep()
    driver.count()
    assert (driver.tally.state, driver.tally.box, driver.totals) == (State.OPEN, 2, [1, 1])


def test_a_poll_that_is_not_open_gets_no_closing_time(host: Client, poll: Poll):
    transitions.seal(poll.pk)
    assert said(do(host, poll, "close-in", minutes=2)) == (409, "not_possible")
    assert closes_at(poll) is None


def test_a_poll_whose_time_has_come_gets_no_more_of_it(host: Client, poll: Poll):
    past = timezone.now() - timedelta(seconds=1)
    Poll.objects.update(closes_at=past)
    assert said(do(host, poll, "close-in", minutes=2, after=past.isoformat())) == (409, "not_possible")
    assert closes_at(poll) == past


@pytest.mark.parametrize("minutes", ["", "0", "-1", "1.5", "ten", "10081", "9" * 5000, "\u0665", "\0"])
def test_minutes_are_a_whole_number(host: Client, poll: Poll, minutes: str):
    assert said(do(host, poll, "close-in", minutes=minutes)) == (400, "bad_minutes")
    assert closes_at(poll) is None


# Trying it out -------------------------------------------------------------------------------------------------------


@pytest.fixture
def tried(host: Client, ada: User) -> PollDriver:
    """A poll in a test round, with one ballot counted and one vote on its way."""
    driver = PollDriver(owned(make_poll("new", "Yes", "No", opened=False), ada))
    do(host, driver.poll, "try-out")
    driver.vote("ann")
    driver.count()
    driver.vote("bob")
    return driver


def test_a_test_round_takes_votes_and_says_what_it_is(client: Client, tried: PollDriver):
    assert (tried.tally.state, tried.tally.is_test, tried.totals) == (State.OPEN, True, [1, 0])
    assert post(client, tried, choice=tried.choices[0]).status_code == 202
    for page in ("", "results/"):
        assert "test round" in client.get(f"/p/new/{page}").content.decode()


def test_going_live_begins_a_round_without_the_votes_of_the_test(host: Client, client: Client, tried: PollDriver):
    assert said(do(host, tried.poll, "reset")) == (200, "live")
    tried.count()
    tally = tried.tally
    assert (tally.state, tally.is_test, tally.round, tally.voters, tried.totals) == (State.OPEN, False, 2, 0, [0, 0])
    assert (Ballot.objects.count(), RoundResult.objects.count()) == (0, 0)
    assert "test round" not in client.get("/p/new/").content.decode()


def test_a_test_that_ends_leaves_a_poll_that_is_not_open(host: Client, tried: PollDriver):
    service = tried.definition
    assert said(do(host, tried.poll, "end-test")) == (200, "ended")
    tally = tried.tally
    assert (tally.state, tally.is_test, tally.voters, tried.totals) == (State.SCHEDULED, False, 0, [0, 0])
    assert ballot_box.boxes() == []
    assert isinstance(ballot_box.put(service, tried.queued()), replies.NoBox)
    do(host, tried.poll, "open")
    definitions.cache.clear()
    tried.vote("ann", 1)
    tried.count()
    assert tried.totals == [0, 1]


def test_a_test_that_ends_while_redis_is_away_leaves_no_votes(host: Client, own_redis: OwnRedis, ada: User):
    driver = PollDriver(owned(make_poll("new", "Yes", "No", opened=False), ada))
    do(host, driver.poll, "try-out")
    driver.vote("ann")
    own_redis.stop()
    assert said(do(host, driver.poll, "end-test")) == (200, "ended")
    own_redis.start()
    safety_net.sweep()
    assert (driver.tally.state, driver.totals, ballot_box.boxes()) == (State.SCHEDULED, [0, 0], [])


def test_a_test_goes_live_when_the_poll_opens(tried: PollDriver):
    Poll.objects.update(opens_at=timezone.now() - timedelta(seconds=1))
    safety_net.sweep()
    tally = tried.tally
    assert (tally.state, tally.is_test, tally.round, tried.totals) == (State.OPEN, False, 2, [0, 0])


def comes_its_time(driver: PollDriver) -> None:
    """The poll opens now, and no worker has seen it yet."""
    with transaction.atomic():
        Poll.objects.update(opens_at=timezone.now() - timedelta(seconds=1))
        transitions.edited(driver.poll.pk)


def test_a_vote_after_the_opening_time_is_none_of_the_test(tried: PollDriver):
    comes_its_time(tried)
    accepted = tried.vote("cat", 1)
    tried.count()
    safety_net.sweep()
    tally = tried.tally
    assert (accepted.cast.round, accepted.box) == (2, 2)
    assert (tally.state, tally.is_test, tally.round, tried.totals) == (State.OPEN, False, 2, [0, 1])


def test_without_redis_a_vote_after_the_opening_time_is_no_test(ada: User, own_redis: OwnRedis):
    driver = PollDriver(owned(make_poll("new", "Yes", "No", opened=False), ada))
    trials.try_out(driver.poll.pk)
    comes_its_time(driver)
    own_redis.stop()
    driver.vote("cat", 1)
    assert (driver.tally.is_test, driver.tally.round, driver.totals) == (False, 2, [0, 1])
    own_redis.start()
    safety_net.sweep()
    assert (driver.tally.round, driver.totals) == (2, [0, 1])


def test_a_page_of_the_test_votes_in_no_other_round(tried: PollDriver):
    comes_its_time(tried)
    with pytest.raises(OtherRoundError):
        tried.vote("cat", 1, round_=1)


def test_the_test_takes_no_vote_after_an_opening_time_not_kept(tried: PollDriver, postgres: Postgres):
    """The poll's time to open has come, and nobody can open it."""
    comes_its_time(tried)
    tried.definition  # noqa: B018 - the web service knows it
    postgres.stop()
    with pytest.raises(NotRecordedError):
        tried.vote("cat", 1)


def test_a_closed_test_goes_live_when_the_poll_opens(tried: PollDriver):
    transitions.seal(tried.poll.pk)
    for _ in range(2):  # to final, and to a final poll without a box
        safety_net.sweep()
    assert ballot_box.boxes() == []
    Poll.objects.update(opens_at=timezone.now() - timedelta(seconds=1))
    safety_net.sweep()
    assert (tried.tally.state, tried.tally.is_test) == (State.OPEN, False)


def test_a_reopened_test_still_goes_live_at_its_time(tried: PollDriver):
    Poll.objects.update(opens_at=timezone.now() + timedelta(days=1))
    transitions.seal(tried.poll.pk)
    safety_net.sweep()
    transitions.open_poll(tried.poll.pk)
    assert (tried.tally.is_test, Poll.objects.get().opens_at is not None) == (True, True)
    transitions.reset(tried.poll.pk)
    assert (tried.tally.is_test, Poll.objects.get().opens_at) == (False, None)


def test_a_test_closes_at_its_closing_time(tried: PollDriver):
    Poll.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    safety_net.sweep()
    assert (tried.tally.state, tried.tally.is_test) == (State.SEALING, True)


def test_only_a_poll_that_was_not_opened_can_be_tried_out(host: Client, poll: Poll):
    assert said(do(host, poll, "try-out")) == (409, "not_possible")
    assert said(do(host, poll, "end-test")) == (409, "not_possible")


def test_a_test_round_is_in_no_list(client: Client, tried: PollDriver, poll: Poll):
    assert client.get("/")["Location"] == poll.get_absolute_url()


# Stores --------------------------------------------------------------------------------------------------------------


def test_without_redis_a_poll_is_closed_all_the_same(host: Client, own_redis: OwnRedis, ada: User):
    driver = PollDriver(owned(make_poll("new", "Yes", "No"), ada))
    own_redis.stop()
    assert said(do(host, driver.poll, "seal")) == (200, "closed")
    assert driver.tally.state == State.SEALING
    own_redis.start()
    safety_net.sweep()
    assert driver.tally.state == State.FINAL


def test_without_postgres_one_sentence_says_so(host: Client, poll: Poll, postgres: Postgres):
    postgres.stop()
    answer = do(host, poll, "seal")
    postgres.start()
    assert said(answer) == (503, "unavailable")
    assert PollDriver(poll).tally.state == State.OPEN


def test_the_history_says_who_was_let_in_and_when_it_closes(host: Client, poll: Poll, ada: User, admin_client: Client):
    User.objects.create_user("kim", is_staff=True)
    do(host, poll, "share", username="kim")
    do(host, poll, "unshare", username="kim")
    do(host, poll, "close-in", minutes=5)
    closes_at = f"{Poll.objects.get().closes_at:%Y-%m-%d %H:%M:%S}"
    do(host, poll, "seal")
    said = ["Closed.", f"Closes at {closes_at} UTC.", "Removed kim.", "Added kim as a host."]
    pages = (host.get(f"/host/{poll.slug}/"), admin_client.get(f"/admin/polls/poll/{poll.pk}/history/"))
    assert [[words in page.content.decode() for words in said] for page in pages] == [[True] * 4] * 2

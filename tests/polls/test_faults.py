"""P4: any one part may be down and voting goes on. Tests that ask for a store of their own ask for it first."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from redis import Redis

from polls.box import ballot_box, definitions
from polls.box.casts import new_cast_id
from polls.counting import tally
from polls.lifecycle import safety_net, transitions
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Choice, Poll, SetAside, State, Tally
from polls.results import snapshots
from polls.views import drawn
from polls.voting import casting
from polls.voting.casting import Submission
from polls.voting.errors import NotRecordedError, UnknownError
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import JSON, Client, PollDriver, post, receipt_of, waiting
from tests.store_fixtures import Postgres
from tests.waiting import eventually
from workers import jobs

#: Votes that wait in a Redis that is full of them: far more than what Redis takes for itself meanwhile and keeps, 25 KB
#: at the first call of each command; and two batches, which one sweep counts although it has a second's turn.
FULL = 2 * tally.BATCH


# Redis is away -------------------------------------------------------------------------------------------------------


def test_without_redis_a_vote_is_counted_at_once(own_redis: OwnRedis, driver: PollDriver):
    driver.vote("ann", 0)
    driver.vote("bob", 0)
    driver.count()
    own_redis.stop()
    assert driver.vote("ann", 1).position is None
    assert driver.vote("cid", 1).position is None
    assert (driver.totals, driver.tally.voters) == ([1, 2], 3)


def test_a_redis_that_is_back_changes_nothing_counted_without_it(own_redis: OwnRedis, driver: PollDriver):
    driver.vote("ann", 0)
    own_redis.stop()
    driver.vote("ann", 1)
    assert driver.totals == [0, 1]
    own_redis.start()
    assert waiting() == 1
    driver.count()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)


@pytest.fixture
def paused(own_redis: OwnRedis, driver: PollDriver) -> Iterator[OwnRedis]:
    """A Redis that takes what is sent to it, and does not answer. It knows the script already, so it will run it."""
    driver.vote("eve", 1)
    driver.count()
    own_redis.pause()
    yield own_redis
    own_redis.resume()


def test_a_redis_that_hangs_costs_a_voter_less_than_two_seconds(paused: OwnRedis, driver: PollDriver):
    for voter in ("ann", "bob"):
        began = time.monotonic()
        assert driver.vote(voter).position is None
        assert time.monotonic() - began < 2
    assert driver.totals == [2, 1]


def test_casts_that_redis_takes_late_count_nothing_twice(paused: OwnRedis, driver: PollDriver):
    driver.vote("ann", 0)
    driver.vote("ann", 1)
    driver.vote("bob", 0)
    paused.resume()
    assert eventually(waiting) == 1
    driver.count()
    assert (driver.totals, driver.tally.voters, waiting()) == ([1, 2], 3, 0)


@pytest.fixture
def full(own_redis: OwnRedis, driver: PollDriver) -> OwnRedis:
    """A Redis that is full of votes: in the box wait FULL."""
    driver.vote("ann", 0)
    pipeline = own_redis.client.pipeline(transaction=False)
    for _ in range(FULL - 1):
        pipeline.xadd(f"votes:{driver.poll.pk}:casts:1", {"cast": driver.queued(0).dump()})
    pipeline.execute()
    own_redis.client.config_set("maxmemory", _used(own_redis) - 100_000)
    return own_redis


def _used(server: OwnRedis) -> int:
    return int(server.client.info("memory")["used_memory"])


def _sweep_until(holds: Callable[[], object]) -> None:
    """On a busy machine one turn may end before all is counted."""

    def swept() -> object:
        safety_net.sweep()
        return holds()

    eventually(swept, what="a sweep after which it holds")


def test_with_a_full_redis_a_vote_is_counted_at_once(full: OwnRedis, driver: PollDriver):
    assert driver.vote("cid", 1).position is None
    assert driver.totals == [0, 1]


def test_what_fills_a_redis_is_counted_without_a_job(full: OwnRedis, driver: PollDriver):
    safety_net.sweep()
    assert full.client.llen("rq:queue:default") == 1  # ann's; there was no room for another
    _sweep_until(lambda: not waiting())
    assert (driver.totals, waiting()) == ([FULL, 0], 0)
    # Redis gives buffers back when it comes to it.
    eventually(lambda: _used(full) < full.client.info("memory")["maxmemory"], what="a Redis that has room again")
    assert driver.vote("cid", 1).position is not None


def test_screens_go_on_though_redis_is_full(own_redis: OwnRedis, driver: PollDriver):
    driver.vote("ann", 0)
    driver.count()
    own_redis.client.config_set("maxmemory", 1)
    driver.vote("bob", 1)
    safety_net.sweep()
    alive, (text,) = ballot_box.snapshots([driver.poll.pk])
    assert alive
    assert [choice["votes"] for choice in json.loads(text or b"{}")["choices"]] == [1, 1]


@pytest.fixture
def read_only(own_redis: OwnRedis, driver: PollDriver) -> OwnRedis:
    """A Redis that became the copy of another one, which is not there."""
    driver.vote("ann", 0)
    driver.count()
    own_redis.client.config_set("replica-serve-stale-data", "yes")
    own_redis.client.replicaof("127.0.0.1", 1)
    return own_redis


def test_what_a_read_only_redis_refuses_is_counted_and_shown(read_only: OwnRedis, driver: PollDriver):
    assert driver.vote("bob", 1).position is None
    shown = snapshots.newest([driver.poll.pk]).snapshots[driver.poll.pk]
    assert [choice["votes"] for choice in shown["choices"]] == [1, 1]


def test_a_poll_becomes_final_though_redis_is_full(full: OwnRedis, driver: PollDriver):
    transitions.seal(driver.poll.pk)
    assert [box.closed for box in ballot_box.boxes()] == [True]
    _sweep_until(lambda: driver.tally.state == State.FINAL)
    assert driver.totals == [FULL, 0]


# Both are away -------------------------------------------------------------------------------------------------------


def test_without_any_store_a_vote_is_not_recorded(own_redis: OwnRedis, driver: PollDriver, postgres: Postgres):
    own_redis.stop()
    postgres.stop()
    with pytest.raises(NotRecordedError):
        driver.vote("ann")


@pytest.mark.parametrize("headers", [JSON, {}], ids=["JSON", "HTML"])
def test_a_voter_is_told_that_nothing_was_recorded(
    own_redis: OwnRedis, driver: PollDriver, postgres: Postgres, client: Client, headers: dict[str, str]
):
    url = driver.poll.get_absolute_url()
    client.get(url)
    own_redis.stop()
    postgres.stop()
    answer = client.post(url, {"choice": driver.choices[0]}, headers=headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert settings.BALLOT_COOKIE_NAME not in answer.cookies
    status = answer.json()["status"] if headers else answer.context["error"]["status"]
    assert status == "not_recorded"


def test_a_poll_that_no_store_can_tell_of_is_answered_with_503(
    own_redis: OwnRedis, driver: PollDriver, postgres: Postgres, client: Client
):
    own_redis.stop()
    postgres.stop()
    definitions.cache.clear()
    for headers in (JSON, {}):
        answer = client.post(driver.poll.get_absolute_url(), {"choice": driver.choices[0]}, headers=headers)
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        looked = client.get(driver.poll.get_absolute_url(), headers=headers)
        assert (looked.status_code, looked["Retry-After"]) == (503, "2")
    assert "Not available now" in looked.content.decode()


def test_without_any_store_no_page_says_an_unknown_number(
    own_redis: OwnRedis, driver: PollDriver, postgres: Postgres, client: Client
):
    driver.vote("ann")
    driver.count()
    make_poll("other", "Red", "Blue")
    client.get("/")
    own_redis.stop()
    postgres.stop()
    drawn.forget()
    home, screen = client.get("/"), client.get(f"{driver.poll.get_absolute_url()}results/")
    assert "unknown right now" in home.content.decode()
    assert "<b>0</b> votes" not in home.content.decode()
    assert '<p class="number" data-voters>\u2013</p>' in screen.content.decode()


def test_what_was_sent_and_not_answered_is_unknown(paused: OwnRedis, driver: PollDriver, postgres: Postgres):
    postgres.stop()
    with pytest.raises(UnknownError) as unknown:
        driver.vote("ann")
    assert unknown.value.cast is not None
    assert unknown.value.cast.selections == (driver.choices[0],)


@pytest.mark.parametrize("headers", [JSON, {}], ids=["JSON", "HTML"])
def test_an_unknown_vote_leaves_a_receipt_and_is_no_choice(
    own_redis: OwnRedis, driver: PollDriver, postgres: Postgres, client: Client, headers: dict[str, str]
):
    url = driver.poll.get_absolute_url()
    page = client.get(url).context["page"]
    driver.vote("eve", 1)
    driver.count()
    own_redis.pause()
    postgres.stop()
    answer = client.post(url, {"choice": driver.choices[0]}, headers=headers)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert (answer.json()["status"] if headers else answer.context["error"]["status"]) == "unknown"
    unknown = receipt_of(client)
    assert (unknown.status, unknown.cast.selections) == ("unknown", (driver.choices[0],))
    postgres.start()
    own_redis.resume()
    assert client.get(url).context["mine"] is None
    # Pressed when the page was drawn, by a clock that is behind: a newer choice all the same.
    assert post(client, driver, choice=driver.choices[1], page=page, pressed=0).status_code == 202
    assert receipt_of(client).cast.cast_id > unknown.cast.cast_id
    assert eventually(lambda: waiting() == 2)
    driver.count()
    assert (driver.totals, driver.tally.voters) == ([0, 2], 2)


# Postgres is away ----------------------------------------------------------------------------------------------------


def test_without_postgres_a_known_poll_is_shown_and_takes_votes(driver: PollDriver, postgres: Postgres, client: Client):
    url = driver.poll.get_absolute_url()
    client.get(url)
    postgres.stop()
    definitions.cache._fresh_until.clear()
    assert client.get(url).status_code == 200
    assert post(client, driver, choice=driver.choices[0]).status_code == 202
    assert receipt_of(client).status == "received"
    assert client.get(url).context["mine"].selections == (driver.choices[0],)


def test_a_known_poll_is_shown_though_nobody_else_can_tell_of_it(
    redis: Redis, driver: PollDriver, postgres: Postgres, client: Client
):
    client.get(driver.poll.get_absolute_url())
    postgres.stop()
    redis.flushdb()
    definitions.cache._fresh_until.clear()
    drawn.forget()
    answer = client.get(driver.poll.get_absolute_url())
    assert (answer.status_code, answer.context["poll"].question) == (200, driver.poll.question)


def test_without_postgres_a_new_process_learns_from_the_box(driver: PollDriver, postgres: Postgres, client: Client):
    postgres.stop()
    definitions.cache.clear()
    assert post(client, driver, choice=driver.choices[1]).status_code == 202
    assert driver.definition.question == driver.poll.question
    postgres.start()
    driver.count()
    assert driver.totals == [0, 1]


@pytest.mark.parametrize("known", [True, False])
def test_without_postgres_a_refusal_is_still_one(driver: PollDriver, postgres: Postgres, client: Client, known: bool):
    definitions.cache.get(driver.poll.slug)
    postgres.stop()
    if not known:
        definitions.cache.clear()
    answer = client.post(driver.poll.get_absolute_url(), {})
    assert (answer.status_code, answer.context["error"]["status"]) == (400, "bad_choice")


def test_without_postgres_a_sealed_box_refuses(driver: PollDriver, postgres: Postgres, client: Client):
    old = driver.definition
    transitions.seal(driver.poll.pk)
    postgres.stop()
    definitions.cache.keep(old)
    for headers in (JSON, {}):
        answer = client.post(driver.poll.get_absolute_url(), {"choice": driver.choices[0]}, headers=headers)
        assert answer.status_code == 409


def test_a_job_that_finds_no_postgres_keeps_the_votes(driver: PollDriver, postgres: Postgres):
    driver.vote("ann", 1)
    postgres.stop()
    jobs.tally_poll(driver.poll.pk)
    assert waiting() == 1
    postgres.start()
    jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, waiting()) == ([0, 1], 0)


@pytest.fixture
def impatient() -> Iterator[None]:
    """Waits for a lock are given up soon."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    yield
    connection.close()


@contextmanager
def held(poll: Poll) -> Iterator[None]:
    """Somebody else holds the Tally row of this poll."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM polls_tally WHERE poll_id = %s FOR UPDATE", [poll.pk])
        yield
    finally:
        other.close()


def test_a_job_that_can_not_count_what_it_read_keeps_the_votes(driver: PollDriver, impatient: None):
    driver.vote("ann", 1)
    with held(driver.poll):
        jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, waiting()) == ([0, 0], 1)
    jobs.tally_poll(driver.poll.pk)
    assert (driver.totals, waiting()) == ([0, 1], 0)


def test_votes_without_postgres_wake_a_worker_when_it_is_back(redis: Redis, driver: PollDriver, postgres: Postgres):
    driver.vote("ann", 1)
    postgres.stop()
    jobs.tally_poll(driver.poll.pk)
    postgres.start()
    redis.delete("rq:queue:default")
    safety_net.sweep()
    assert redis.llen("rq:queue:default") == 1


# What a process knows is old -----------------------------------------------------------------------------------------


def test_a_service_of_the_old_round_takes_a_page_of_the_new_one(driver: PollDriver):
    old = driver.definition
    transitions.reset(driver.poll.pk)
    definitions.cache.keep(old)
    assert driver.vote("ann", round_=2).cast.round == 2


def test_a_service_with_an_old_limit_takes_what_the_new_allows(driver: PollDriver):
    old = driver.definition
    Poll.objects.update(max_choices=2)
    transitions.edited(driver.poll.pk)
    definitions.cache.keep(old)
    casting.cast(driver.definition, Submission("ann", new_cast_id(), tuple(driver.choices), None))
    driver.count()
    assert driver.totals == [1, 1]


def test_a_repeat_does_not_replace_the_cookie_of_a_newer_vote(driver: PollDriver, client: Client):
    """The repeat comes from another tab."""
    older = post(client, driver, choice=driver.choices[0]).json()["receipt"]
    post(client, driver, choice=driver.choices[1])
    newer = client.cookies[settings.BALLOT_COOKIE_NAME].value
    assert post(client, driver, receipt=older).status_code == 202
    assert client.cookies[settings.BALLOT_COOKIE_NAME].value == newer
    driver.count()
    assert driver.totals == [0, 1]


def test_a_receipt_is_honoured_after_fewer_choices_were_allowed(redis: Redis, client: Client):
    driver = PollDriver(make_poll("pizza", "Ham", "Cheese", "Egg", max_choices=2))
    receipt = post(client, driver, choice=driver.choices[:2]).json()["receipt"]
    redis.flushdb()
    Poll.objects.update(max_choices=1)
    transitions.edited(driver.poll.pk)
    assert post(client, driver, receipt=receipt).status_code == 202
    driver.count()
    assert driver.totals == [1, 1, 0]


# Redis is emptied ----------------------------------------------------------------------------------------------------


def test_a_number_of_a_box_is_never_made_twice(redis: Redis, driver: PollDriver):
    behind = driver.definition
    transitions.seal(driver.poll.pk)
    safety_net.sweep()
    transitions.open_poll(driver.poll.pk)
    ann = driver.vote("ann", 0)
    redis.flushdb()
    # A web service that has not heard of box 2 finds none.
    bob = casting.cast(behind, Submission("bob", new_cast_id(), (driver.choices[1],), None))
    assert (ann.box, bob.box, driver.tally.box) == (2, 3, 3)


def test_of_a_room_that_finds_no_box_one_opens_it(redis: Redis, driver: PollDriver):
    definition = driver.definition
    redis.flushdb()

    def vote(number: int) -> int:
        try:
            return casting.cast(definition, Submission(str(number), new_cast_id(), (driver.choices[0],), None)).box
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as room:
        assert set(room.map(vote, range(64))) == {2}


# A poll is gone ------------------------------------------------------------------------------------------------------


def test_casts_of_a_deleted_poll_are_set_aside(driver: PollDriver, redis: Redis):
    """Nothing of the poll stays in Redis."""
    driver.vote("ann")
    Poll.objects.all().delete()
    safety_net.sweep()
    assert [(row.poll_id, row.reason) for row in SetAside.objects.all()] == [(driver.poll.pk, "there is no such poll")]
    assert redis.keys(f"votes:{driver.poll.pk}:*") == []
    assert ballot_box.boxes() == []


@pytest.mark.parametrize("headers", [JSON, {}], ids=["JSON", "HTML"])
def test_a_deleted_poll_is_answered_with_404(driver: PollDriver, client: Client, headers: dict[str, str]):
    url = driver.poll.get_absolute_url()
    client.get(url)
    Poll.objects.all().delete()
    safety_net.sweep()
    assert client.post(url, {"choice": driver.choices[0]}, headers=headers).status_code == 404
    assert client.get(url, headers=headers).status_code == 404


# Clocks and neighbours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locked", [0, 1])
def test_a_held_up_poll_does_not_keep_another_from_closing(impatient: None, locked: int):
    polls = [make_poll(slug, "Yes", "No", closes_at=timezone.now() + timedelta(hours=1)) for slug in ("one", "two")]
    Poll.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    with held(polls[locked]):
        safety_net.sweep()
    states = [Tally.objects.get(pk=poll.pk).state for poll in polls]
    assert states == [State.OPEN if number == locked else State.SEALING for number in range(2)]


@pytest.mark.parametrize(
    ("minutes", "state"), [(None, State.OPEN), (1, State.OPEN), (-1, State.SEALING)], ids=["no end", "later", "now"]
)
def test_a_poll_given_more_time_is_not_sealed_by_the_clock(driver: PollDriver, minutes: int | None, state: State):
    closes_at = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
    Poll.objects.update(closes_at=closes_at)
    transitions.seal_by_clock(driver.poll.pk, 1, box_is_sealed=False)
    assert driver.tally.state == state


def test_an_old_box_sealed_by_the_clock_closes_no_poll(driver: PollDriver):
    """The poll has a new box."""
    transitions.open_box(driver.poll.pk, missing=1)
    transitions.seal_by_clock(driver.poll.pk, 1, box_is_sealed=True)
    assert driver.tally.state == State.OPEN


# Choices come and go -------------------------------------------------------------------------------------------------


@transaction.atomic
def add_choice(poll: Poll) -> None:
    Choice.objects.create(poll=poll, position=9, text="Fish")
    transitions.edited(poll.pk)


@transaction.atomic
def take_choice(poll: Poll) -> None:
    Choice.objects.filter(poll=poll).latest("pk").delete()
    transitions.edited(poll.pk)


def test_choices_may_change_after_a_round_without_ballots(driver: PollDriver):
    driver.vote("ann")
    driver.count()
    transitions.reset(driver.poll.pk)
    transitions.seal(driver.poll.pk)
    with pytest.raises(NotPossibleError, match="can't be added or removed"):
        add_choice(driver.poll)
    safety_net.sweep()
    add_choice(driver.poll)
    assert (driver.tally.state, driver.totals) == (State.FINAL, [0, 0, 0])
    transitions.open_poll(driver.poll.pk)
    grown = PollDriver(driver.poll)
    grown.vote("ann", 2)
    grown.count()
    assert grown.totals == [0, 0, 1]


def test_choices_of_a_final_poll_with_ballots_stay(driver: PollDriver):
    driver.vote("ann")
    transitions.seal(driver.poll.pk)
    safety_net.sweep()
    assert driver.tally.state == State.FINAL
    with pytest.raises(NotPossibleError, match="can't be added or removed"):
        add_choice(driver.poll)


def test_a_final_poll_keeps_two_choices(driver: PollDriver):
    transitions.seal(driver.poll.pk)
    safety_net.sweep()
    with pytest.raises(NotPossibleError, match="two choices or more"):
        take_choice(driver.poll)
    assert driver.poll.choices.count() == 2


def test_a_scheduled_poll_keeps_two_choices():
    poll = make_poll("soon", "Yes", "No", opened=False)
    transitions.publish(poll.pk)
    with pytest.raises(NotPossibleError, match="two choices or more"):
        take_choice(poll)
    assert poll.choices.count() == 2


def test_a_draft_may_have_one_choice():
    poll = make_poll("new", "Yes", "No", opened=False)
    take_choice(poll)
    assert Tally.objects.get(pk=poll.pk).choice_ids == list(poll.choices.values_list("pk", flat=True))
    assert poll.choices.count() == 1


# Odd requests --------------------------------------------------------------------------------------------------------


def test_a_choice_of_thousands_of_digits_is_a_bad_one(driver: PollDriver, client: Client):
    answer = client.post(driver.poll.get_absolute_url(), {"choice": "9" * 5000})
    assert (answer.status_code, answer.context["error"]["status"]) == (400, "bad_choice")


def test_the_admin_is_found_without_its_slash(client: Client):
    answer = client.get("/admin")
    assert (answer.status_code, answer["Location"]) == (301, "/admin/")


@pytest.mark.parametrize(
    ("method", "path"), [("put", ""), ("delete", ""), ("post", "results/"), ("post", "results.json")]
)
def test_a_method_that_is_not_served_is_refused(driver: PollDriver, method: str, path: str):
    answer = getattr(Client(raise_request_exception=False), method)(driver.poll.get_absolute_url() + path)
    assert answer.status_code == 405
    assert "GET" in answer["Allow"]
    assert b"Traceback" not in answer.content

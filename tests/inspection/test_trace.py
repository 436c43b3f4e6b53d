"""Following one vote, through the real web service, the real worker and the real hub."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from pytest_django import Settings
from redis import Redis

from core.telemetry import tracing
from core.telemetry.tracing import Span
from inspection import trace
from polls.box import ballot_box
from polls.lifecycle import transitions
from polls.models import Ballot
from polls.results.hub import hub
from polls.voting import errors
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import Client, PollDriver, post
from tests.polls.results.test_hub import Socket
from tests.promises.parts import run_worker

FOLLOW = "/admin/pipeline/follow/"
JSON = {"Accept": "application/json"}


def cast(host: Client, driver: PollDriver, choice: int = 1) -> dict[str, Any]:
    """Cast a vote that is followed; what the page is told."""
    answer = host.post(FOLLOW, {"vote": f"{driver.poll.slug}:{driver.choices[choice]}"}, headers=JSON)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def stations(told: dict[str, Any]) -> dict[str, str]:
    """The state of each station."""
    way = trace.way(told["way"].split("/")[-2])
    assert way is not None
    return dict(zip([name for name, *_ in trace._STATIONS], [station.state for station in way.stations], strict=True))


def test_a_followed_vote_is_counted_and_says_where_it_was(admin_client: Client, driver: PollDriver):
    told = cast(admin_client, driver)
    assert (told["position"], driver.totals) == (ballot_box.read(driver.poll.pk, 1, 10)[0][0], [0, 0])
    assert stations(told) == {
        "accepted": "passed",
        "bell": "waiting",
        "answered": "passed",
        **dict.fromkeys(("job", "batch", "transaction", "broadcast", "screen"), "ahead"),
    }
    run_worker()
    assert driver.totals == [0, 1]
    assert stations(told) == {
        **dict.fromkeys(("accepted", "bell", "answered", "job", "batch", "transaction", "broadcast"), "passed"),
        "screen": "waiting",
    }
    spans = tracing.read(told["way"].split("/")[-2])
    order = ["pressed", "answered", "job", "batch", "transaction", "broadcast"]
    assert sorted(order, key=lambda station: spans[station].at) == order
    assert spans["pressed"].at <= spans["accepted"].at <= spans["answered"].at
    assert spans["pressed"].at <= spans["bell"].at <= spans["job"].at
    page = admin_client.get(told["way"]).content.decode()
    assert all(said in page for said in (f"at position {told['position']}", "rung by this vote", "1 vote in it"))


def test_each_span_begins_where_the_station_before_it_ends():
    at = {"pressed": 0.0, "accepted": 0.004, "answered": 0.010, "bell": 0.004, "job": 0.007, "batch": 0.008}
    spans = {name: Span(name, 1000 + moment) for name, moment in at.items()}
    steps = list(trace._steps(spans, 1000.0, 1000.5))
    assert [(str(step.name), round(step.began, 3), round(step.ended, 3), step.kind) for step in steps] == [
        ("Redis", 0.0, 0.004, "on-its-way"),
        ("Bell", 0.004, 0.004, "on-its-way"),
        ("Answer", 0.004, 0.010, "on-its-way"),
        ("Job", 0.004, 0.007, "on-its-way"),
        ("Batch", 0.007, 0.008, "on-its-way"),
        ("Postgres", 0.008, 0.5, "waiting"),
    ]


def test_a_vote_that_the_safety_net_found_waits_for_no_job():
    at = {"pressed": 0, "accepted": 1, "answered": 2, "batch": 3}
    spans = {name: Span(name, 1000 + moment) for name, moment in at.items()}
    steps = list(trace._steps(spans, 1000.0, 1005.0))
    assert [(str(step.name), step.began, step.ended, step.kind) for step in steps[2:]] == [
        ("Batch", 1, 3, "on-its-way"),
        ("Postgres", 3, 5, "waiting"),
    ]


def test_a_vote_that_joins_a_stream_waits_for_no_job():
    at = {"bell": -0.6, "job": -0.5, "pressed": 0, "accepted": 1, "answered": 2, "batch": 3}
    accepted = {"position": "1-0"}
    spans = {name: Span(name, 1000 + moment, detail={"casts": 7} | accepted) for name, moment in at.items()}
    way = trace._way(spans, "f", 1005.0)
    job = next(station for station in way.stations if str(station.name) == "Job")
    assert (job.state, str(job.said)) == ("not", "a worker was counting this poll already")
    assert not {"Bell", "Job"} & {str(bar.name) for bar in way.waterfall.bars}


def test_a_vote_without_a_job_was_found_by_the_safety_net(admin_client: Client, driver: PollDriver):
    told = cast(admin_client, driver)
    driver.count()
    found = stations(told)
    assert (found["bell"], found["job"], found["transaction"]) == ("not", "not", "passed")
    assert "the safety net of a worker found the vote" in admin_client.get(f"{told['way']}?part").content.decode()


async def test_the_last_station_is_the_screen(admin_client: Client, driver: PollDriver):
    screen = Socket(f"/ws/polls/{driver.poll.slug}/")
    assert await screen.open()
    await screen.snapshot()
    told = await sync_to_async(cast)(admin_client, driver)
    await sync_to_async(driver.count)()
    await screen.until(voters=1)
    for _ in range(500):
        if (await sync_to_async(stations)(told))["screen"] == "passed":
            break
        await asyncio.sleep(0.01)
    spans = await sync_to_async(tracing.read)(told["way"].split("/")[-2])
    assert spans["screen"].detail == {"screens": 1}
    assert spans["screen"].at >= spans["transaction"].at
    await screen.close()
    await hub.close()
    await asyncio.get_running_loop().run_in_executor(hub.reader, connections.close_all)
    await sync_to_async(connections.close_all)()


def test_a_staff_member_has_one_ballot_however_often_they_follow(admin_client: Client, driver: PollDriver):
    for choice in (0, 1, 1):
        cast(admin_client, driver, choice)
        driver.count()
    assert (driver.totals, Ballot.objects.count()) == ([0, 1], 1)


def test_a_staff_member_keeps_one_ballot_over_a_new_secret_key(driver: PollDriver, settings: Settings):
    oldest = settings.SECRET_KEY
    for choice, keys in enumerate(([oldest], ["b" * 50, oldest], ["c" * 50, "b" * 50, oldest])):
        settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS = keys
        trace.cast(driver.poll.slug, driver.choices[choice % 2], user_id=1)
        driver.count()
    assert (driver.totals, Ballot.objects.count()) == ([1, 0], 1)


def test_other_votes_leave_no_mark(client: Client, driver: PollDriver, redis: Redis):
    assert post(client, driver, choice=driver.choices[0]).status_code == 202
    ((_, payload),) = ballot_box.read(driver.poll.pk, 1, 10)
    assert set(json.loads(payload)) == {"cast_id", "voter_key", "selections", "round", "network"}
    run_worker()
    assert (driver.totals, redis.keys("follow:*")) == ([1, 0], [])


def test_nobody_can_have_a_vote_followed_by_the_public_form(client: Client, driver: PollDriver, redis: Redis):
    answer = post(client, driver, choice=driver.choices[0], follow="mine")
    ((_, payload),) = ballot_box.read(driver.poll.pk, 1, 10)
    assert (answer.status_code, b"follow" in payload) == (202, False)


@pytest.mark.parametrize(
    ("vote", "code"),
    [("", 400), ("x", 400), ("cats-or-dogs:", 400), ("nothing:1", 404), ("\0:1", 400), ("cats-or-dogs:999999", 400)],
)
def test_what_is_no_vote_is_refused_with_a_sentence(admin_client: Client, driver: PollDriver, vote: str, code: int):
    answer = admin_client.post(FOLLOW, {"vote": vote}, headers=JSON)
    assert (answer.status_code, answer.json()["detail"] != "") == (code, True)
    assert admin_client.post(FOLLOW, {"vote": vote}).status_code == code


def test_a_closed_poll_refuses_it_too(admin_client: Client, driver: PollDriver):
    transitions.seal(driver.poll.pk)
    answer = admin_client.post(FOLLOW, {"vote": f"{driver.poll.slug}:{driver.choices[0]}"}, headers=JSON)
    assert (answer.status_code, errors.ClosedError.code) == (409, 409)


def test_without_redis_a_followed_vote_is_counted_at_once(
    admin_client: Client, own_redis: OwnRedis, driver: PollDriver
):
    """The page says so."""
    own_redis.stop()
    answer = admin_client.post(FOLLOW, {"vote": f"{driver.poll.slug}:{driver.choices[0]}"}, headers=JSON)
    assert (answer.status_code, answer.json()["status"], driver.totals) == (200, "counted", [1, 0])
    gone = admin_client.get(f"{FOLLOW}some-id/")
    assert (gone.status_code, "Redis does not answer" in gone.content.decode()) == (503, True)


def test_a_way_that_nobody_follows_is_not_found(admin_client: Client, driver: PollDriver):
    assert admin_client.get(f"{FOLLOW}some-id/").status_code == 404


def test_who_follows_can_not_be_told_from_the_database(driver: PollDriver):
    assert trace.voter_of(1) != trace.voter_of(2)
    assert len(trace.voter_of(1)) == 64

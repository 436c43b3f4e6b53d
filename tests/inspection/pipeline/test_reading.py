"""Reading the running system: what it costs, and what is known while a store is away."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis import Redis

from core.telemetry import heartbeat, reports
from inspection import pipeline
from inspection.pipeline import formatting
from polls.box import ballot_box, definitions
from polls.models import Choice, Poll, SetAside, State, Tally, Total
from tests.inspection.pipeline.conftest import SILENT_AFTER_S, Speaker, all_parts, state
from tests.own_redis import OwnRedis
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres
from tests.waiting import eventually

UP = {"vote": "up", "redis": "up", "worker": "up", "postgres": "up", "result": "up"}


def test_all_parts_that_speak_are_up() -> None:
    all_parts()
    assert state() == UP


def test_who_falls_silent_is_down_since_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "SILENT_AFTER_S", SILENT_AFTER_S)
    speakers = all_parts()
    spoke_at = time.time()

    def is_seen() -> bool:
        for speaker in speakers:
            if speaker.heartbeat.part != "worker":
                speaker.speak()
        return state() == UP | {"worker": "down"}

    eventually(is_seen, what="a worker that is down, and nobody else")
    worker = pipeline.read().parts["worker"]
    assert worker.since == pytest.approx(spoke_at, abs=0.5)
    assert time.time() - spoke_at >= SILENT_AFTER_S
    alarm, sentence = formatting.headline(pipeline.read(), formatting.local)
    assert alarm == "The worker is down."
    assert sentence.startswith("Voting still works and Redis keeps every vote; screens stand still at ")


def test_who_ends_in_order_is_not_missed(redis: Redis) -> None:
    all_parts()
    second = Speaker("vote", 2).speak()
    assert len(pipeline.read().parts["vote"].processes) == 2
    reports.take_leave(second.heartbeat.process)
    assert [process.name for process in pipeline.read().parts["vote"].processes] == ["vote-1@test"]


def test_a_new_process_takes_the_place_of_one_that_was_killed(redis: Redis) -> None:
    now = time.time()

    def process(number: int, *, started: float, heard: float = 0) -> None:
        """A process that started and was heard last so many seconds ago."""
        Speaker("worker", number, started_at=now - started).speak()
        redis.zadd("parts:heard", {f"worker-{number}@test": (now - heard) * 1000})

    def seen() -> dict[str, str]:
        return {process.name: str(process.state) for process in pipeline.read().parts["worker"].processes}

    process(1, started=100, heard=40)
    process(2, started=100, heard=30)
    process(3, started=20)
    assert seen() == {"worker-2@test": "down", "worker-3@test": "up"}
    (warning,) = formatting.warnings(pipeline.read(), formatting.local)
    assert warning.startswith("worker-2@test is down since ")
    process(4, started=10)
    assert seen() == {"worker-3@test": "up", "worker-4@test": "up"}


def test_votes_that_wait_are_seen_with_their_age(driver: PollDriver) -> None:
    all_parts()
    for voter in ("a", "b", "c"):
        driver.vote(voter)
    read = pipeline.read()
    assert read.redis is not None
    assert (read.redis.waiting, read.redis.waiting_polls, read.redis.boxes) == (3, 1, 1)
    assert [(box.poll_id, box.waiting) for box in read.redis.fullest] == [(driver.poll.pk, 3)]
    assert 0 <= read.redis.oldest_s < 5
    assert read.redis.jobs["queued"] == 1

    driver.count()
    read = pipeline.read()
    assert read.redis is not None
    assert read.postgres is not None
    assert (read.redis.waiting, read.redis.waiting_polls) == (0, 0)
    assert (read.postgres.ballots, read.postgres.open_ballots) == (3, 3)
    assert [(row.slug, row.counted_through) for row in read.postgres.rows] == [
        (driver.poll.slug, driver.tally.counted_through)
    ]


def test_the_lag_is_that_from_the_press_to_the_broadcast(driver: PollDriver) -> None:
    worker = Speaker("worker", 1)
    driver.vote("a")
    driver.count()
    worker.speak()
    lag = pipeline.read().lag
    assert lag is not None
    assert lag.to == "broadcast"
    assert lag.is_fresh
    assert 0 < lag.seconds < 5


def test_what_was_set_aside_is_said() -> None:
    all_parts()
    SetAside.objects.create(poll_id=7, box=1, position="1-0", payload="{", reason="it can't be read")
    assert formatting.warnings(pipeline.read(), formatting.local) == ["1 cast was set aside: it could not be counted."]


def test_a_clock_that_is_off_is_said() -> None:
    speakers = all_parts()
    speakers[0].heartbeat.clock_ahead = 1.5
    reports.say(speakers[0].heartbeat.process, speakers[0].heartbeat.report())
    (warning,) = formatting.warnings(pipeline.read(), formatting.local)
    assert warning.startswith("The clock of vote-1@test differs from that of Redis by 1.5")


# Without a store -----------------------------------------------------------------------------------------------------


def test_without_redis_postgres_tells_who_is_connected(own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    speakers = all_parts()
    monkeypatch.setattr(heartbeat, "heartbeat", speakers[0].heartbeat)
    assert pipeline.read().parts["worker"].running == 1
    own_redis.stop()
    # What the tests ask over is called "votingsite command"; a connection by the worker's name stands for one.
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SET application_name = 'votingsite worker'")
        read = pipeline.read()
    finally:
        other.close()
    assert {name: str(part.state) for name, part in read.parts.items()} == {
        "vote": "up",  # it is this process
        "redis": "down",
        "worker": "up",
        "postgres": "up",
        "result": "unknown",
    }
    since = read.parts["redis"].since
    assert since is not None
    assert time.time() - since < 10
    assert read.redis is None
    assert list(read.errors) == ["redis"]


def test_without_postgres_all_but_it_is_known(postgres: Postgres, driver: PollDriver) -> None:
    all_parts()
    driver.vote("a")
    pipeline.read()
    postgres.stop()
    read = pipeline.read()
    assert {name: str(part.state) for name, part in read.parts.items()} == UP | {"postgres": "down"}
    assert read.parts["postgres"].since is not None
    assert read.redis is not None
    assert read.redis.waiting == 1
    alarm, sentence = formatting.headline(read, formatting.local)
    assert alarm == "Postgres is down."
    assert "Redis keeps every vote" in sentence


def test_without_both_nobody_is_promised_anything(postgres: Postgres, own_redis: OwnRedis) -> None:
    own_redis.stop()
    postgres.stop()
    assert state() == dict.fromkeys(("vote", "worker", "result"), "unknown") | {"redis": "down", "postgres": "down"}
    assert formatting.headline(pipeline.read(), formatting.local)[0] == "Redis and Postgres are down."


def test_stores_that_hang_cost_a_moment_and_then_nothing(own_redis: OwnRedis) -> None:
    own_redis.pause()
    began = time.monotonic()
    assert state()["redis"] == "down"
    assert time.monotonic() - began < 2
    began = time.monotonic()
    state()
    assert time.monotonic() - began < settings.REDIS_TIMEOUT
    own_redis.resume()


def test_nothing_is_said_while_redis_is_away(own_redis: OwnRedis) -> None:
    speaker = Speaker("vote", 1)
    stop = threading.Event()
    thread = threading.Thread(target=speaker.heartbeat.run, args=[stop], daemon=True)
    thread.start()
    eventually(lambda: state()["vote"] == "up")
    own_redis.stop()
    eventually(lambda: state()["redis"] == "down")
    own_redis.start()
    eventually(lambda: state()["vote"] == "up")
    stop.set()
    thread.join(5)
    # A Redis that has just started says nothing of who is missing.
    eventually(lambda: state()["vote"] == "down")


# The history ---------------------------------------------------------------------------------------------------------


def test_many_writers_make_one_entry_each_few_seconds(driver: PollDriver) -> None:
    driver.vote("a")
    for _ in range(5):
        reports.remember(pipeline.sample())
    history = pipeline.read().history
    assert len(history) in (1, 2)  # two, where the tests crossed the border of two spans
    assert history[-1][1]["waiting"] == 1


def test_the_history_has_an_end(redis: Redis) -> None:
    for moment in range(reports.HISTORY_LENGTH + 50):
        redis.xadd("parts:history", {"entry": "{}"}, id=f"{1_000_000 + 5000 * moment}-1")
    reports.remember({"waiting": 1})
    assert redis.xlen("parts:history") == reports.HISTORY_LENGTH


def test_a_history_of_the_future_begins_anew(redis: Redis) -> None:
    redis.xadd("parts:history", {"entry": "{}"}, id=f"{int(time.time() * 1000) + 3_600_000}-1")
    assert reports.say("worker-1@test", None).history_is_due
    reports.remember({"waiting": 1})
    assert not reports.say("worker-1@test", None).history_is_due
    assert [entry for _moment, entry in pipeline.read().history] == [{"waiting": 1}]


# What it costs -------------------------------------------------------------------------------------------------------


@contextmanager
def commands(redis: Redis) -> Iterator[Counter[str]]:
    """Which commands Redis was sent meanwhile; without those inside scripts, and those of new connections."""
    seen: Counter[str] = Counter()
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
        yield seen
        redis.echo("the end")
        for command in monitor.listen():
            if "the end" in command["command"]:
                break
            name = command["command"].split()[0].upper()
            if command["client_type"] != "lua" and name not in ("AUTH", "CLIENT", "HELLO", "SELECT"):
                seen[name] += 1


def make_polls(number: int) -> None:
    """Open polls with a box each."""
    polls = Poll.objects.bulk_create(
        Poll(slug=f"poll-{index}", question="Which?", code=f"{index:06d}") for index in range(number)
    )
    choices = Choice.objects.bulk_create(Choice(poll=poll, text="Cats") for poll in polls)
    Total.objects.bulk_create(Total(choice=choice, poll=choice.poll) for choice in choices)
    Tally.objects.bulk_create(
        Tally(poll=choice.poll, state=State.OPEN, box=1, choice_ids=[choice.pk]) for choice in choices
    )
    for poll in definitions.listed([State.OPEN]):
        ballot_box.make(definitions.of(poll))


def test_a_reading_costs_the_same_for_one_poll_and_a_thousand(redis: Redis) -> None:
    all_parts()
    costs = []
    for number in (1, 1000):
        redis.delete(*redis.keys("votes:*") or ["none"])
        Poll.objects.all().delete()
        make_polls(number)
        pipeline.read()
        with commands(redis) as sent, CaptureQueriesContext(connection) as queries:
            read = pipeline.read()
        assert read.redis is not None
        assert read.redis.boxes == number
        costs.append((sum(sent.values()), len(queries)))
    assert costs == [(13, 5), (13, 5)]


def test_many_who_look_at_once_cost_one_reading(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "FRESH_FOR_S", 60.0)
    with commands(redis) as sent:
        assert len({id(pipeline.read()) for _ in range(20)}) == 1
    assert sent["INFO"] == 1

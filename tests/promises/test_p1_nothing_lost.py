"""P1: a vote answered with success is counted exactly once, whichever process is killed at whatever instant.

A process is killed by SIGKILL at one command: before the server gets it, after the server has carried it out, or while
it is on its way and arrives when its sender is dead.
"""

from contextlib import AbstractContextManager, suppress
from typing import NamedTuple

import pytest
from redis import Redis

from polls.box import ballot_box
from polls.box.casts import new_cast_id
from polls.counting import bell
from polls.kinds import RANK
from polls.models import Answer, SetAside, State
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver, waiting
from tests.promises import parts
from tests.promises.forkserver import Process
from tests.promises.parts import BackgroundCall, audit, finish, run_jobs, work
from tests.proxy import End, Fault, Proxy, sha_of
from tests.waiting import eventually
from workers import jobs


class At(NamedTuple):
    """An instant in the life of a process, by what it says to which store."""

    store: str
    command: bytes
    when: str

    def __str__(self) -> str:
        return f"{self.when} {SCRIPTS.get(self.command) or self.command.decode()}"


SNAPSHOT = sha_of(ballot_box._store_snapshot)
CAST = sha_of(ballot_box._cast)
SCRIPTS = {SNAPSHOT: "store_snapshot", CAST: "cast"}
IN_A_WORKER = [
    At("redis", b":bell", "before"),
    At("redis", b":bell", "after"),
    At("redis", b"XRANGE", "before"),
    At("postgres", b"BEGIN", "before"),
    At("postgres", b"FOR UPDATE", "after"),
    At("postgres", b'INSERT INTO "polls_ballot"', "before"),
    At("postgres", b'INSERT INTO "polls_ballot"', "after"),
    At("postgres", b'UPDATE "polls_total"', "before"),
    At("postgres", b'UPDATE "polls_tally"', "after"),
    At("postgres", b"COMMIT", "before"),
    At("postgres", b"COMMIT", "late"),
    At("postgres", b"COMMIT", "after"),
    At("redis", b"XTRIM", "before"),
    At("redis", b"XTRIM", "late"),
    At("redis", b"XTRIM", "after"),
    At("redis", SNAPSHOT, "before"),
    At("redis", SNAPSHOT, "after"),
]


@pytest.fixture
def proxies(redis_proxy: Proxy, postgres_proxy: Proxy) -> dict[str, Proxy]:
    return {"redis": redis_proxy, "postgres": postgres_proxy}


def stopping(proxies: dict[str, Proxy], at: At) -> AbstractContextManager[Fault]:
    proxy = proxies[at.store]
    return proxy.losing_reply(at.command, End.SILENCE) if at.when == "after" else proxy.holding(at.command)


def kill_at(fault: Fault, at: At, process: Process) -> None:
    """End the process when it has come there, and let the network do what is left to do."""
    fault.wait() if at.when != "after" else fault.wait_delivered()
    assert not process.has_ended()
    process.kill()
    if at.when == "late":
        fault.deliver()
    else:
        fault.drop()


# A worker dies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", IN_A_WORKER, ids=str)
def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(driver: PollDriver, proxies: dict[str, Proxy], at: At):
    for voter, choice in (("ann", 0), ("bob", 1)):
        driver.vote(voter, choice)
    run_jobs()
    # A change of mind and a new voter are on their way when it happens.
    driver.vote("ann", 1)
    driver.vote("cid", 0)
    with stopping(proxies, at) as fault, parts.tally(driver) as worker:
        kill_at(fault, at, worker)
    work()
    assert driver.totals == [1, 2]
    assert (driver.tally.voters, waiting()) == (3, 0)
    audit(driver)


@pytest.mark.parametrize(
    "at",
    [
        At("postgres", b'INSERT INTO "polls_answer"', "before"),
        At("postgres", b'INSERT INTO "polls_answer"', "after"),
        At("postgres", b'DELETE FROM "polls_answer"', "after"),
        *(at for at in IN_A_WORKER if at.command in (b"COMMIT", b"XTRIM")),
    ],
    ids=str,
)
def test_a_killed_worker_keeps_answers_and_ballots_together(proxies: dict[str, Proxy], at: At):
    """In a poll whose kind counts each distinct answer."""
    ranked = PollDriver(make_poll("fruit", "Apple", "Banana", kind=RANK, max_choices=2))
    for voter, choice in (("ann", 0), ("bob", 1)):
        ranked.vote(voter, choice)
    run_jobs()
    ranked.vote("ann", 1)
    ranked.vote("cid", 1)
    with stopping(proxies, at) as fault, parts.tally(ranked) as worker:
        kill_at(fault, at, worker)
    work()
    assert list(Answer.objects.values_list("selections", "ballots")) == [([ranked.choices[1]], 3)]
    assert (ranked.tally.voters, waiting()) == (3, 0)
    audit(ranked)


@pytest.mark.parametrize("at", [at for at in IN_A_WORKER if at.command in (b"COMMIT", b"XTRIM")], ids=str)
def test_a_worker_killed_at_closing_leaves_all_votes_to_the_next(driver: PollDriver, proxies: dict[str, Proxy], at: At):
    driver.vote("ann", 1)
    driver.vote("bob", 0)
    # Its first COMMIT is that of `sealing`.
    with stopping(proxies, at) as fault, Process("tests.promises.children.close", driver.poll.pk) as worker:
        kill_at(fault, at, worker)
    finish(driver)
    assert (driver.totals, driver.tally.state, waiting()) == ([1, 1], State.FINAL, 0)
    audit(driver)


@pytest.mark.slow
def test_a_long_paused_worker_finds_its_transaction_gone(driver: PollDriver, proxies: dict[str, Proxy]):
    """The pause is longer than every time-out."""
    driver.vote("ann", 1)
    at = At("postgres", b"COMMIT", "before")
    with stopping(proxies, at) as fault, parts.tally(driver) as worker:
        fault.wait()
        worker.pause()
        driver.vote("bob", 0)
        # The others wait for its lock for a while, give up, and try again, until Postgres takes it away.
        eventually(lambda: others_count(driver) == [1, 1], 30, "votes counted by others")
        worker.resume()
        with suppress(AssertionError):
            fault.deliver()
        eventually(worker.has_ended)
    assert (driver.totals, driver.tally.voters, waiting()) == ([1, 1], 2, 0)
    audit(driver)


def others_count(driver: PollDriver) -> list[int]:
    jobs.tally_poll(driver.poll.pk)
    return driver.totals


# A web service dies --------------------------------------------------------------------------------------------------


def test_a_service_that_dies_before_it_enqueues_loses_no_vote(
    driver: PollDriver, redis: Redis, proxies: dict[str, Proxy]
):
    """The bell is set; the safety net finds the vote."""
    at = At("redis", b"rq:", "before")
    with stopping(proxies, at) as fault, parts.service(driver, "ann", 1, new_cast_id()) as service:
        kill_at(fault, at, service)
    assert (waiting(), redis.llen("rq:queue:default")) == (1, 0)
    driver.vote("bob", 0)
    assert redis.llen("rq:queue:default") == 0, "the bell is set: nobody else rings"
    work()
    assert (driver.totals, waiting()) == ([1, 1], 0)
    audit(driver)


@pytest.mark.parametrize("at", [At("redis", CAST, when) for when in ("before", "late", "after")], ids=str)
def test_a_vote_whose_service_dies_counts_once(driver: PollDriver, proxies: dict[str, Proxy], at: At):
    """However often its voter sends it again."""
    cast_id = new_cast_id()
    with stopping(proxies, at) as fault, parts.service(driver, "ann", 1, cast_id) as service:
        kill_at(fault, at, service)
    for _ in range(2):
        driver.vote("ann", 1, cast_id)
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


@pytest.mark.parametrize("at", [At("postgres", b"COMMIT", when) for when in ("before", "late", "after")], ids=str)
def test_a_direct_vote_whose_service_dies_counts_once(driver: PollDriver, proxies: dict[str, Proxy], at: At):
    """However often its voter sends it again."""
    cast_id = new_cast_id()
    proxies["redis"].refuse()
    with stopping(proxies, at) as fault, parts.service(driver, "ann", 1, cast_id) as service:
        kill_at(fault, at, service)
    proxies["redis"].recover()
    for _ in range(2):
        driver.vote("ann", 1, cast_id)
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


# COMMIT gets no answer -----------------------------------------------------------------------------------------------


def test_a_commit_whose_answer_is_lost_counts_once(driver: PollDriver, proxies: dict[str, Proxy]):
    driver.vote("ann", 1)
    with proxies["postgres"].losing_reply(b"COMMIT") as fault:
        jobs.tally_poll(driver.poll.pk)
        fault.wait()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


def test_a_commit_that_never_arrived_deletes_nothing_of_the_box(driver: PollDriver, proxies: dict[str, Proxy]):
    driver.vote("ann", 1)
    with proxies["postgres"].holding(b"COMMIT", End.CUT) as fault:
        worker = BackgroundCall(lambda: jobs.tally_poll(driver.poll.pk))
        fault.wait()
        fault.drop()
        worker.join()
    work()
    assert (driver.totals, waiting()) == ([0, 1], 0)
    audit(driver)


def test_nothing_is_deleted_before_the_work_was_done_once_more(driver: PollDriver, proxies: dict[str, Proxy]):
    """The answer to COMMIT was lost."""
    driver.vote("ann", 1)
    with proxies["postgres"].holding(b"COMMIT", End.CUT) as fault:
        worker = BackgroundCall(lambda: jobs.tally_poll(driver.poll.pk))
        fault.wait()
        # The worker has heard that its connection is gone. It waits for the lock that the COMMIT on its way still has.
        eventually(lambda: parts.waiting_for_a_lock() == 1)
        assert waiting() == 1
        fault.deliver()
        worker.join()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


def test_a_commit_after_its_worker_gave_up_counts_once(driver: PollDriver, proxies: dict[str, Proxy]):
    driver.vote("ann", 1)
    with proxies["postgres"].holding(b"COMMIT", End.CUT) as fault:
        jobs.tally_poll(driver.poll.pk)
        assert waiting() == 1, "three tries waited for the lock in vain; nothing is deleted"
        fault.deliver()
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


# P8: a bad ballot harms nobody ---------------------------------------------------------------------------------------


def test_a_worker_that_dies_over_a_bad_ballot_counts_the_others(
    driver: PollDriver, redis: Redis, proxies: dict[str, Proxy]
):
    """The bad ballot is set aside once."""
    driver.vote("ann", 0)
    redis.xadd(f"votes:{driver.poll.pk}:casts:1", {"cast": "nonsense"})
    driver.vote("bob", 1)
    at = At("redis", b"XTRIM", "before")
    with stopping(proxies, at) as fault, parts.tally(driver) as worker:
        kill_at(fault, at, worker)
    assert waiting() == 3
    assert bell.ring(driver.poll.pk)
    run_jobs()
    assert (driver.totals, SetAside.objects.count(), waiting()) == ([1, 1], 1, 0)
    audit(driver)

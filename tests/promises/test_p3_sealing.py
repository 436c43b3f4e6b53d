"""P3: sealing is exact. What was accepted before is counted, nothing is accepted after, then results say `final`."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone
from redis import Redis

from core.stores.redis import NoAnswerError, NotSentError
from polls.box import ballot_box, definitions
from polls.box.casts import Entry, new_cast_id, position_key
from polls.box.replies import NoBox, Sealed
from polls.counting import drain
from polls.lifecycle import safety_net, transitions
from polls.models import Ballot as Stored
from polls.models import Poll, RoundResult, State
from polls.voting import casting, errors
from polls.voting.casting import Submission
from polls.voting.errors import CastError, ClosedError, LostError, OtherRoundError
from polls.voting.receipts import Receipt
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, waiting
from tests.promises.parts import BackgroundCall, audit, finish, work
from tests.proxy import End, Proxy, sha_of
from tests.waiting import eventually
from workers import jobs

JSON = {"Accept": "application/json"}
CASTERS = 300
#: Threads of the web service that they vote at.
THREADS = 32
CAST = sha_of(ballot_box._cast)
SEAL = sha_of(ballot_box._seal_box)
HOUR = 3600


class Workload:
    """Hundreds of voters who keep changing their mind until they are refused, at a web service of many threads."""

    def __init__(self, driver: PollDriver, voters: int = CASTERS) -> None:
        self._booth = driver
        #: Who votes next, and for what.
        self._queue = deque((f"voter {number}", number % 2) for number in range(voters))
        #: When each accepted vote was asked for, and the vote.
        self.accepted: list[tuple[float, Receipt]] = []
        self.refused: list[CastError] = []
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._serve) for _ in range(min(voters, THREADS))]

    @contextmanager
    def voting(self) -> Iterator["Workload"]:
        for thread in self._threads:
            thread.start()
        try:
            yield self
            eventually(lambda: not self._are_voting, within=20, what="the end of all voting")
        finally:
            self._enough.set()
            for thread in self._threads:
                thread.join()

    @property
    def _are_voting(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def wait_for(self, votes: int) -> None:
        eventually(lambda: len(self.accepted) >= votes, what=f"{votes} accepted votes")

    @property
    def may_count(self) -> dict[UUID, set[UUID]]:
        """For each voter, by key, the casts of which one may count: the last accepted one, or a later unknown one."""
        casts: dict[UUID, set[UUID]] = {}
        for _, vote in sorted(self.accepted, key=lambda item: item[1].cast.cast_id):
            casts[vote.cast.voter_key] = {vote.cast.cast_id}
        for error in self.refused:
            if error.cast is not None:
                casts.setdefault(error.cast.voter_key, set()).add(error.cast.cast_id)
        return casts

    def _serve(self) -> None:
        try:
            while not self._enough.is_set():
                try:
                    voter, choice = self._queue.popleft()
                except IndexError:
                    return
                self._take(voter, choice)
        finally:
            connections.close_all()

    def _take(self, voter: str, choice: int) -> None:
        asked = time.monotonic()
        try:
            self.accepted.append((asked, self._booth.vote(voter, choice)))
        except CastError as error:
            self.refused.append(error)
        else:
            self._queue.append((voter, 1 - choice))


def assert_exact(driver: PollDriver, workload: Workload) -> None:
    """Closed and final, each voter is counted with the last vote that was accepted, and nobody else is."""
    finish(driver)
    stored = dict(Stored.objects.values_list("voter_key", "cast_id"))
    may_count = workload.may_count
    assert {vote.cast.voter_key for _, vote in workload.accepted} <= stored.keys() <= may_count.keys()
    assert [key for key, cast_id in stored.items() if cast_id not in may_count[key]] == []
    assert waiting() == 0
    audit(driver)


# Around the closing instant ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers_run", [True, False], ids=["workers run", "no worker"])
def test_what_is_accepted_until_a_host_closes_is_counted(driver: PollDriver, *, workers_run: bool):
    """Accepted equals counted, and nothing is accepted after."""
    workload = Workload(driver)
    with workload.voting():
        workload.wait_for(CASTERS)
        if workers_run:
            jobs.tally_poll(driver.poll.pk)
        transitions.seal(driver.poll.pk)
        sealed_at = time.monotonic()
    assert all(isinstance(error, ClosedError) for error in workload.refused)
    assert len(workload.refused) == CASTERS
    assert max(asked for asked, _ in workload.accepted) < sealed_at
    assert_exact(driver, workload)


def test_what_is_accepted_until_the_clock_closes_is_counted(driver: PollDriver):
    """The clock is that of Redis. Accepted equals counted, and nothing is accepted after."""
    closes_at = timezone.now() + timedelta(seconds=1)
    Poll.objects.update(closes_at=closes_at)
    transitions.edited(driver.poll.pk)
    workload = Workload(driver)
    with workload.voting():
        # No worker, no safety net: the script alone closes.
        workload.wait_for(CASTERS)
    assert all(isinstance(error, ClosedError) for error in workload.refused)
    # A position begins with the moment when Redis took the vote, by the clock that closes.
    taken_at = [int(str(vote.position).split("-")[0]) for _, vote in workload.accepted]
    assert max(taken_at) < closes_at.timestamp() * 1000
    assert_exact(driver, workload)


@pytest.mark.parametrize("by", ["hand", "clock"])
def test_closed_while_votes_go_both_ways_accepted_equals_counted(driver: PollDriver, redis_proxy: Proxy, by: str):
    """Redis is cut off in the middle: some votes wait in it, the others go straight into Postgres."""
    if by == "clock":
        Poll.objects.update(closes_at=timezone.now() + timedelta(seconds=3))
        transitions.edited(driver.poll.pk)
    workload = Workload(driver, voters=16)
    with workload.voting():
        workload.wait_for(16)
        redis_proxy.refuse()
        eventually(lambda: any(vote.position is None for _, vote in list(workload.accepted)), what="a direct vote")
        if by == "hand":
            transitions.seal(driver.poll.pk)
    assert {vote.position is None for _, vote in workload.accepted} == {True, False}
    assert driver.tally.state in (State.OPEN, State.SEALING)
    redis_proxy.recover()
    assert_exact(driver, workload)


def test_what_was_accepted_before_the_seal_is_counted(driver: PollDriver, monkeypatch: pytest.MonkeyPatch):
    """Whichever batch it is in."""
    monkeypatch.setattr("polls.counting.tally.BATCH", 7)
    monkeypatch.setattr(drain, "TURN", 0)
    for number in range(50):
        driver.vote(f"voter {number}", number % 2)
    transitions.seal(driver.poll.pk)
    states: list[str] = []
    while not states or states[-1] != State.FINAL:
        safety_net.sweep()
        states.append(driver.tally.state)
        assert waiting() == 0 or states[-1] == State.SEALING
    assert (driver.totals, waiting()) == ([25, 25], 0)
    audit(driver)


def test_a_final_poll_counts_nothing_more(driver: PollDriver, redis_proxy: Proxy):
    """A cast that is on its way for that long finds no box, and whatever still stood in one is not counted."""
    driver.vote("ann", 0)
    with redis_proxy.holding(CAST, End.CUT) as fault:
        driver.vote("bob", 1)
        finish(driver)
        fault.deliver()
    work()
    assert (driver.totals, driver.tally.state, waiting()) == ([1, 1], State.FINAL, 0)
    version = driver.tally.version
    cast = driver.queued(1)
    drain._count(driver.poll.pk, 1, [Entry("99-0", cast.dump().encode())])
    assert (driver.totals, driver.tally.version) == ([1, 1], version)
    audit(driver)


def test_an_older_copy_of_redis_after_final_counts_nothing(own_redis: OwnRedis, driver: PollDriver):
    """In the copy the box is open and full."""
    driver.vote("ann", 0)
    copy = own_redis.copy()
    driver.vote("ann", 1)
    finish(driver)
    own_redis.put_back(copy)
    assert waiting() == 1
    for _ in range(3):
        work()
    assert (driver.totals, driver.tally.state, waiting()) == ([0, 1], State.FINAL, 0)
    audit(driver)


def test_an_older_copy_of_redis_takes_no_votes_of_a_final_poll(own_redis: OwnRedis, driver: PollDriver):
    """Also not from a web service that knew the poll while it was open; the box itself is taken away."""
    copy = own_redis.copy()
    old_definition = driver.definition
    finish(driver)
    own_redis.put_back(copy)
    safety_net.sweep()
    assert ballot_box.boxes() == []
    assert isinstance(ballot_box.put(old_definition, driver.queued()), NoBox | Sealed)


@pytest.mark.parametrize("boxes", ["sealed first", "older box open"])
def test_a_poll_is_final_when_every_box_of_its_round_is_empty(driver: PollDriver, redis: Redis, boxes: str):
    """A box of the round that Tally has left behind holds votes that were accepted."""
    driver.vote("ann", 0)
    transitions.open_box(driver.poll.pk, missing=1)
    driver.vote("bob", 1)
    transitions.seal(driver.poll.pk)
    if boxes == "older box open":
        redis.set(f"votes:{driver.poll.pk}:box", 1)
    for _ in range(5):
        work()
        assert driver.tally.state != State.FINAL or waiting() == 0
    finish(driver)
    assert driver.totals == [1, 1]
    audit(driver)


def test_an_older_box_with_much_to_count_holds_final_back(driver: PollDriver, monkeypatch: pytest.MonkeyPatch):
    """Counting it takes several turns."""
    monkeypatch.setattr("polls.counting.tally.BATCH", 2)
    monkeypatch.setattr(drain, "TURN", 0)
    for number in range(20):
        driver.vote(f"voter {number}", 0)
    transitions.open_box(driver.poll.pk, missing=1)
    driver.vote("ann", 1)
    transitions.seal(driver.poll.pk)
    safety_net.sweep()
    assert driver.tally.state == State.SEALING
    assert waiting() > 0
    finish(driver)
    assert (driver.totals, waiting()) == ([20, 1], 0)
    audit(driver)


@pytest.mark.parametrize("since", ["reset", "reopened", "reopened and closed again"])
def test_empty_boxes_seen_before_the_poll_went_on_are_not_final(driver: PollDriver, since: str):
    """A worker looks, pauses, and carries on when the poll has a new box with votes in it."""
    transitions.seal(driver.poll.pk)
    seen = driver.tally.box
    if since == "reset":
        transitions.reset(driver.poll.pk)
    else:
        finish(driver)
        transitions.open_poll(driver.poll.pk)
    driver.vote("ann", 1)
    if since == "reopened and closed again":
        transitions.seal(driver.poll.pk)
    state = driver.tally.state
    assert not transitions.finish(driver.poll.pk, seen)
    assert driver.tally.state == state
    finish(driver)
    assert driver.totals == [0, 1]
    audit(driver)


# Opening -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def scheduled() -> PollDriver:
    """A poll that opens in half a second."""
    opens_at = timezone.now() + timedelta(seconds=0.5)
    driver = PollDriver(make_poll("soon", "Yes", "No", opened=False, opens_at=opens_at))
    transitions.publish(driver.poll.pk)
    return driver


def test_the_first_service_asked_opens_a_poll_on_time(scheduled: PollDriver):
    opens_at = scheduled.poll.opens_at
    assert opens_at is not None

    def vote(voter: str) -> tuple[Receipt, datetime]:
        accepted = eventually(lambda: _try_to_vote(scheduled, voter))
        assert accepted is not None
        return accepted, timezone.now()

    voters = [BackgroundCall(lambda name=f"voter {n}": vote(name)) for n in range(20)]  # type: ignore[misc]
    votes = [voter.join() for voter in voters]
    assert all(answered_at >= opens_at for _, answered_at in votes)
    assert one_box_is_open()
    assert waiting() == 20
    finish(scheduled)
    assert scheduled.totals == [20, 0]
    audit(scheduled)


def one_box_is_open() -> bool:
    """Two web services that open at once may make two boxes, and the greater one closes the other."""
    return [box.closed for box in ballot_box.boxes()].count(False) == 1


def _try_to_vote(driver: PollDriver, voter: str) -> Receipt | None:
    try:
        return driver.vote(voter)
    except errors.NotOpenYetError:
        return None


def test_workers_open_a_poll_whose_time_has_come_without_a_voter(scheduled: PollDriver):
    def is_open() -> bool:
        safety_net.sweep()
        return bool(scheduled.tally.state == State.OPEN)

    eventually(is_open)
    assert [(box.number, box.closed) for box in ballot_box.boxes()] == [(1, False)]


def test_a_service_that_is_behind_opens_no_box_of_a_closed_poll(driver: PollDriver, redis: Redis):
    old = driver.definition
    finish(driver)
    redis.flushdb()
    definitions.cache.keep(old)
    with pytest.raises(ClosedError):
        casting.cast(old, Submission("ann", new_cast_id(), (driver.choices[0],), None))
    assert ballot_box.boxes() == []


def test_openers_at_once_never_leave_two_open_boxes(driver: PollDriver, redis: Redis):
    redis.flushdb()
    old = driver.definition
    openers = [
        BackgroundCall(partial(casting.cast, old, Submission(f"v{n}", new_cast_id(), (driver.choices[0],), None)))
        for n in range(20)
    ]
    assert all(opener.join().position for opener in openers)
    assert one_box_is_open()
    finish(driver)
    assert driver.totals == [20, 0]


@pytest.mark.usefixtures("patient")
def test_a_box_made_while_workers_look_is_not_stale(driver: PollDriver, redis_proxy: Proxy):
    """The boxes are listed before Postgres is asked: what Postgres says can only be newer than the list."""
    with redis_proxy.holding(sha_of(ballot_box._list_boxes)) as fault:
        worker = BackgroundCall(safety_net.sweep)
        fault.wait()
        transitions.open_box(driver.poll.pk, missing=1)
        fault.let_through()
        worker.join()
    assert driver.vote("ann", 1).box == 2
    safety_net.sweep()
    assert (driver.tally.state, driver.tally.box) == (State.OPEN, 2)
    finish(driver)
    assert driver.totals == [0, 1]


def test_an_opener_that_comes_late_closes_no_newer_box(driver: PollDriver, redis_proxy: Proxy):
    """The command that makes a box arrives after the one that makes the next box."""
    with redis_proxy.holding(sha_of(ballot_box._make_box), End.CUT) as fault:
        transitions.open_box(driver.poll.pk, missing=1)
        transitions.open_box(driver.poll.pk, missing=2)
        assert driver.vote("ann", 1).box == 3
        fault.deliver()
    assert [(box.number, box.closed) for box in ballot_box.boxes() if not box.closed] == [(3, False)]
    assert driver.vote("bob", 1).box == 3
    finish(driver)
    assert driver.totals == [0, 2]


def test_a_box_that_is_sealed_before_it_was_made_is_never_made(driver: PollDriver, redis_proxy: Proxy):
    with redis_proxy.holding(sha_of(ballot_box._make_box), End.CUT) as fault:
        transitions.open_box(driver.poll.pk, missing=1)
        transitions.seal(driver.poll.pk)
        fault.deliver()
    with pytest.raises(ClosedError):
        driver.vote("ann")
    finish(driver)
    assert driver.totals == [0, 0]


def test_a_reopened_poll_goes_on_in_its_round_with_a_new_box(driver: PollDriver):
    driver.vote("ann", 0)
    finish(driver)
    transitions.open_poll(driver.poll.pk)
    driver.vote("ann", 1)
    driver.vote("bob", 0)
    finish(driver)
    assert (driver.totals, driver.tally.round) == ([1, 1], 1)
    audit(driver)


def test_a_service_that_finds_a_sealed_box_asks_for_a_new_one(driver: PollDriver, redis_proxy: Proxy):
    """Reopened while Redis did not hear of it: a sealed box that isn't the Tally's is no refusal."""
    old = driver.definition
    first = casting.cast(old, Submission("ann", new_cast_id(), (driver.choices[1],), 1))
    finish(driver)
    with redis_proxy.holding(sha_of(ballot_box._make_box), End.CUT):
        transitions.open_poll(driver.poll.pk)
    assert [(box.number, box.closed) for box in ballot_box.boxes()] == [(1, True)]
    definitions.cache.keep(old)
    again = Submission("ann", first.cast.cast_id, first.cast.selections, 1)
    assert casting.cast_again(old, again).cast.cast_id == first.cast.cast_id
    assert casting.cast(old, Submission("bob", new_cast_id(), (driver.choices[0],), 1)).box == driver.tally.box
    finish(driver)
    assert driver.totals == [1, 1]


def test_an_older_box_takes_no_votes_though_nobody_has_sealed_it(driver: PollDriver):
    """A newer box closes it: a web service that still knows it would else vote on after the poll has closed."""
    old = driver.definition
    transitions.open_box(driver.poll.pk, missing=1)
    transitions.seal(driver.poll.pk)
    with pytest.raises(ClosedError):
        casting.cast(old, Submission("ann", new_cast_id(), (driver.choices[0],), 1))
    assert waiting() == 0


# Redis is away, or its clock is wrong --------------------------------------------------------------------------------


def test_a_poll_closed_without_redis_waits_for_its_votes(own_redis: OwnRedis, driver: PollDriver):
    for number in range(20):
        driver.vote(f"voter {number}", 0)
    work()
    for number in range(15):
        driver.vote(f"voter {number}", 1)
    own_redis.stop()
    assert driver.vote("late", 1).position is None
    transitions.seal(driver.poll.pk)
    with pytest.raises(ClosedError):
        driver.vote("later", 1)
    for _ in range(3):
        with pytest.raises(NotSentError):
            safety_net.sweep()
        assert (driver.tally.state, driver.totals) == (State.SEALING, [20, 1])
    own_redis.start()
    assert waiting() == 15
    finish(driver)
    assert (driver.totals, waiting()) == ([5, 16], 0)
    audit(driver)


def test_a_seal_that_redis_did_not_hear_of_is_told_again(driver: PollDriver, redis_proxy: Proxy):
    driver.vote("ann", 1)
    with redis_proxy.holding(SEAL, End.CUT):
        transitions.seal(driver.poll.pk)
    assert [box.closed for box in ballot_box.boxes()] == [False]
    safety_net.sweep()
    assert (driver.tally.state, driver.totals) == (State.FINAL, [0, 1])
    with pytest.raises(ClosedError):
        driver.vote("bob")
    audit(driver)


@pytest.mark.parametrize("closed_by", ["a cast", "hand"])
@pytest.mark.parametrize("back", [0, -HOUR], ids=["back again", "an hour behind"])
def test_a_clock_that_steps_back_opens_nothing_again(
    own_redis: OwnRedis, driver: PollDriver, back: int, closed_by: str
):
    driver.vote("ann", 1)
    Poll.objects.update(closes_at=timezone.now() + timedelta(minutes=30))
    transitions.edited(driver.poll.pk)
    driver.vote("bob", 1)
    old = driver.definition
    if closed_by == "a cast":
        own_redis.step_clock(HOUR)
        with pytest.raises(ClosedError):
            driver.vote("cid")
    else:
        transitions.seal(driver.poll.pk)
    own_redis.step_clock(back)
    definitions.cache.keep(old)
    with pytest.raises(ClosedError):
        casting.cast(old, Submission("dan", new_cast_id(), (driver.choices[0],), None))
    safety_net.sweep()
    assert driver.tally.state in (State.SEALING, State.FINAL)
    finish(driver)
    assert (driver.totals, waiting()) == ([0, 2], 0)
    audit(driver)


def test_a_slow_clock_of_redis_does_not_keep_a_poll_open(own_redis: OwnRedis, driver: PollDriver):
    """The clock is an hour behind."""
    own_redis.step_clock(-HOUR)
    driver.vote("ann", 1)
    Poll.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    transitions.edited(driver.poll.pk)
    safety_net.sweep()
    assert driver.tally.state in (State.SEALING, State.FINAL)
    finish(driver)
    with pytest.raises(ClosedError):
        driver.vote("bob")
    assert driver.totals == [0, 1]


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_clock_that_steps_neither_loses_nor_reorders_votes(own_redis: OwnRedis, driver: PollDriver, step: int):
    first = driver.vote("ann", 0)
    driver.vote("bob", 0)
    own_redis.step_clock(step)
    second = driver.vote("ann", 1)
    own_redis.step_clock(0)
    third = driver.vote("bob", 1)
    driver.vote("ann", 1)
    positions = [position_key(str(vote.position)) for vote in (first, second, third)]
    assert positions == sorted(positions)
    work()
    work()
    assert (driver.totals, waiting()) == ([0, 2], 0)
    finish(driver)
    audit(driver)


# The next round ------------------------------------------------------------------------------------------------------


def test_votes_that_wait_in_the_box_go_with_their_round(driver: PollDriver):
    driver.vote("ann", 0)
    work()
    driver.vote("bob", 0)
    transitions.reset(driver.poll.pk)
    driver.vote("cid", 1)
    finish(driver)
    assert (driver.totals, driver.tally.round, driver.tally.voters) == ([0, 1], 2, 1)
    past = RoundResult.objects.get()
    assert (past.round, past.snapshot["voters"]) == (1, 1)
    audit(driver)


def test_a_cast_over_a_reset_counts_in_no_round_but_its_own(driver: PollDriver, redis_proxy: Proxy):
    with redis_proxy.holding(CAST, End.CUT) as fault:
        driver.vote("ann", 0)
        transitions.reset(driver.poll.pk)
        fault.deliver()
    work()
    assert (driver.totals, waiting()) == ([0, 0], 0)
    finish(driver)
    assert (driver.totals, Stored.objects.count()) == ([0, 0], 0)


def test_a_batch_read_before_a_reset_is_not_counted_after_it(
    driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy
):
    driver.vote("ann", 0)
    with redis_proxy.holding(b"XTRIM"), postgres_proxy.holding(b"BEGIN") as begin:
        worker = BackgroundCall(lambda: drain.drain(driver.poll.pk, 1))
        begin.wait()
        transitions.reset(driver.poll.pk)
        begin.let_through()
        with pytest.raises(NoAnswerError):
            worker.join()
    driver.vote("bob", 1)
    finish(driver)
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)
    audit(driver)


def test_a_reset_without_redis_keeps_the_old_box_out(own_redis: OwnRedis, driver: PollDriver):
    """Nothing of the old box gets into the new round."""
    old = driver.definition
    driver.vote("ann", 0)
    own_redis.stop()
    transitions.reset(driver.poll.pk)
    own_redis.start()
    # The old box is still open as far as Redis knows; a web service that knows the old round puts a vote of it in.
    assert casting.cast(old, Submission("bob", new_cast_id(), (driver.choices[0],), 1)).box == 1
    driver.vote("cid", 1)
    finish(driver)
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


def test_a_page_left_open_over_a_reset_votes_in_no_other_round(driver: PollDriver, client: Client):
    url = driver.poll.get_absolute_url()
    page = client.get(url).context["page"]
    kept = client.post(url, {"choice": driver.choices[0], "page": page}, headers=JSON).json()["receipt"]
    transitions.reset(driver.poll.pk)

    def answer(**fields: Any) -> tuple[int, str]:
        response = client.post(url, fields, headers=JSON)
        return response.status_code, response.json()["status"]

    assert answer(choice=driver.choices[0], page=page) == (409, "other_round")
    assert answer(receipt=kept) == (410, "lost")
    finish(driver)
    assert (driver.totals, driver.tally.voters) == ([0, 0], 0)


@pytest.mark.parametrize("path", ["box", "direct"])
def test_a_receipt_of_the_round_before_is_lost(driver: PollDriver, redis_proxy: Proxy, path: str):
    """Whichever way it is asked."""
    accepted = driver.vote("ann", 0)
    again = Submission("ann", accepted.cast.cast_id, accepted.cast.selections, 1)
    transitions.reset(driver.poll.pk)
    if path == "direct":
        redis_proxy.refuse()
    with pytest.raises(LostError):
        casting.cast_again(driver.definition, again)
    redis_proxy.recover()
    finish(driver)
    assert driver.totals == [0, 0]


def test_a_direct_vote_of_the_round_before_is_refused(driver: PollDriver, redis_proxy: Proxy):
    old = driver.definition
    transitions.reset(driver.poll.pk)
    redis_proxy.refuse()
    with pytest.raises(OtherRoundError):
        casting.cast(old, Submission("ann", new_cast_id(), (driver.choices[0],), 1))
    assert driver.totals == [0, 0]


def test_a_reset_in_a_rush_counts_what_the_new_round_accepted(driver: PollDriver):
    workload = Workload(driver, voters=16)
    with workload.voting():
        workload.wait_for(200)
        transitions.reset(driver.poll.pk)
        workload.wait_for(len(workload.accepted) + 100)
        transitions.seal(driver.poll.pk)
    workload.accepted = [vote for vote in workload.accepted if vote[1].cast.round == 2]
    assert_exact(driver, workload)

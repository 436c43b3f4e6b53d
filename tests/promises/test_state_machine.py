"""P1, P2, P3, P5 and P6 in any order of events: Hypothesis looks for a run that breaks one of them.

What happens is real: Redis and Postgres, the web services' and the workers' own code. The model knows what voters
were told.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import Error as PostgresError
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box, definitions
from polls.box.casts import Cast, Entry, new_cast_id
from polls.box.definition import Definition
from polls.box.replies import Received
from polls.counting import tally
from polls.counting.tally import Direct
from polls.kinds import PICK, RANK
from polls.lifecycle import safety_net, transitions
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Ballot, Poll, State
from polls.voting import casting, direct, voters
from polls.voting.errors import AlreadyVotedError, CastError, ClosedError, LostError, UnknownError
from polls.voting.receipts import Receipt
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver, waiting
from tests.promises import parts
from tests.proxy import Proxy, redis_knows_its_scripts, until_redis_is_asked
from tests.store_fixtures import Postgres
from workers import jobs

HOUR = 3600
VOTERS = ("ann", "bob", "cid")
voter_names = st.sampled_from(VOTERS)
choices = st.integers(0, 1)
#: How long before it gets to a web service a vote was pressed, in milliseconds.
delays = st.sampled_from([0, 0, 0, 20, 5000])
presses = st.lists(st.tuples(voter_names, choices, delays), min_size=1, max_size=4)
#: After how many steps an outage ends: Hypothesis by itself would leave most runs without their stores.
outages = st.integers(1, 4)
mostly = st.sampled_from([True, True, True, False])


class Model:
    """The expected end: of each voter the newest cast of this round that was accepted."""

    def __init__(self) -> None:
        self.round = 1
        #: The ids of the accepted casts of each voter.
        self.accepted: dict[UUID, set[UUID]] = {}

    def accept(self, cast: Cast) -> None:
        if cast.round == self.round:
            self.accepted.setdefault(cast.voter_key, set()).add(cast.cast_id)

    def reset(self) -> None:
        self.round += 1
        self.accepted = {}

    def lose(self, left: dict[UUID, UUID]) -> None:
        """Only these are left."""
        self.accepted = {key: {cast_id} for key, cast_id in left.items()}

    def may_be_counted(self, key: UUID, cast_id: UUID) -> bool:
        return cast_id <= max(self.accepted[key])

    def may_follow(self, before: UUID, after: UUID | None) -> bool:
        """Tell whether this cast may take the place of a stored one."""
        return after is not None and after >= before

    def is_right(self, ballots: dict[UUID, UUID]) -> bool:
        return ballots == {key: max(casts) for key, casts in self.accepted.items()}


class StrictModel(Model):
    """Votes can't be changed: of each voter one that was accepted, and the first that is counted stays."""

    def may_be_counted(self, key: UUID, cast_id: UUID) -> bool:
        return cast_id in self.accepted[key]

    def may_follow(self, before: UUID, after: UUID | None) -> bool:
        return after == before

    def is_right(self, ballots: dict[UUID, UUID]) -> bool:
        return ballots.keys() == self.accepted.keys() and all(
            cast_id in self.accepted[key] for key, cast_id in ballots.items()
        )


class Stores:
    """The stores that a run may break."""

    def __init__(self, redis: OwnRedis, network: Proxy, postgres: Postgres) -> None:
        self.redis, self.network, self.postgres = redis, network, postgres

    def heal(self) -> None:
        self.network.heal()
        self.postgres.start()
        until_redis_is_asked()


class Voting(RuleBasedStateMachine):
    """A poll, its voters, web services, workers and host."""

    new_model: type[Model] = Model
    allows_changes = True
    kind = PICK

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.stores = stores
        self.model = self.new_model()
        self.redis_is_down = self.postgres_is_down = False
        self.outage = 0
        #: What web services know, old and new.
        self.definitions: list[Definition] = []
        #: Casts that were sent to Redis, with the definition that they were sent by: they may arrive (again).
        self.sent: list[tuple[Definition, Cast]] = []
        self.told: dict[str, Cast] = {}
        #: Every cast that somebody may have been told of.
        self.casts: dict[UUID, Cast] = {}
        #: Batches that workers have read and not counted yet.
        self.read: list[tuple[int, list[Entry]]] = []
        #: Boxes that somebody has seen closed and empty, all of them.
        self.seen_empty: list[int] = []
        #: As Postgres said after the last step that it was there.
        self.state: str = State.OPEN
        self.version = 0
        self.stored: dict[UUID, UUID] = {}
        self.stored_round = 1
        self.final: dict[UUID, UUID] | None = None
        self.closed = False
        #: Boxes that have refused a cast: closed by hand or by their closing time, they take none again.
        self.refusing: set[int] = set()

    @initialize(presses=presses)
    def open(self, presses: list[tuple[str, int, int]]) -> None:
        self.stores.heal()
        self.stores.redis.step_clock(0)
        self.stores.redis.client.flushall()
        redis_knows_its_scripts()
        Poll.objects.all().delete()
        definitions.cache.clear()
        self.driver = PollDriver(
            make_poll("cats-or-dogs", "Cats", "Dogs", kind=self.kind, allows_changes=self.allows_changes)
        )
        self.poll_id = self.driver.poll.pk
        self.learn()
        self.press(self.definitions[-1], presses, page=True)

    def learn(self) -> None:
        found = definitions.read(pk=self.poll_id)
        assert found
        self.definitions.append(found)

    # Voters

    @rule(presses=presses, page=st.booleans(), reopens=mostly)
    def cast(self, presses: list[tuple[str, int, int]], *, page: bool, reopens: bool) -> None:
        """At a web service that knows the poll as it is."""
        if reopens and self.state == State.FINAL:
            self.reopen()
        self.press(self.definitions[-1], presses, page=page)

    @precondition(lambda self: len(self.definitions) > 1)
    @rule(presses=presses, page=st.booleans(), age=st.integers(1, 3))
    def cast_with_an_old_definition(self, presses: list[tuple[str, int, int]], age: int, *, page: bool) -> None:
        """Which knows the poll as it was some changes ago."""
        self.press(self.definitions[max(0, len(self.definitions) - 1 - age)], presses, page=page)

    def press(self, definition: Definition, presses: list[tuple[str, int, int]], *, page: bool) -> None:
        for voter, choice, delay in presses:
            cast_id = new_cast_id(parts.now_ms() - delay)
            selections = (self.driver.choices[choice],)
            ballot = casting.Submission(voter, cast_id, selections, definition.round if page else None)
            key = voters.key(voter, definition.voter_salt)
            has_voted = key in self.seen_voters()
            try:
                receipt = casting.cast(definition, ballot)
                if self.allows_changes or receipt.cast.cast_id == cast_id:
                    assert self.allows_changes or not has_voted, "a second vote was accepted"
                    self.accepted(voter, self.newest_used(definition, receipt.box), receipt)
                else:
                    assert receipt.cast.selections == selections, "another vote was taken for this one"
            except ClosedError:
                if not self.redis_is_down:
                    self.refusing.add(definition.box)
            except CastError:
                pass

    def seen_voters(self) -> set[UUID]:
        """Voters whose vote a store that answers can tell of: counted, or waiting in the present box."""
        if self.postgres_is_down:
            return set()
        found = set(self.ballots())
        if not self.redis_is_down:
            tally_ = self.driver.tally
            waiting_ = ballot_box.read(self.poll_id, tally_.box, 100)
            casts = [Cast.load(payload) for _, payload in waiting_]
            found |= {cast.voter_key for cast in casts if cast.round == tally_.round}
        return found

    def newest_used(self, definition: Definition, box: int) -> Definition:
        """The one that a cast into this box went with: this one, or a newer one that the web service has learned."""
        return next((known for known in definitions.cache.known() if known.box == box), definition)

    def accepted(self, voter: str, definition: Definition, receipt: Receipt) -> None:
        if receipt.position is not None:
            self.received(definition)
        assert not self.closed, "a vote was accepted after the seal"
        self.told[voter] = receipt.cast
        self.casts[receipt.cast.cast_id] = receipt.cast
        self.sent.append((definition, receipt.cast))
        self.model.accept(receipt.cast)

    def received(self, definition: Definition) -> None:
        assert not self.closed, "a vote was accepted after the seal"
        assert definition.box not in self.refusing, "a box that has refused a vote took one"

    @precondition(lambda self: self.told)
    @rule(number=st.integers(0, 100))
    def send_again(self, number: int) -> None:
        """With the receipt, as the page does when a box was lost."""
        voter, cast = list(self.told.items())[number % len(self.told)]
        try:
            again = casting.cast_again(
                self.definitions[-1], casting.Submission(voter, cast.cast_id, cast.selections, cast.round)
            )
        except AlreadyVotedError:
            assert not self.allows_changes, "a change was refused"
        except LostError:
            assert self.final is not None or cast.round != self.model.round or self.is_final()
        except UnknownError:
            pass
        else:
            self.model.accept(again.cast)

    def is_final(self) -> bool:
        return bool(self.driver.tally.state == State.FINAL)

    @rule(voter=voter_names, choice=choices)
    def cast_without_an_answer_from_redis(self, voter: str, choice: int) -> None:
        """The web service takes the direct path under the same cast id; the command is still on its way."""
        definition = self.definitions[-1]
        key = voters.key(voter, definition.voter_salt)
        cast = Cast(new_cast_id(), key, (self.driver.choices[choice],), definition.round)
        self.casts[cast.cast_id] = cast
        self.sent.append((definition, cast))
        with suppress(direct.NotCountedError):
            if direct.count(self.poll_id, cast) is Direct.COUNTED:
                self.told[voter] = cast
                self.model.accept(cast)

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 1000))
    def deliver_late_or_twice(self, number: int) -> None:
        definition, cast = self.sent[number % len(self.sent)]
        with suppress(RedisUnavailableError):
            if isinstance(ballot_box.put(definition, cast), Received):
                self.received(definition)
                self.model.accept(cast)

    # Workers

    @precondition(lambda self: self.state != State.FINAL)
    @rule()
    def run_job(self) -> None:
        jobs.tally_poll(self.poll_id)

    @rule()
    def sweep(self) -> None:
        with suppress(PostgresError, RedisUnavailableError):
            safety_net.sweep()

    @rule()
    def read_a_batch(self) -> None:
        with suppress(RedisUnavailableError):
            for box in ballot_box.boxes():
                if entries := ballot_box.read(self.poll_id, box.number, 2):
                    self.read.append((box.number, entries))

    def let_a_worker_read(self, *, busy: bool) -> None:
        """Let a worker read a batch that it counts only later."""
        if busy:
            self.read_a_batch()

    @precondition(lambda self: self.read and not self.postgres_is_down)
    @rule(number=st.integers(0, 100), trims=st.booleans())
    def count_what_was_read(self, number: int, *, trims: bool) -> None:
        """At once, or after a pause in which anything may have happened; the worker may die before it deletes it."""
        box, entries = self.read[number % len(self.read)]
        now = self.driver.tally
        tally.count_batch(self.poll_id, box, entries)
        if now.state != State.FINAL:
            for _, payload in entries:
                self.model.accept(Cast.load(payload))
        if trims:
            with suppress(RedisUnavailableError):
                ballot_box.trim(self.poll_id, box, entries[-1][0])

    @precondition(lambda self: self.state == State.SEALING and not self.postgres_is_down)
    @rule()
    def look_whether_all_is_counted(self) -> None:
        """As the safety net does before it makes a poll final."""
        with suppress(RedisUnavailableError):
            box = self.driver.tally.box
            ballot_box.seal(self.poll_id, box)
            if all(found.closed and not found.waiting for found in ballot_box.boxes()):
                self.seen_empty.append(box)

    @precondition(lambda self: self.seen_empty and not self.postgres_is_down)
    @rule()
    def finish_late(self) -> None:
        transitions.finish(self.poll_id, self.seen_empty[-1])

    # The host

    @precondition(lambda self: self.state != State.FINAL)
    @rule(busy=st.booleans(), waits=st.booleans())
    def seal(self, *, busy: bool, waits: bool) -> None:
        """The host may wait until all is counted."""
        self.let_a_worker_read(busy=busy)
        self.transition(transitions.seal)
        self.closed = not self.redis_is_down and not self.postgres_is_down
        if waits and self.closed:
            parts.finish(self.driver)

    @precondition(lambda self: self.state != State.OPEN)
    @rule()
    def reopen(self) -> None:
        if self.transition(transitions.open_poll):
            self.closed, self.final = False, None

    @rule(busy=st.booleans())
    def reset(self, *, busy: bool) -> None:
        self.let_a_worker_read(busy=busy)
        if self.transition(transitions.reset):
            self.model.reset()
            self.closed, self.final = False, None

    @rule(minutes=st.sampled_from([None, 30]))
    def edit(self, minutes: int | None) -> None:
        """Give it a closing time, or take it away."""
        if self.postgres_is_down:
            return
        closes_at = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
        Poll.objects.update(closes_at=closes_at)
        transitions.edited(self.poll_id)
        self.learn()

    def transition(self, step: Callable[[int], object]) -> bool:
        try:
            step(self.poll_id)
        except (NotPossibleError, PostgresError):
            return False
        self.learn()
        return True

    # Faults

    @rule(busy=st.booleans())
    def empty_redis(self, *, busy: bool) -> None:
        """Votes that are counted stay; the others are lost until their voters send them again."""
        if self.postgres_is_down:
            return
        self.let_a_worker_read(busy=busy)
        self.stores.redis.client.flushall()
        self.stores.redis.client.script_flush()
        self.model.lose(self.ballots())

    @rule(redis=st.booleans(), steps=outages)
    def take_a_store_away(self, steps: int, *, redis: bool) -> None:
        if redis:
            self.stores.network.refuse()
            self.redis_is_down = True
        else:
            self.stores.postgres.stop()
            self.postgres_is_down = True
        self.outage = steps

    def heal(self) -> None:
        self.stores.heal()
        self.redis_is_down = self.postgres_is_down = False

    @invariant()
    def an_outage_ends(self) -> None:
        if self.outage:
            self.outage -= 1
            if not self.outage:
                self.heal()

    @rule(seconds=st.sampled_from([-HOUR, 0, HOUR]))
    def step_the_clock_of_redis(self, seconds: int) -> None:
        self.stores.redis.step_clock(seconds)

    # What has to hold

    def ballots(self) -> dict[UUID, UUID]:
        return dict(Ballot.objects.filter(poll=self.poll_id).values_list("voter_key", "cast_id"))

    @invariant()
    def nothing_that_must_not_be_has_happened(self) -> None:
        if self.postgres_is_down or not self.definitions:
            return
        now, stored = self.driver.tally, self.ballots()
        assert now.version >= self.version, "the version went back"
        assert now.round == self.model.round
        parts.audit(self.driver)
        for key, cast_id in stored.items():
            assert self.casts[cast_id].round == now.round, "a cast of another round is counted"
            assert self.model.may_be_counted(key, cast_id), "a cast is counted that nobody was told of"
        if self.stored_round == now.round:
            follows = [self.model.may_follow(cast_id, stored.get(key)) for key, cast_id in self.stored.items()]
            assert all(follows), "a ballot was replaced that has to stay"
        if self.final is not None and now.state == State.FINAL:
            assert stored == self.final, "something was counted after final"
        self.state = now.state
        self.final = stored if now.state == State.FINAL else None
        self.version, self.stored, self.stored_round = now.version, stored, now.round

    def teardown(self) -> None:
        if not self.definitions:
            return
        self.heal()
        self.stores.redis.step_clock(0)
        parts.finish(self.driver)
        self.all_is_counted()
        # What was still under way arrives now.
        for number in range(len(self.sent)):
            ballot_box.put(*self.sent[number])
        for number in range(len(self.read)):
            self.count_what_was_read(number, trims=True)
        parts.work()
        self.all_is_counted()

    def all_is_counted(self) -> None:
        self.nothing_that_must_not_be_has_happened()
        assert self.is_final()
        assert self.model.is_right(self.ballots())
        assert waiting() == 0


class VotingOnce(Voting):
    """The same where votes can't be changed."""

    new_model = StrictModel
    allows_changes = False


class Ranking(Voting):
    """The same where each distinct answer is counted."""

    kind = RANK


@pytest.fixture
def stores(
    own_redis: OwnRedis, redis_proxy: Proxy, postgres: Postgres, patient: None, monkeypatch: pytest.MonkeyPatch
) -> Stores:
    """A busy machine is not taken for a store that does not answer: only what the run does is to happen."""
    monkeypatch.setattr("core.stores.redis.QUICK", 10)
    monkeypatch.setattr("core.stores.postgres.PATIENCE", 10)
    return Stores(own_redis, redis_proxy, postgres)


def run(machine: type[Voting], stores: Stores, **options: Any) -> None:
    chosen = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), **options)
    run_state_machine_as_test(lambda: machine(stores), settings=chosen)  # type: ignore[arg-type]


def test_no_run_of_events_breaks_a_promise(stores: Stores):
    run(Voting, stores, max_examples=100, stateful_step_count=40, derandomize=True)


@pytest.mark.slow
def test_no_run_of_events_breaks_a_promise_of_votes_that_stay(stores: Stores):
    run(VotingOnce, stores, max_examples=50, stateful_step_count=40, derandomize=True)


@pytest.mark.slow
def test_no_run_of_events_breaks_a_promise_of_rankings(stores: Stores):
    run(Ranking, stores, max_examples=30, stateful_step_count=40, derandomize=True)

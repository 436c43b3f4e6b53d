"""Casting: a vote goes into the ballot box; else straight into Postgres; else the answer says honestly that it did not.

No Postgres on the way into the box. A web service works with the definition that it knows, and Redis says when it is
out of date.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import Error as PostgresError
from django.utils.translation import gettext

from core.stores import postgres
from core.stores.redis import NoAnswerError, NotSentError
from core.telemetry import metrics
from polls.box import ballot_box, definitions
from polls.box.casts import Cast
from polls.box.definition import Definition
from polls.counting import bell, tally
from polls.lifecycle import transitions
from polls.models import State, Tally
from polls.voting import direct, rate_limit, voters
from polls.voting.errors import (
    BadChoiceError,
    CastError,
    ClosedError,
    LostError,
    NoSuchPollError,
    NotOpenYetError,
    NotRecordedError,
    OtherRoundError,
    no_choice,
    not_recorded,
    other_round,
    too_many,
    unknown,
)

_Result = TypeVar("_Result")

#: How often a web service follows what Redis says (newer definition, no box ...) before it gives up on Redis.
ROUNDS = 4

#: Of the threads that find no box one opens it; the others wait, and find it then.
_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Submission:
    """What a voter hands in: a vote that is read, stamped with its cast id, and not yet cast."""

    voter: str
    cast_id: UUID
    selections: tuple[int, ...]
    #: Of the page that it was filled in on; None where the form didn't say.
    round: int | None
    #: For the address that it came from; None where none holds.
    limit: ballot_box.Limit | None = None
    #: The id under which somebody follows it on its way; None for all others.
    follow: str | None = None
    #: Whether it may name no choice: the vote before it is taken back.
    may_be_empty: bool = False
    #: Where it comes from (polls.voting.networks).
    network: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A vote that is safe. Without a position it is counted already (the direct path)."""

    definition: Definition
    cast: Cast
    box: int
    position: str | None


def cast(definition: Definition, submission: Submission) -> Accepted:
    """Take one vote, or raise a CastError that says what became of it. May be repeated with the same cast id."""
    return _Attempt(definition, submission).run()


def cast_again(definition: Definition, submission: Submission) -> Accepted:
    """Take a vote that comes with its receipt: it was accepted once, and what became of it since is not known.

    The answers are "counted", "received", LostError and UnknownError: a refusal would deny what was promised.
    """
    try:
        return _Attempt(definition, submission, was_accepted=True).run()
    except (ClosedError, OtherRoundError, NotOpenYetError, NotRecordedError):
        return settle(definition, submission)


class _Attempt:
    """One vote on its way in; it knows whether a command was sent that may still run."""

    def __init__(self, definition: Definition, submission: Submission, *, was_accepted: bool = False) -> None:
        self._definition = definition
        self._submission = submission
        self._was_accepted = was_accepted
        self._sent: Cast | None = None
        self._reread = False

    def run(self) -> Accepted:
        """Ballot box first, then Postgres."""
        for _ in range(ROUNDS):
            cast = self._checked()
            try:
                reply = ballot_box.put(self._definition, cast, self._submission.limit)
            except NotSentError:
                break
            except NoAnswerError:
                self._sent = cast
                break
            if isinstance(reply, ballot_box.Received):
                if reply.ring:
                    bell.ring(self._definition.id)
                metrics.received.add()
                return Accepted(self._definition, cast, self._definition.box, reply.position)
            if not self._learn(reply):
                break
        return self._direct(self._checked())

    def _checked(self) -> Cast:
        """The cast as the definition allows it. An old definition refuses nothing before Postgres was asked."""
        if self._definition.state in transitions.UNOPENED and not self._open():
            raise not_recorded()
        if self._definition.is_overdue_test and not self._go_live():
            raise self._refusal(not_recorded())
        try:
            return self._check()
        except (BadChoiceError, OtherRoundError):
            if not self._read_again():
                raise
            return self._check()

    def _check(self) -> Cast:
        definition, submission = self._definition, self._submission
        if definition.state in (State.SEALING, State.FINAL):
            raise self._closed()
        if submission.round not in (None, definition.round):
            raise self._refusal(other_round())
        if not self._was_accepted:
            check_selections(definition, submission.selections, may_be_empty=submission.may_be_empty)
        voter_key = voters.key(submission.voter, definition.voter_salt)
        return Cast(
            submission.cast_id,
            voter_key,
            submission.selections,
            definition.round,
            submission.follow,
            submission.network,
        )

    def _read_again(self) -> bool:
        """Ask Postgres for the definition, once. Returns whether there is a newer one."""
        if self._reread:
            return False
        self._reread = True
        try:
            found = postgres.ask(lambda: definitions.read(pk=self._definition.id))
        except PostgresError:
            return False
        if found is None or found == self._definition:
            return False
        self._use(found)
        return True

    def _learn(
        self, reply: ballot_box.Sealed | ballot_box.NoBox | ballot_box.NewerDefinition | ballot_box.Limited
    ) -> bool:
        """Take in what Redis said. Returns whether it is worth asking again; raises CastError."""
        match reply:
            case ballot_box.Limited(seconds):
                raise too_many(seconds)
            case ballot_box.NewerDefinition(text):
                self._use(Definition.load(text))
                return True
            case ballot_box.Sealed():
                return self._ask_postgres(after=self._definition.box)
            case _:
                return self._open()

    def _ask_postgres(self, after: int) -> bool:
        """The box is sealed. A newer one may be open; if Postgres can't say, the seal stands."""
        try:
            found = postgres.ask(lambda: definitions.read(pk=self._definition.id))
        except PostgresError:
            raise self._closed() from None
        if found is None:
            raise self._gone()
        self._use(found)
        if found.box == after or found.state != State.OPEN:
            raise self._closed()
        return True

    def _open(self) -> bool:
        """There is no box of this number: have the next one made. False if the stores can't; raises if it may not."""
        definition = self._definition
        try:
            found = self._in_turn(lambda: transitions.open_box(definition.id, definition.box))
        except PostgresError:
            return False
        if found is not None:
            self._use(found)
            return True
        definitions.cache.forget(definition.slug)
        if definition.state in transitions.UNOPENED:
            raise NotOpenYetError(gettext("This poll is not open yet. Nothing was recorded."))
        raise self._closed()

    def _go_live(self) -> bool:
        """The poll opens, and its test is not over yet: what comes now is none of it. False if Postgres can't say."""
        poll_id = self._definition.id
        try:
            self._in_turn(lambda: transitions.go_live_by_clock(poll_id))
            found = postgres.ask(lambda: definitions.read(pk=poll_id))
        except PostgresError:
            return False
        if found is None:
            raise self._gone()
        self._use(found)
        return True

    def _in_turn(self, step: Callable[[], _Result]) -> _Result:
        """Take a step of the poll's life, one thread at a time. Raises PostgresError, and CastError if it is gone."""
        try:
            with _opening:
                return postgres.ask(step)
        except (Tally.DoesNotExist, transitions.NotPossibleError):
            raise self._gone() from None

    def _use(self, definition: Definition) -> None:
        self._definition = definition
        definitions.cache.keep(definition)

    def _refusal(self, error: CastError) -> CastError:
        """What to answer in the place of a refusal when the cast may still get into the box: that it is not known."""
        return error if self._sent is None else unknown(self._sent)

    def _closed(self) -> CastError:
        return self._refusal(ClosedError(gettext("This poll is closed. Nothing was recorded.")))

    def _gone(self) -> CastError:
        definitions.cache.forget(self._definition.slug)
        return self._refusal(NoSuchPollError(gettext("This poll has been deleted. Nothing was recorded.")))

    def _direct(self, cast: Cast) -> Accepted:
        """Straight into Postgres, by the same tally code and under the same cast id."""
        limit = self._submission.limit
        if limit is not None and (seconds := rate_limit.without_redis.take(limit)):
            raise self._refusal(too_many(seconds))
        try:
            outcome = direct.count(self._definition.id, cast)
        except Tally.DoesNotExist:
            raise self._gone() from None
        except direct.NotCountedError as error:
            if error.in_doubt:
                self._sent = cast
            raise self._refusal(not_recorded()) from error
        return self._counted(outcome, cast)

    def _counted(self, outcome: tally.Direct, cast: Cast) -> Accepted:
        if outcome is tally.Direct.COUNTED:
            metrics.direct.add()
            return Accepted(self._definition, cast, self._definition.box, None)
        definitions.cache.forget(self._definition.slug)
        if outcome is tally.Direct.OTHER_ROUND:
            raise self._refusal(other_round())
        raise self._closed()


def settle(definition: Definition, submission: Submission) -> Accepted:
    """Answer a receipt whose poll takes no votes any more: counted, or lost, or not known yet.

    Raises LostError when the poll is final without it, or has gone on to another round; UnknownError while its round is
    still being counted, or nobody can be asked.
    """
    voter_key = voters.key(submission.voter, definition.voter_salt)
    try:
        found = postgres.ask(lambda: tally.look_up(definition.id, voter_key))
    except (PostgresError, Tally.DoesNotExist) as error:
        raise unknown() from error
    if found.round == submission.round and found.cast_id is not None and found.cast_id >= submission.cast_id:
        counted = Cast(submission.cast_id, voter_key, submission.selections, found.round)
        return Accepted(definition, counted, found.box, None)
    if found.round != submission.round or found.state == State.FINAL:
        raise LostError(gettext("The poll closed before your vote could be found. It is not counted."))
    raise unknown()


def check_selections(definition: Definition, selections: tuple[int, ...], *, may_be_empty: bool) -> None:
    """Raise BadChoiceError, with what is wrong, unless these are choices of the poll and not too many."""
    if not selections and not may_be_empty:
        raise no_choice()
    if len(selections) > definition.max_choices:
        text = gettext("You picked {picked} choices; the limit is {most}.")
        raise BadChoiceError(text.format(picked=len(selections), most=definition.max_choices))
    if len(set(selections)) != len(selections) or not definition.choice_ids.issuperset(selections):
        raise BadChoiceError(gettext("This poll has no such choice. Reload the page and pick again."))

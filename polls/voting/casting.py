"""Casting: a vote goes into the ballot box; else straight into Postgres; else the answer says honestly that it did not.

No Postgres on the way into the box. A web service works with the definition that it knows, and Redis says when it is
out of date.
"""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.db import Error as PostgresError

from core.stores import postgres
from core.stores.redis import NoAnswerError, NotSentError
from core.telemetry import metrics
from polls.box import ballot_box, replies
from polls.box.casts import Cast
from polls.box.definition import Definition
from polls.box.newcomers import Newcomer
from polls.counting import bell, tally
from polls.kinds import BadSelectionsError
from polls.lifecycle import transitions
from polls.models import State, Tally
from polls.voting import direct, limits, rate_limit, tickets, voters
from polls.voting.current import CurrentDefinition
from polls.voting.errors import (
    AlreadyVotedError,
    BadChoiceError,
    CastError,
    ClosedError,
    LostError,
    NoChoiceError,
    NoTicketError,
    NotOpenYetError,
    NotRecordedError,
    OtherRoundError,
    TooManyError,
    UnknownError,
)
from polls.voting.receipts import Receipt
from polls.voting.tickets import Ticket

#: How often a web service follows what Redis says (newer definition, no box ...) before it gives up on Redis.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Submission:
    """A vote that is read and stamped with its cast id, and not yet cast."""

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
    #: The right of the voter to vote, where not everyone has it.
    ticket: Ticket | None = None
    #: The voter key in the receipt that came with it, if that is of this round.
    voted_as: UUID | None = None
    #: The answer to work that was asked for (polls.voting.work).
    work: str = ""
    #: The vote of this round that the voter has a receipt of, where votes can't be changed.
    first: "Submission | None" = None

    @property
    def comer(self) -> limits.Comer:
        """Return who votes, as limits of a poll see it."""
        return limits.Comer(self.voter, self.network, self.voted_as, self.work)


def cast(definition: Definition, submission: Submission) -> Receipt:
    """Take one vote, or raise a CastError that says what became of it. May be repeated with the same cast id.

    Where votes can't be changed, the same vote once more is answered with the receipt of the first.
    """
    if submission.first is not None and not definition.allows_changes:
        # It is cast once more, since its box may be lost; a second one is not.
        with suppress(LostError):
            return _standing(cast_again(definition, submission.first), submission)
    return _Attempt(definition, submission).run()


def cast_again(definition: Definition, submission: Submission) -> Receipt:
    """Take a vote that comes with its receipt: it was accepted once, and what became of it since is not known.

    The answers are "counted", "received", LostError and UnknownError: a refusal would deny what was promised. Where
    votes can't be changed, AlreadyVotedError: another vote of this voter was counted first.
    """
    try:
        return _Attempt(definition, submission, was_accepted=True).run()
    except (ClosedError, OtherRoundError, NotOpenYetError, NotRecordedError):
        return settle(definition, submission)


def _standing(first: Receipt, submission: Submission) -> Receipt:
    """Return the vote that stands to who sends it once more. Raises AlreadyVotedError for another one."""
    if first.cast.selections != submission.selections:
        raise AlreadyVotedError(first)
    return first


def _counted_first(definition: Definition, cast: Cast) -> Receipt | None:
    """Return the vote that this voter has in Postgres; None without one, or while Postgres can't say."""
    try:
        with postgres.bounded():
            found = tally.first_vote(definition.id, cast.voter_key)
    except PostgresError:
        return None
    return None if found is None else Receipt(definition.id, found, "counted", definition.box)


class _Attempt:
    """An attempt to cast a vote; it knows whether a command was sent that may still run."""

    def __init__(self, definition: Definition, submission: Submission, *, was_accepted: bool = False) -> None:
        self._definition = CurrentDefinition(definition)
        self._submission = submission
        self._was_accepted = was_accepted
        self._sent: Cast | None = None

    def run(self) -> Receipt:
        """Ballot box first, then Postgres. While a cast that was sent may still run, a refusal becomes UnknownError."""
        try:
            return self._into_box() or self._into_postgres()
        except CastError as error:
            if self._sent is None or isinstance(error, AlreadyVotedError):
                raise
            raise UnknownError(cast=self._sent) from error

    def _into_box(self) -> Receipt | None:
        """Put it into the ballot box; None if Redis did not take it, or did not say so."""
        for _ in range(ROUNDS):
            cast = self._checked()
            definition = self._definition.known
            if not definition.allows_changes and (first := _counted_first(definition, cast)):
                return _standing(first, self._submission)
            try:
                reply = ballot_box.put(definition, cast, self._submission.limit, self._newcomer(cast))
            except NotSentError:
                return None
            except NoAnswerError:
                self._sent = cast
                return None
            if isinstance(reply, replies.Received):
                if reply.ring:
                    bell.ring(definition.id)
                metrics.received.add()
                return Receipt(definition.id, cast, "received", definition.box, reply.position)
            if isinstance(reply, replies.Voted):
                first = Receipt(definition.id, Cast.load(reply.payload), "received", definition.box, reply.position)
                return _standing(first, self._submission)
            if not self._learn(reply):
                return None
        return None

    def _newcomer(self, cast: Cast) -> Newcomer | None:
        """Return the voter as one whom limits may hold back; None for others, as for a vote that was accepted once."""
        definition = self._definition.known
        if self._was_accepted or not definition.has_limits:
            return None
        return self._submission.comer.as_newcomer(definition, cast.voter_key)

    def _learn(self, reply: replies.Refusal) -> bool:
        """Take in what Redis said. Returns whether it is worth asking again; raises CastError."""
        match reply:
            case replies.Limited(seconds):
                raise TooManyError(retry_after=seconds)
            case replies.Crowded() | replies.Slowed():
                raise self._submission.comer.refusal(self._definition.known, reply)
            case replies.NewerDefinition(text):
                self._definition.use(Definition.load(text))
                return True
            case replies.Sealed():
                self._definition.find_box_after_seal()
                return True
            case replies.NoBox():
                return self._definition.open()

    def _checked(self) -> Cast:
        """The cast as the definition allows it. An old definition refuses nothing before Postgres was asked."""
        current = self._definition
        if current.known.state in transitions.UNOPENED and not current.open():
            raise NotRecordedError
        if current.known.is_overdue_test and not current.go_live():
            raise NotRecordedError
        try:
            return self._check(current.known)
        except (BadChoiceError, NoTicketError, OtherRoundError):
            if not current.read_again():
                raise
            return self._check(current.known)

    def _check(self, definition: Definition) -> Cast:
        submission = self._submission
        if definition.state in (State.SEALING, State.FINAL):
            raise ClosedError
        if submission.round not in (None, definition.round):
            raise OtherRoundError
        if not self._was_accepted:
            tickets.check(definition, submission.ticket)
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

    def _into_postgres(self) -> Receipt:
        """Straight into Postgres, by the same tally code and under the same cast id."""
        cast = self._checked()
        limit = self._submission.limit
        if limit is not None and (seconds := rate_limit.take(rate_limit.without_redis, limit)):
            raise TooManyError(retry_after=seconds)
        newcomer = self._newcomer(cast)
        if newcomer and (reply := limits.without_redis.admit(self._definition.known, cast.voter_key, newcomer)):
            raise self._submission.comer.refusal(self._definition.known, reply)
        try:
            outcome = direct.count(self._definition.known.id, cast)
        except Tally.DoesNotExist:
            raise self._definition.gone() from None
        except direct.NotCountedError as error:
            if error.in_doubt:
                self._sent = cast
            raise NotRecordedError from error
        return self._counted(outcome, cast)

    def _counted(self, outcome: tally.Direct, cast: Cast) -> Receipt:
        definition = self._definition.known
        if outcome is tally.Direct.COUNTED:
            metrics.direct.add()
            return Receipt(definition.id, cast, "counted", definition.box)
        if outcome is tally.Direct.HAS_VOTED:
            first = _counted_first(definition, cast)
            if first is None:
                raise NotRecordedError
            return _standing(first, self._submission)
        self._definition.forget()
        raise OtherRoundError if outcome is tally.Direct.OTHER_ROUND else ClosedError


def settle(definition: Definition, submission: Submission) -> Receipt:
    """Answer a receipt whose poll takes no votes any more: counted, or lost, or not known yet.

    Raises LostError when the poll is final without it, or has gone on to another round; UnknownError while its round is
    still being counted, or nobody can be asked.
    """
    voter_key = voters.key(submission.voter, definition.voter_salt)
    try:
        with postgres.bounded():
            found = tally.look_up(definition.id, voter_key)
    except (PostgresError, Tally.DoesNotExist) as error:
        raise UnknownError from error
    if found.round == submission.round and found.cast_id is not None:
        if not found.allows_changes:
            first = Cast(found.cast_id, voter_key, found.selections, found.round)
            return _standing(Receipt(definition.id, first, "counted", found.box), submission)
        if found.cast_id >= submission.cast_id:
            counted = Cast(submission.cast_id, voter_key, submission.selections, found.round)
            return Receipt(definition.id, counted, "counted", found.box)
    raise LostError if found.round != submission.round or found.state == State.FINAL else UnknownError


def check_selections(definition: Definition, selections: tuple[int, ...], *, may_be_empty: bool) -> None:
    """Raise BadChoiceError, with what is wrong, unless a ballot of this kind of poll may hold these."""
    if not selections and not may_be_empty:
        raise NoChoiceError
    try:
        definition.kind.check(selections, definition.choice_ids, definition.max_choices)
    except BadSelectionsError as error:
        raise BadChoiceError(str(error)) from None

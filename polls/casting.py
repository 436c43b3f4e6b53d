"""Casting: what a door does with a vote. Into the ballot box; else straight into Postgres; else it says honestly not.

No Postgres on the way into the box. A door works with the definition that it knows, and Redis says when it is out of
date.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import Error as PostgresError
from django.db import close_old_connections

from polls import ballot_box, definitions, lifecycle, tally, voters
from polls.casts import Cast
from polls.definitions import Definition
from polls.models import State, Tally
from votingsite.stores import NoAnswerError, NotSentError
from workers import bell

#: How often a door follows what Redis says (newer definition, no box ...) before it gives up on Redis.
ROUNDS = 4
#: How often a direct vote is tried whose COMMIT may have been lost.
ATTEMPTS = 3


class CastError(Exception):
    """A vote that is not taken. `status` is for machines, `code` for HTTP, the text for people."""

    status = "refused"
    code = 400
    retry_after: int | None = None  # seconds


class BadChoiceError(CastError):
    """The ballot can't be counted in this poll."""

    status = "bad_choice"


class NotOpenYetError(CastError):
    """The poll takes no votes yet."""

    status = "not_open"
    code = 409


class ClosedError(CastError):
    """The poll takes no votes any more."""

    status = "closed"
    code = 409


class OtherRoundError(CastError):
    """The page was drawn in another round of the poll."""

    status = "other_round"
    code = 409


class LostError(CastError):
    """A receipt whose vote was not found before the poll became final."""

    status = "lost"
    code = 410


class NotRecordedError(CastError):
    """Neither store takes it: surely nothing was stored."""

    status = "not_recorded"
    code = 503
    retry_after = 2


class UnknownError(CastError):
    """It was sent, and no answer came: it may be stored, or still become so."""

    status = "unknown"
    code = 503
    retry_after = 2


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a voter hands in at the door."""

    voter: str
    cast_id: UUID
    selections: tuple[int, ...]
    #: Of the page that it was filled in on; None where the form didn't say.
    round: int | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A vote that is safe. Without a position it is counted already (the direct path)."""

    definition: Definition
    cast: Cast
    box: int
    position: str | None


def cast(definition: Definition, ballot: Ballot) -> Accepted:
    """Take one vote, or raise a CastError that says what became of it. May be repeated with the same cast id."""
    return _Attempt(definition, ballot).run()


def cast_again(definition: Definition, ballot: Ballot) -> Accepted:
    """Take a vote that comes with its receipt: it was accepted once, and what became of it since is not known.

    The answers are "counted", "received", LostError and UnknownError: a refusal would deny what was promised.
    """
    try:
        return _Attempt(definition, ballot).run()
    except (ClosedError, OtherRoundError, NotOpenYetError, NotRecordedError):
        return settle(definition, ballot)


class _Attempt:
    """One vote on its way in; it knows whether a command was sent that may still run."""

    def __init__(self, definition: Definition, ballot: Ballot) -> None:
        self._definition = definition
        self._ballot = ballot
        self._sent = False

    def run(self) -> Accepted:
        for _ in range(ROUNDS):
            cast = self._checked()
            try:
                reply = ballot_box.put(self._definition, cast)
            except NotSentError:
                break
            except NoAnswerError:
                self._sent = True
                break
            if isinstance(reply, ballot_box.Received):
                if reply.ring:
                    bell.ring(self._definition.id)
                return Accepted(self._definition, cast, self._definition.box, reply.position)
            if not self._learn(reply):
                break
        return self._direct(self._checked())

    def _checked(self) -> Cast:
        """The cast as the definition allows it."""
        if self._definition.state in lifecycle.UNOPENED and not self._open():
            raise _not_recorded()
        definition, ballot = self._definition, self._ballot
        if definition.state in (State.SEALING, State.FINAL):
            raise self._closed()
        if ballot.round not in (None, definition.round):
            raise _other_round()
        check_selections(definition, ballot.selections)
        voter_key = voters.key(ballot.voter, definition.voter_salt)
        return Cast(ballot.cast_id, voter_key, ballot.selections, definition.round)

    def _learn(self, reply: ballot_box.Sealed | ballot_box.NoBox | ballot_box.NewerDefinition) -> bool:
        """Take in what Redis said. Returns whether it is worth asking again; raises ClosedError."""
        match reply:
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
            found = definitions.read(pk=self._definition.id)
        except PostgresError:
            found = None
        if found is None or found.box == after or found.state != State.OPEN:
            if found is not None:
                definitions.cache.keep(found)
            raise self._closed()
        self._use(found)
        return True

    def _open(self) -> bool:
        """There is no box of this number: have the next one made. False if the stores can't; raises if it may not."""
        definition = self._definition
        try:
            found = lifecycle.open_box(definition.id, definition.box)
        except (PostgresError, Tally.DoesNotExist, lifecycle.NotPossibleError):
            return False
        if found is not None:
            self._use(found)
            return True
        definitions.cache.forget(definition.slug)
        if definition.state in lifecycle.UNOPENED:
            raise NotOpenYetError("This poll is not open yet. Nothing was recorded.")
        raise self._closed()

    def _use(self, definition: Definition) -> None:
        self._definition = definition
        definitions.cache.keep(definition)

    def _closed(self) -> CastError:
        if self._sent:
            return _unknown()
        return ClosedError("This poll is closed. Nothing was recorded.")

    def _direct(self, cast: Cast) -> Accepted:
        """Straight into Postgres, by the same tally code and under the same cast id."""
        for _ in range(ATTEMPTS):
            committing = False

            def before_commit() -> None:
                nonlocal committing
                committing = True

            try:
                outcome = tally.count_direct(self._definition.id, cast, before_commit)
            except Tally.DoesNotExist as error:
                raise ClosedError("This poll was deleted. Nothing was recorded.") from error
            except PostgresError as error:
                close_old_connections()
                if not committing:
                    raise (_unknown() if self._sent else _not_recorded()) from error
                self._sent = True
                continue
            return self._counted(outcome, cast)
        raise _unknown()

    def _counted(self, outcome: tally.Direct, cast: Cast) -> Accepted:
        if outcome is tally.Direct.COUNTED:
            return Accepted(self._definition, cast, self._definition.box, None)
        definitions.cache.forget(self._definition.slug)
        raise _other_round() if outcome is tally.Direct.OTHER_ROUND else self._closed()


def settle(definition: Definition, ballot: Ballot) -> Accepted:
    """Answer a receipt whose poll takes no votes any more: counted, or lost, or not known yet.

    Raises LostError when the poll is final without it, or has gone on to another round; UnknownError while its round is
    still being counted, or nobody can be asked.
    """
    voter_key = voters.key(ballot.voter, definition.voter_salt)
    try:
        found = tally.look_up(definition.id, voter_key)
    except (PostgresError, Tally.DoesNotExist) as error:
        raise _unknown() from error
    if found.round == ballot.round and found.cast_id is not None and found.cast_id >= ballot.cast_id:
        counted = Cast(ballot.cast_id, voter_key, ballot.selections, found.round)
        return Accepted(definition, counted, found.box, None)
    if found.round != ballot.round or found.state == State.FINAL:
        raise LostError("The poll closed before your vote could be found. It is not counted.")
    raise _unknown()


def _not_recorded() -> NotRecordedError:
    return NotRecordedError("Your vote could not be stored just now. Nothing was recorded; please try again.")


def _unknown() -> UnknownError:
    return UnknownError("It is not known yet whether your vote was stored. We ask again.")


def _other_round() -> OtherRoundError:
    return OtherRoundError("A new round of this poll has begun. Load the page again and vote in it.")


def check_selections(definition: Definition, selections: tuple[int, ...]) -> None:
    """Raise BadChoiceError, with what is wrong, unless these are choices of the poll and not too many."""
    if not selections:
        raise BadChoiceError("No choice was picked. Pick one and send it again.")
    if len(selections) > definition.max_choices:
        raise BadChoiceError(f"{len(selections)} choices were picked; {definition.max_choices} is the most here.")
    if len(set(selections)) != len(selections) or not definition.choice_ids.issuperset(selections):
        raise BadChoiceError("This poll has no such choice. Load the page again and pick one of those on it.")

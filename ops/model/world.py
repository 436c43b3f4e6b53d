"""The world of one run: stores, messages between them and the parts, and the time line of what has happened."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ops.model.chooser import Chooser
from ops.model.stores import Redis, Tally, Vote

_Result = TypeVar("_Result")
#: A part at work. At each `yield` anything else may happen, or the part may die.
Steps = Generator[None, None, _Result]


class NotSentError(Exception):
    """The store is down: nothing was sent."""


class NoAnswerError(Exception):
    """A message was sent, and no answer came: it may have happened, may still happen, or never will."""


class BrokenPromise(Exception):
    """A run has broken a promise."""

    def __init__(self, promise: str, sentence: str) -> None:
        super().__init__(promise, sentence)
        self.promise = promise
        self.sentence = sentence


@dataclass(slots=True)
class Service:
    """A web service, with the definition of the poll that it knows."""

    name: str
    known: Tally | None


@dataclass(slots=True)
class Receipt:
    """A vote that was answered with "received", on its voter's page."""

    vote: Vote
    box: int
    position: int
    status: str = "waiting"
    asked_at_version: int = 0


@dataclass(slots=True)
class Page:
    """The page of a voter: the newest snapshot on its screen, and the receipts of its votes."""

    voter: int
    snapshot: Tally
    receipts: list[Receipt] = field(default_factory=list)

    def receipts_in_doubt(self, keeps: Callable[[str], bool]) -> Iterator[Receipt]:
        """Yield the receipts to ask for now, once for each snapshot: their box is gone, or the result final."""
        for receipt in self.receipts:
            is_final = self.snapshot.state == "final" and keeps("ask-at-final")
            is_new = receipt.asked_at_version < self.snapshot.version
            if receipt.status == "waiting" and is_new and (is_final or self.snapshot.box != receipt.box):
                receipt.asked_at_version = self.snapshot.version
                yield receipt

    def ask_again(self) -> None:
        """Let the receipts that still wait be asked for once more."""
        for receipt in self.receipts:
            receipt.asked_at_version = 0


class World:
    """All there is in a run. `say` adds a line to the time line."""

    def __init__(self, chooser: Chooser, without: frozenset[str]) -> None:
        self.chooser = chooser
        self._without = without
        self.timeline: list[tuple[str, str]] = []
        self.redis = Redis(without)
        self.tally = Tally()
        self.postgres_is_up = True
        self.postgres_clock_is_past_closing = False
        #: A transaction whose COMMIT is on its way; it holds the Tally lock.
        self.pending: Tally | None = None
        #: Commands to Redis and messages to screens that are on their way.
        self.late: list[tuple[str, Callable[[], object]]] = []
        self.is_calm = False
        self.has_closing_time = False
        self.redis_has_lost_data = False
        #: Rounds that a host or the clock has closed.
        self.closed_rounds: set[int] = set()
        self.services = [Service(f"web service {number}", self.tally.copy()) for number in (1, 2)]
        #: Voter 1 keeps the page open; voter 2 closes it after each answer.
        self.pages = {1: Page(1, self.tally.copy())}
        self.votes: dict[int, Vote] = {}
        #: Votes whose voter no longer waits for the answer, by number.
        self.given_up: set[int] = set()
        self._stamps = 0
        #: By number of a vote, what its voter was told, last one last.
        self.answers: dict[int, list[tuple[str, int]]] = {}
        #: Votes that have counted at some time, by number.
        self.counted: set[int] = set()

    def keeps(self, rule: str) -> bool:
        """Tell whether a rule holds in this run."""
        return rule not in self._without

    def set_closing_time(self) -> None:
        """Let the poll close by the clock."""
        self.has_closing_time = True
        for tally in (
            self.tally,
            *(service.known for service in self.services),
            *(p.snapshot for p in self.pages.values()),
        ):
            if tally is not None:
                tally.has_closing_time = True
        self.redis.boxes[1].has_closing_time = True

    def is_over(self, tally: Tally) -> bool:
        """Tell whether the closing time has passed, by Postgres's clock."""
        return tally.has_closing_time and self.postgres_clock_is_past_closing

    def next_stamp(self) -> int:
        """Return the cast id of this moment: greater than all before."""
        self._stamps += 1
        return self._stamps

    def say(self, who: str, what: str) -> None:
        """Add a line to the time line."""
        self.timeline.append((who, what))

    def ask_redis(
        self, who: str, what: str, script: Callable[[], _Result], told: Callable[[_Result], str] = lambda _: ""
    ) -> Steps[_Result]:
        """Send a command. Raises NotSentError or NoAnswerError."""
        yield
        if not self.redis.is_up:
            raise NotSentError
        fate = 0 if self.is_calm else self.chooser.fate(4)
        if fate <= 1:
            result = script()
            self.say(who, f"{what}{told(result)}" + (", but the answer is lost" if fate else ""))
            if fate:
                raise NoAnswerError
            return result
        if fate == 2:
            self.late.append((f"the command of {who} arrives late ({what})", script))
        self.say(who, f"{what}, but the command is {'delayed' if fate == 2 else 'lost'} and has no answer")
        raise NoAnswerError

    def read_postgres(self) -> Steps[Tally]:
        """Read without a lock: a COMMIT that is on its way is not seen. Raises NotSentError."""
        yield
        if not self.postgres_is_up:
            raise NotSentError
        return self.tally.copy()

    def transact(
        self, who: str, what: str, body: Callable[[Tally], _Result], told: Callable[[_Result], str] = lambda _: ""
    ) -> Steps[_Result]:
        """Run a transaction under the Tally lock. Raises NotSentError (nothing happened) or NoAnswerError."""
        yield
        if not self.postgres_is_up or self.pending is not None:
            raise NotSentError
        tally = self.tally.copy()
        result = body(tally)
        fate = 0 if self.is_calm else self.chooser.fate(4)
        ends = ("", ", but the answer to COMMIT is lost", ", but COMMIT is delayed", ", but COMMIT never arrives")
        self.say(who, f"{what}{told(result)}{ends[fate]}")
        if fate <= 1:
            self.commit(tally)
        elif fate == 2:
            self.pending = tally
        if fate:
            raise NoAnswerError
        return result

    def commit(self, new: Tally) -> None:
        """Make the outcome of a transaction visible. Raises BrokenPromise if it changes a final result."""
        old, self.tally, self.pending = self.tally, new, None
        self.counted |= {vote.number for vote in new.ballots.values()}
        is_still_final = old.state == new.state == "final" and old.round == new.round
        if is_still_final and _chosen(old) != _chosen(new):
            raise BrokenPromise("P3", "The result was final, and has changed.")

    def answer(self, vote: Vote, outcome: str) -> None:
        """Tell a voter what became of a vote."""
        self.answers.setdefault(vote.number, []).append((outcome, vote.round))
        self.say(f"voter {vote.voter}", f"is told: {vote} {TOLD[outcome]}")
        if outcome == "received" and vote.round < vote.pressed_in_round:
            text = f"{vote} was pressed in round {vote.pressed_in_round} and put into a box of round {vote.round}"
            raise BrokenPromise("P1", f"{text}, which nobody counts any more.")
        if outcome == "closed" and vote.round == self.tally.round and vote.round not in self.closed_rounds:
            raise BrokenPromise("P4", "A voter was told that the poll is closed, and nobody has closed it.")


TOLD = {
    "received": "is received",
    "counted": "is counted",
    "closed": "is not taken, the poll is closed (409)",
    "other round": "is not taken, another round has begun (409)",
    "not recorded": "is not recorded (503)",
    "unknown": "may have been taken or not, ask again (503)",
    "lost": "is lost (410)",
}


def names(votes: Sequence[Vote]) -> str:
    """Return "vote 1", or "votes 1 and 2"."""
    numbers = [str(vote.number) for vote in votes]
    return f"vote {numbers[0]}" if len(numbers) == 1 else f"votes {', '.join(numbers[:-1])} and {numbers[-1]}"


def _chosen(tally: Tally) -> dict[int, int]:
    return {voter: vote.number for voter, vote in tally.ballots.items()}

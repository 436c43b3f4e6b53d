"""History: what voters and screens of a drill observed, for the checker. All times are time.monotonic().

On one machine all processes share that clock, so what one of them saw can be set beside what another one did.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from ops.drill.ranks import percentile


class Outcome(StrEnum):
    """The answer that a voter got for a vote."""

    #: 200 or 202.
    ACCEPTED = "accepted"
    #: A 4xx, or 503 `not_recorded`: surely not stored by this request.
    REFUSED = "refused"
    #: Nothing in time, no connection, or a 503 or 500 that leaves it open: it may count or not.
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Attempt:
    """A request of an operation."""

    sent: float
    ended: float
    outcome: Outcome
    #: Of HTTP; 0 when nobody spoke.
    status: int = 0
    #: Whether it asked for an accepted vote once more, with its receipt.
    again: bool = False


@dataclass(slots=True)
class Operation:
    """A voter's choice, with all requests that were made for it. A voter never makes the same choice twice."""

    choice: int
    at: float
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Accepted if any request was; refused if every one was; else unknown."""
        answers = {one.outcome for one in self.attempts}
        if Outcome.ACCEPTED in answers:
            return Outcome.ACCEPTED
        return Outcome.REFUSED if answers == {Outcome.REFUSED} else Outcome.UNKNOWN

    @property
    def accepted_at(self) -> float | None:
        """When the voter first heard that it was accepted."""
        return next((one.ended for one in self.attempts if one.outcome is Outcome.ACCEPTED), None)

    @property
    def was_denied(self) -> bool:
        """Tell whether the last answer was that it does not count: refused, or lost."""
        return self.outcome is Outcome.REFUSED or any(
            one.again and one.outcome is Outcome.REFUSED for one in self.attempts
        )

    @property
    def waited(self) -> float:
        """Seconds until the voter heard anything, or gave up."""
        ended = [one.ended for one in self.attempts if one.status] or [one.ended for one in self.attempts] or [self.at]
        return ended[0] - self.at


@dataclass(slots=True)
class Voter:
    """A voter: the id in its cookie (empty when no web service ever gave it a page), and its operations."""

    id: str
    operations: list[Operation] = field(default_factory=list)

    @property
    def last_accepted(self) -> Operation | None:
        """The newest press that was accepted."""
        return next(
            (operation for operation in reversed(self.operations) if operation.outcome is Outcome.ACCEPTED), None
        )

    @property
    def first_accepted_at(self) -> float | None:
        """When a vote of this voter was accepted first: from then on every screen owes one voter more."""
        return min((at for operation in self.operations if (at := operation.accepted_at) is not None), default=None)


@dataclass(slots=True)
class Observation:
    """A snapshot as a screen got it."""

    at: float
    version: int
    voters: int
    votes: dict[int, int]
    state: str


@dataclass(slots=True)
class History:
    """All of it. `screens` has one list of sightings for each screen; `page_waits` are (when, seconds) of pages."""

    voters: list[Voter] = field(default_factory=list)
    screens: list[list[Observation]] = field(default_factory=list)
    page_waits: list[tuple[float, float]] = field(default_factory=list)

    def add(self, other: "History") -> None:
        """Take in what another process has seen."""
        self.voters += other.voters
        self.screens += other.screens
        self.page_waits += other.page_waits

    @property
    def operations(self) -> Iterator[Operation]:
        """Every press of every voter."""
        return (operation for voter in self.voters for operation in voter.operations)

    @property
    def votes_p99_s(self) -> float:
        """Seconds in which 99 % of the votes had their first answer; 0 without votes."""
        return percentile((operation.waited for operation in self.operations if operation.attempts), 99) or 0.0

    @property
    def waits(self) -> Iterator[tuple[float, float]]:
        """(when, seconds) of everything that a voter waited for: pages, and the first word on a vote."""
        yield from self.page_waits
        yield from ((operation.at, operation.waited) for operation in self.operations if operation.attempts)

"""History: what voters and screens of a drill observed, for the checker. All times are time.monotonic().

All processes of a machine share that clock, so that their observations can be compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from ops.drill.ranks import percentile


class Outcome(StrEnum):
    """The answer to a vote, as its voter understands it."""

    #: 200 or 202.
    ACCEPTED = "accepted"
    #: A 4xx, or 503 `not_recorded`: this request surely stored nothing.
    REFUSED = "refused"
    #: No answer in time, no connection, or another 503 or 500: the vote may count or not.
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Attempt:
    """A request of an operation."""

    sent: float
    ended: float
    outcome: Outcome
    #: The HTTP code; 0 without an answer.
    status: int = 0
    #: Whether it repeated an accepted vote, with its receipt.
    again: bool = False


@dataclass(slots=True)
class Operation:
    """A voter's press, with all its requests. A voter never hands the same ballot in twice."""

    #: As the vote page sends it: ids of choices, or what the kind of the poll takes in their place.
    ballot: tuple[int, ...]
    at: float
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Return accepted if any request was, refused if all were, else unknown."""
        answers = {one.outcome for one in self.attempts}
        if Outcome.ACCEPTED in answers:
            return Outcome.ACCEPTED
        return Outcome.REFUSED if answers == {Outcome.REFUSED} else Outcome.UNKNOWN

    @property
    def accepted_at(self) -> float | None:
        """Return when the voter first learned that it was accepted."""
        return next((one.ended for one in self.attempts if one.outcome is Outcome.ACCEPTED), None)

    @property
    def was_denied(self) -> bool:
        """Tell whether the last answer was that the vote does not count: refused, or lost."""
        return self.outcome is Outcome.REFUSED or any(
            one.again and one.outcome is Outcome.REFUSED for one in self.attempts
        )

    @property
    def waited(self) -> float:
        """Return the seconds until the first answer, or until the voter gave up."""
        ended = [one.ended for one in self.attempts if one.status] or [one.ended for one in self.attempts] or [self.at]
        return ended[0] - self.at


@dataclass(slots=True)
class Voter:
    """A voter: the id in its cookie (empty if it never got a page), and its operations."""

    id: str
    operations: list[Operation] = field(default_factory=list)

    @property
    def last_accepted(self) -> Operation | None:
        """Return the newest accepted press."""
        return next(
            (operation for operation in reversed(self.operations) if operation.outcome is Outcome.ACCEPTED), None
        )

    @property
    def first_accepted_at(self) -> float | None:
        """Return when a vote was first accepted: from then on every screen should show this voter."""
        return min((at for operation in self.operations if (at := operation.accepted_at) is not None), default=None)


@dataclass(slots=True)
class Observation:
    """A snapshot that a screen received."""

    at: float
    version: int
    voters: int
    votes: dict[int, int]
    state: str


@dataclass(slots=True)
class History:
    """All observations of a drill. `screens` has a list for each screen; `page_waits` are (when, seconds) of pages."""

    voters: list[Voter] = field(default_factory=list)
    screens: list[list[Observation]] = field(default_factory=list)
    page_waits: list[tuple[float, float]] = field(default_factory=list)

    def add(self, other: "History") -> None:
        """Add the history of another process."""
        self.voters += other.voters
        self.screens += other.screens
        self.page_waits += other.page_waits

    @property
    def operations(self) -> Iterator[Operation]:
        """Yield every press of every voter."""
        return (operation for voter in self.voters for operation in voter.operations)

    @property
    def votes_p99_s(self) -> float:
        """Return the seconds within which 99 % of the votes had their first answer; 0 without votes."""
        return percentile((operation.waited for operation in self.operations if operation.attempts), 99) or 0.0

    @property
    def waits(self) -> Iterator[tuple[float, float]]:
        """Yield (when, seconds) of every wait of a voter: for pages, and for the first answer to a vote."""
        yield from self.page_waits
        yield from ((operation.at, operation.waited) for operation in self.operations if operation.attempts)

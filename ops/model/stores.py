"""Both stores: the poll's rows in Postgres, and Redis with its scripts. A call is one atomic step."""

from dataclasses import dataclass, field, replace


@dataclass(slots=True)
class Vote:
    """A press of a voter, numbered in the order of the presses, with what the web service adds."""

    number: int
    voter: int
    #: The order of casts. By the rules it is the order of the presses.
    cast_id: int = 0
    round: int = 0
    #: The newest round whose box was made before the press.
    pressed_in_round: int = 0

    def __str__(self) -> str:
        return f"vote {self.number}"


@dataclass(slots=True)
class Tally:
    """The poll in Postgres: its state, and the vote that counts for each voter."""

    state: str = "open"
    round: int = 1
    box: int = 1
    version: int = 1
    counted_through: int = 0
    has_closing_time: bool = False
    ballots: dict[int, Vote] = field(default_factory=dict)

    def copy(self) -> "Tally":
        """Return a copy for a transaction to work on, or for a reader to keep."""
        return replace(self, ballots=dict(self.ballots))

    def open_fresh_box(self) -> None:
        """Open the poll, with the next box."""
        self.state, self.box, self.counted_through = "open", self.box + 1, 0

    def begin_round(self) -> None:
        """Delete all ballots, and open the next round. The closing time was meant for the last one."""
        self.round, self.ballots, self.has_closing_time = self.round + 1, {}, False
        self.open_fresh_box()


@dataclass(slots=True)
class Box:
    """A ballot box in Redis: the votes that wait in it, by position."""

    number: int
    round: int
    has_closing_time: bool = False
    is_sealed: bool = False
    votes: dict[int, Vote] = field(default_factory=dict)
    has_refused_by_time: bool = False
    took_after_refusal: bool = False


@dataclass(slots=True)
class Listed:
    """A box as `list_boxes` shows it."""

    number: int
    is_closed: bool
    waiting: int


class Redis:
    """Redis and its scripts, each named as in polls/box/scripts/. `without`: the rules that are left out."""

    def __init__(self, without: frozenset[str]) -> None:
        self._without = without
        self.is_up = True
        self.clock_is_past_closing = False
        self.position = 0
        #: The newest round of which a box was ever made.
        self.newest_round = 1
        self.lose_everything()
        self.make_box(1, 1, has_closing_time=False)

    def lose_everything(self) -> None:
        """Begin with no data, as a new container without its volume does."""
        self.boxes: dict[int, Box] = {}
        self.greatest = 0
        self.bell = False
        self.jobs = 0
        self.snapshot: Tally | None = None

    def is_open(self, box: Box) -> bool:
        """Tell whether a box is the one of the greatest number, and not sealed."""
        is_greatest = "box-numbers" in self._without or box.number == self.greatest
        return is_greatest and not box.is_sealed

    def cast(self, number: int, vote: Vote) -> tuple[str, int]:
        """Append a vote to the open box: received and its position, sealed, or no box."""
        box = self.boxes.get(number)
        if box is None or not ("box-numbers" in self._without or number == self.greatest):
            return "no box", 0
        if box.is_sealed and "sealed-box-refuses" not in self._without:
            return "sealed", 0
        if box.has_closing_time and self.clock_is_past_closing:
            box.is_sealed = box.is_sealed or "refusal-is-written" not in self._without
            box.has_refused_by_time = True
            return "sealed", 0
        self.position += 1
        box.votes[self.position] = replace(vote)
        box.took_after_refusal |= box.has_refused_by_time
        return "received", self.position

    def ring(self) -> bool:
        """Set the bell and enqueue a job, unless it is set."""
        rang, self.bell = not self.bell, True
        self.jobs += rang
        return rang

    def ring_again(self) -> None:
        """Enqueue a job whatever the bell says: who set it may have died before."""
        self.jobs = max(1, self.jobs)

    def make_box(self, number: int, round_: int, *, has_closing_time: bool) -> bool:
        """Make a box, unless there was one of this number or a greater one. Older ones are closed by it."""
        if number in self.boxes or (number <= self.greatest and "box-numbers" not in self._without):
            return False
        self.greatest = max(self.greatest, number)
        self.boxes[number] = Box(number, round_, has_closing_time)
        self.newest_round = max(self.newest_round, round_)
        return True

    def seal_box(self, number: int) -> bool:
        """Seal a box; where there is none, none of this number or a smaller one can be made any more."""
        self.greatest = max(self.greatest, number)
        if number in self.boxes:
            self.boxes[number].is_sealed = True
        return number in self.boxes

    def drop_box(self, number: int, *, with_casts: bool = False) -> bool:
        """Delete a box that is closed and empty, or, at a reset, with whatever is in it."""
        box = self.boxes.get(number)
        if box is None or not (with_casts or (not self.is_open(box) and not box.votes)):
            return False
        del self.boxes[number]
        return True

    def list_boxes(self) -> list[Listed]:
        """Return what every box holds, in one step."""
        return [Listed(box.number, not self.is_open(box), len(box.votes)) for box in self.boxes.values()]

    def read(self, number: int) -> dict[int, Vote]:
        """Return the votes that wait in a box, by position."""
        return dict(self.boxes[number].votes) if number in self.boxes else {}

    def trim(self, number: int, through: int) -> None:
        """Delete the votes up to a position."""
        if number in self.boxes:
            votes = self.boxes[number].votes
            self.boxes[number].votes = {position: vote for position, vote in votes.items() if position > through}

    def store_snapshot(self, snapshot: Tally) -> None:
        """Keep a snapshot, unless the one that is kept is as new."""
        if self.snapshot is None or snapshot.version > self.snapshot.version:
            self.snapshot = snapshot

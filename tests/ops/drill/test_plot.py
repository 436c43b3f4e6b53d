"""The waits of votes as a plot."""

from ops.drill import plot
from ops.drill.history import Attempt, History, Operation, Outcome, Voter
from ops.drill.plot import Tick
from ops.drill.target import Event


def vote(at: float, waited: float, outcome: Outcome = Outcome.ACCEPTED, status: int = 202) -> Operation:
    """A vote that was pressed then, and whose first answer came so much later."""
    return Operation((1,), at, [Attempt(at, at + waited, outcome, status)])


def history(*votes: Operation) -> History:
    return History([Voter("ann", list(votes))])


def events(*moments: float) -> list[Event]:
    return [Event(at, "something happens") for at in moments]


def test_a_wait_is_ten_times_as_long_at_each_line() -> None:
    votes = [vote(100, 0.001), vote(105, 0.1), vote(110, 10)]
    drawn = plot.draw(history(*votes), events(100, 110), 100)

    assert drawn.dots["accepted"] == "M0 300h0M500 150h0M1000 0h0"
    assert drawn.waits[0] == Tick("100.00", "1\N{NO-BREAK SPACE}ms")
    assert drawn.waits[-1] == Tick("0.00", "10\N{NO-BREAK SPACE}s")
    assert len(drawn.waits) == 5


def test_outcomes_have_dots_of_their_own_and_equal_ones_one() -> None:
    refused, unknown = vote(100, 0.1, Outcome.REFUSED, 409), vote(100, 0.1, Outcome.UNKNOWN, 503)
    drawn = plot.draw(history(refused, unknown, unknown), events(100, 110), 100)

    assert drawn.dots == {"accepted": "", "refused": "M0 150h0", "unknown": "M0 150h0"}


def test_a_longer_wait_makes_the_axis_longer() -> None:
    drawn = plot.draw(history(vote(100, 11)), events(100), 100)
    assert drawn.waits[-1].label == "100\N{NO-BREAK SPACE}s"


def test_seconds_are_those_since_the_fault() -> None:
    drawn = plot.draw(history(), events(90, 100, 120), 100)
    labels = [tick.label.replace("\N{NO-BREAK SPACE}", " ") for tick in drawn.times]
    assert labels == ["-10 s", "-5 s", "0", "+5 s", "+10 s", "+15 s", "+20 s"]
    assert drawn.times[2].at == "33.33"


def test_numbers_of_events_never_cover_each_other() -> None:
    drawn = plot.draw(history(), events(100, 101, 102, 150, 200), 100)
    assert [(mark.number, mark.x, mark.row) for mark in drawn.marks] == [
        (1, "0.00", 0),
        (2, "1.00", 1),
        (3, "2.00", 2),
        (4, "50.00", 0),
        (5, "100.00", 0),
    ]
    assert drawn.rows == 3


def test_a_drill_without_votes_has_a_plot() -> None:
    assert plot.draw(history(), events(100), 100).dots == {"accepted": "", "refused": "", "unknown": ""}


def test_the_longest_wait_is_that_of_votes_pressed_meanwhile() -> None:
    votes = history(vote(101, 0.5), vote(109, 3), vote(111, 4))
    assert plot.longest(votes, events(100, 110, 120)) == [3, 4, None]

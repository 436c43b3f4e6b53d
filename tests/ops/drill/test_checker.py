"""The checker has to be able to fail: made-up histories with each thing that it is there to find."""

from collections.abc import Sequence

import pytest

from ops.drill.checker import CheckResult, check, together
from ops.drill.history import Attempt, History, Observation, Operation, Outcome, Voter
from ops.drill.stored import Poll, Stored

POLL = Poll(1, "a-poll", "00" * 32, (1, 2, 3))


def operation(choice: int, at: float, *outcomes: Outcome) -> Operation:
    """A press at that second, answered by and by, a tenth of a second each."""
    attempts = [
        Attempt(at + number / 10, at + (number + 1) / 10, outcome, 200) for number, outcome in enumerate(outcomes)
    ]
    return Operation((choice,), at, attempts)


def stored(ballots: dict[str, int], **changes: object) -> Stored:
    """Return the stored state in which these voters (by their id) have these ballots."""
    totals = {choice: list(ballots.values()).count(choice) for choice in POLL.choices}
    fields = {"state": "final", "totals": totals, "voters": len(ballots)}
    return Stored(ballots={POLL.key(voter): (choice,) for voter, choice in ballots.items()}, **(fields | changes))  # type: ignore[arg-type]


def screen(truth: Stored, *shown: tuple[float, int, int]) -> list[Observation]:
    """A screen that saw these (second, version, voters), and at last what is stored."""
    seen = [Observation(at, version, voters, {1: voters, 2: 0, 3: 0}, "open") for at, version, voters in shown]
    return [*seen, Observation(50, 99, truth.voters, truth.totals, truth.state)]


def result(voters: Sequence[Voter], truth: Stored, *screens: list[Observation]) -> CheckResult:
    found = check("made-up", POLL, History(list(voters), list(screens) or [screen(truth)]), truth, final_at=40.0)
    found.final_ms = 1000
    return found


ANN = Voter("ann", [operation(1, 1, Outcome.ACCEPTED)])
BOB = Voter("bob", [operation(1, 2, Outcome.ACCEPTED), operation(2, 3, Outcome.ACCEPTED)])


def test_what_is_stored_as_it_was_cast_is_clean():
    found = result([ANN, BOB], stored({"ann": 1, "bob": 2}))

    assert found.clean
    assert (found.accepted, found.counted, found.voters, found.ballots) == (3, 3, 2, 2)
    assert (found.lost, found.twice, found.wrong, found.unknown, found.refused) == (0, 0, 0, 0, 0)


def test_an_accepted_vote_without_a_ballot_is_lost():
    found = result([ANN, BOB], stored({"bob": 2}))

    assert not found.clean
    assert (found.lost, found.accepted, found.counted) == (1, 3, 2)


def test_a_ballot_of_an_older_choice_is_wrong():
    found = result([ANN, BOB], stored({"ann": 1, "bob": 1}))

    assert not found.clean
    assert (found.wrong, found.accepted, found.counted) == (1, 3, 2)


@pytest.mark.parametrize(
    "truth",
    [
        stored({"ann": 1, "nobody that ever voted": 1}),
        stored({"ann": 1}, totals={1: 2, 2: 0, 3: 0}),
    ],
    ids=["a ballot of nobody", "a total above the ballots"],
)
def test_a_vote_too_many_is_counted_twice(truth: Stored):
    found = result([ANN], truth)

    assert not found.clean
    assert found.twice == 1


def test_a_vote_that_was_refused_and_counts_is_wrong():
    found = result([Voter("ann", [operation(1, 1, Outcome.REFUSED)])], stored({"ann": 1}))

    assert not found.clean
    assert (found.wrong, found.refused) == (1, 1)


def test_a_vote_that_was_called_lost_and_counts_is_wrong():
    told = operation(1, 1, Outcome.ACCEPTED)
    told.attempts.append(Attempt(30, 31, Outcome.REFUSED, 410, again=True))

    assert result([Voter("ann", [told])], stored({"ann": 1})).wrong == 1


@pytest.mark.parametrize("ballot", [1, 2])
def test_a_newer_vote_of_which_nobody_knows_may_count_or_not(ballot: int):
    voter = Voter("ann", [operation(1, 1, Outcome.ACCEPTED), operation(2, 2, Outcome.UNKNOWN)])
    found = result([voter], stored({"ann": ballot}))

    assert found.clean
    assert (found.accepted, found.unknown, found.counted) == (1, 1, 1)


def test_an_older_vote_of_which_nobody_knows_must_not_count():
    voter = Voter("ann", [operation(1, 1, Outcome.UNKNOWN), operation(2, 2, Outcome.ACCEPTED)])

    assert result([voter], stored({"ann": 1})).wrong == 1


def test_an_unknown_answer_before_a_refusal_stays_unknown():
    found = result([Voter("ann", [operation(1, 1, Outcome.UNKNOWN, Outcome.REFUSED)])], stored({"ann": 1}))

    assert found.clean
    assert (found.unknown, found.refused) == (1, 0)


def test_a_vote_accepted_when_the_poll_was_final_breaks_the_seal():
    found = result([Voter("ann", [operation(1, 41, Outcome.ACCEPTED)])], stored({"ann": 1}))

    assert not found.clean
    assert found.after_seal == 1


@pytest.mark.parametrize("shown", [[(4, 7, 1), (5, 6, 1)], [(4, 7, 2), (5, 8, 1)]], ids=["version", "voters"])
def test_a_screen_that_goes_back_is_found(shown: list[tuple[float, int, int]]):
    truth = stored({"ann": 1, "bob": 2})
    found = result([ANN, BOB], truth, screen(truth, *shown))

    assert not found.clean
    assert found.backwards == 1


def test_a_screen_that_shows_more_than_was_cast_is_found():
    truth = stored({"ann": 1, "bob": 2})
    found = result([ANN, BOB], truth, screen(truth, (1.5, 7, 2)))

    assert not found.clean
    assert found.overshown == 1


def test_a_last_snapshot_that_differs_from_the_ballots_is_found():
    truth = stored({"ann": 1, "bob": 2})

    assert not result([ANN, BOB], truth, screen(stored({"ann": 2, "bob": 2}))).clean


def test_a_screen_is_stale_from_the_accepted_vote_to_its_sight():
    truth = stored({"ann": 1, "bob": 2})
    found = result([ANN, BOB], truth, screen(truth, (1.3, 1, 1), (5.1, 2, 2)), screen(truth, (1.3, 1, 1), (2.6, 2, 2)))

    assert found.longest_stale_ms == 3000


@pytest.mark.parametrize("final_ms", [None, 30_001])
def test_a_poll_that_is_not_final_in_time_is_not_clean(final_ms: int | None):
    found = result([ANN], stored({"ann": 1}))
    found.final_ms = final_ms

    assert not found.clean


def test_rounds_add_up():
    good, bad = result([ANN, BOB], stored({"ann": 1, "bob": 2})), result([ANN, BOB], stored({"bob": 2}))
    bad.longest_wait_ms = 3000

    found = together([good, bad])

    assert not found.clean
    assert (found.rounds, found.accepted, found.counted, found.lost, found.longest_wait_ms) == (2, 6, 5, 1, 3000)

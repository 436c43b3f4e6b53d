"""Instant-runoff counting: published elections, and the rule of ties of docs/counting.md."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polls.kinds import runoff
from polls.kinds.runoff import Outcome, Ranking

# Published elections --------------------------------------------------------------------------------------------------

KISS, MONTROLL, SIMPSON, SMITH, WRIGHT, WRITE_IN = range(6)
#: Burlington, Vermont, mayor, 3 March 2009: all 8,980 valid ballots, as the city published them and as they stand in
#: https://github.com/electorama/abiftool (testdata/burl2009/burl2009.abif), put together where what they say after
#: these names is never looked at. As the city counted them, a ballot ends where it gives two names that are still in
#: the same place; four do so at the first.
BURLINGTON: list[Ranking] = [
    ((WRIGHT,), 2951),
    ((KISS,), 2585),
    ((MONTROLL, KISS), 1081),
    ((MONTROLL, WRIGHT), 637),
    ((MONTROLL,), 345),
    ((SMITH, KISS), 370),
    ((SMITH, WRIGHT), 332),
    ((SMITH, MONTROLL, KISS), 242),
    ((SMITH, MONTROLL, WRIGHT), 127),
    ((SMITH, MONTROLL), 103),
    ((SMITH,), 132),
    ((SIMPSON, KISS), 14),
    ((SIMPSON, SMITH, KISS), 5),
    ((SIMPSON, SMITH, MONTROLL, KISS), 1),
    ((SIMPSON, SMITH, MONTROLL), 1),
    ((SIMPSON, SMITH, WRIGHT), 2),
    ((SIMPSON, WRIGHT), 4),
    ((SIMPSON, MONTROLL, WRIGHT), 3),
    ((SIMPSON, MONTROLL), 1),
    ((SIMPSON,), 4),
    ((WRITE_IN, KISS), 6),
    ((WRITE_IN, SMITH, KISS), 1),
    ((WRITE_IN, SMITH), 1),
    ((WRITE_IN, MONTROLL, KISS), 8),
    ((WRITE_IN, MONTROLL), 5),
    ((WRITE_IN, WRIGHT), 5),
    ((WRITE_IN,), 10),
]


def test_burlington_2009_comes_out_as_the_city_published_it():
    """Its report ("2009 Burlington Mayor Detail Report", burlingtonvotes.org, kept by the Internet Archive) has three
    rounds: it takes out in one what can no longer win, where we take out one at a time."""
    outcome = runoff.count(range(6), BURLINGTON)
    first, *_, second, third = outcome.rounds
    assert first.votes == {WRIGHT: 2951, KISS: 2585, MONTROLL: 2063, SMITH: 1306, WRITE_IN: 36, SIMPSON: 35}
    assert (second.votes, second.exhausted) == ({WRIGHT: 3294, KISS: 2981, MONTROLL: 2554}, 151 - 4)
    assert second.out == (MONTROLL,)
    assert sorted(second.moves, key=str) == [(MONTROLL, KISS, 1332), (MONTROLL, WRIGHT, 767), (MONTROLL, None, 455)]
    assert (third.votes, third.exhausted) == ({KISS: 4313, WRIGHT: 4061}, 606 - 4)
    assert outcome.winners == (KISS,)


PELTOLA, PALIN, BEGICH = range(3)


def test_alaska_2022_comes_out_as_the_state_announced_it():
    """The special election for the House on 16 August 2022, as announced on 31 August (Washington Post, "How
    second-choice votes pushed a Democrat to victory in Alaska"; Kodiak Daily Mirror, same day): first votes and where
    those of Begich went. 47 of his ballots gave two names the same place."""
    outcome = runoff.count(
        range(3),
        [
            ((PELTOLA,), 75_761),
            ((PALIN,), 58_945),
            ((BEGICH, PELTOLA), 15_445),
            ((BEGICH, PALIN), 27_042),
            ((BEGICH,), 11_222 + 47),
        ],
    )
    first, second = outcome.rounds
    assert first.votes == {PELTOLA: 75_761, PALIN: 58_945, BEGICH: 53_756}
    assert (second.votes, second.exhausted) == ({PELTOLA: 91_206, PALIN: 85_987}, 11_222 + 47)
    assert outcome.winners == (PELTOLA,)


# Majorities and ties --------------------------------------------------------------------------------------------------


def count(*ballots: str) -> Outcome:
    """Count ballots such as "ABC" among the letters that occur in them."""
    rankings = Counter(tuple(map(ord, ballot)) for ballot in ballots)
    return runoff.count(sorted({ord(letter) for ballot in ballots for letter in ballot}), list(rankings.items()))


def names(numbers: tuple[int, ...]) -> str:
    return "".join(map(chr, numbers))


def outs(outcome: Outcome) -> list[str]:
    return [names(each.out) for each in outcome.rounds]


def test_more_than_half_wins_at_once():
    outcome = count("A", "AB", "BA")
    assert (outs(outcome), names(outcome.winners)) == ([""], "A")


def test_half_is_not_enough():
    outcome = count("A", "A", "BC", "CB")
    assert (outs(outcome), names(outcome.winners)) == (["BC", ""], "A")


def test_without_ballots_nobody_wins():
    assert runoff.count([1, 2], []) == Outcome((), ())


def test_choices_that_are_out_are_skipped_and_a_ballot_ends():
    outcome = count("A", "A", "A", "B", "B", "CDB", "D", "D")
    assert outs(outcome)[0] == "C"
    assert outcome.rounds[1].votes == {65: 3, 66: 2, 68: 3}
    outcome = count("AB", "AB", "BA", "BA", "BA", "C")
    assert (outcome.rounds[1].exhausted, names(outcome.winners)) == (1, "B")


def test_a_tie_goes_by_the_votes_of_the_round_before():
    """In the second round B and C have 4 each; in the first one B had 3 and C had 4."""
    outcome = count("A", "A", "A", "A", "A", "BA", "BA", "BA", "C", "C", "C", "C", "DB")
    assert outcome.rounds[1].votes == {65: 5, 66: 4, 67: 4}
    assert outs(outcome) == ["D", "B", ""]
    assert names(outcome.winners) == "A"


def test_the_latest_round_in_which_they_differ_decides():
    """B and C tie in the third round. In the second one B had more, in the first one C."""
    outcome = count(*["A"] * 9, *["B"] * 4, *["C"] * 5, *["FB"] * 2, "DC", *["DA"] * 2)
    assert [each.votes[66] for each in outcome.rounds[:3]] == [4, 6, 6]
    assert [each.votes[67] for each in outcome.rounds[:3]] == [5, 5, 6]
    assert outs(outcome)[:3] == ["F", "D", "C"]


def test_those_that_always_tied_go_together():
    outcome = count("A", "A", "A", "B", "B", "CA", "CA", "D", "D", "D", "D")
    assert outs(outcome)[0] == "BC"
    assert names(outcome.winners) == "A"


def test_a_tie_of_all_that_are_left_is_named():
    outcome = count("A", "A", "B", "B")
    assert (outs(outcome), names(outcome.winners)) == ([""], "AB")


def test_a_tie_of_the_last_two_is_decided_by_the_rounds_before():
    outcome = count("A", "A", "A", "B", "B", "CB")
    assert (outcome.rounds[-2].votes, outcome.rounds[-2].out) == ({65: 3, 66: 3}, (66,))
    assert names(outcome.winners) == "A"


# Borda ----------------------------------------------------------------------------------------------------------------


def test_a_place_is_worth_the_choices_below_it():
    assert runoff.borda([1, 2, 3], [((1, 2, 3), 2), ((3, 2), 1), ((2,), 1)]) == {1: 4, 2: 5, 3: 2}


@pytest.mark.parametrize(("choices", "places", "number"), [(3, 3, 15), (7, 7, 13_699), (8, 5, 8_800), (50, 2, 2_500)])
def test_possible_rankings(choices: int, places: int, number: int):
    assert runoff.possible(choices, places) == number


# Any ballots ----------------------------------------------------------------------------------------------------------

rankings = some.dictionaries(
    some.permutations([1, 2, 3, 4]).flatmap(lambda order: some.integers(1, 4).map(lambda most: tuple(order[:most]))),
    some.integers(1, 20),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(rankings)
def test_no_ballot_is_lost_on_the_way(ballots: dict[tuple[int, ...], int]):
    outcome = runoff.count([1, 2, 3, 4], list(ballots.items()))
    for each in outcome.rounds:
        assert each.continuing + each.exhausted == sum(ballots.values())
    for before, after in pairs(outcome):
        arrived = Counter({choice: before.votes[choice] for choice in after.votes})
        for _, to, number in before.moves:
            if to is not None:
                arrived[to] += number
        assert dict(arrived) == after.votes
        assert sum(number for *_, number in before.moves) == sum(before.votes[choice] for choice in before.out)


def pairs(outcome: Outcome) -> Iterator[tuple[runoff.Round, runoff.Round]]:
    return zip(outcome.rounds, outcome.rounds[1:], strict=False)


@settings(deadline=None)
@given(rankings, some.randoms())
def test_the_order_of_rankings_and_choices_changes_nothing(ballots: dict[tuple[int, ...], int], random: object):
    shuffled = list(ballots.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = runoff.count([1, 2, 3, 4], list(ballots.items())), runoff.count([4, 2, 3, 1], shuffled)
    assert [each.votes for each in one.rounds] == [each.votes for each in other.rounds]
    assert set(one.winners) == set(other.winners)


@settings(deadline=None)
@given(rankings)
def test_rankings_counted_apart_or_together_come_out_alike(ballots: dict[tuple[int, ...], int]):
    apart = [(ranking, 1) for ranking, number in ballots.items() for _ in range(number)]
    together = runoff.count([1, 2, 3, 4], list(ballots.items()))
    assert [each.votes for each in runoff.count([1, 2, 3, 4], apart).rounds] == [each.votes for each in together.rounds]

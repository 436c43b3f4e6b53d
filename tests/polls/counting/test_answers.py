"""Distinct answers: kept with the totals, in the same transaction, and held to the ballots by the audit."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from polls import kinds
from polls.box.casts import Cast, Entry, new_cast_id
from polls.counting import audit, tally
from polls.counting.audit import What
from polls.kinds import Answered, Kind
from polls.lifecycle import transitions, trials
from polls.models import Answer, Ballot, Poll, ResultRule, RoundResult, Total
from polls.results import snapshots
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver
from tests.waiting import eventually


class InOrder(Kind):
    """A kind that keeps the order in which choices were picked, and shows how many ways of voting there are."""

    keeps_answers = True

    def result(self, votes: Mapping[int, int], answers: Sequence[Answered]) -> Mapping[str, Any]:
        """Return the number of distinct answers, and of their ballots."""
        return {"answers": len(answers), "ballots": sum(ballots for _, ballots in answers)}


@pytest.fixture(autouse=True)
def in_order(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kinds, "_kinds", {})
    kinds.register("in-order", InOrder())
    yield
    Poll.objects.all().delete()


@pytest.fixture
def driver() -> PollDriver:
    return PollDriver(make_poll("fruit", "Apple", "Banana", "Cherry", kind="in-order", max_choices=3))


def cast(driver: PollDriver, *places: int, voter: UUID | None = None, network: str = "") -> Cast:
    """A vote for these choices, in this order."""
    selections = tuple(driver.choices[place] for place in places)
    return Cast(new_cast_id(), voter or uuid4(), selections, driver.tally.round, network=network)


def count(driver: PollDriver, *casts: Cast, start: int = 1) -> None:
    """Count these in one transaction, as a worker does."""
    entries = [Entry(f"{number}-0", cast.dump().encode()) for number, cast in enumerate(casts, start)]
    tally.count_batch(driver.poll.pk, driver.tally.box, entries)


def kept(driver: PollDriver) -> dict[tuple[int, ...], int]:
    """Return the stored answers, by the places of their choices."""
    rows = Answer.objects.filter(poll=driver.poll).values_list("selections", "ballots")
    return {tuple(driver.choices.index(choice) for choice in selections): ballots for selections, ballots in rows}


def given_by_ballots(driver: PollDriver) -> dict[tuple[int, ...], int]:
    """Return what the ballots say."""
    ballots = Ballot.objects.filter(poll=driver.poll, is_set_aside=False).values_list("selections", flat=True)
    return dict(Counter(tuple(driver.choices.index(choice) for choice in held) for held in ballots if held))


def is_clean(driver: PollDriver) -> bool:
    return audit.compare(driver.poll.pk).differences == ()


# Counting ------------------------------------------------------------------------------------------------------------


def test_each_distinct_answer_has_one_row(driver: PollDriver):
    count(driver, cast(driver, 0, 1), cast(driver, 1, 0), cast(driver, 0, 1), cast(driver, 2))
    assert kept(driver) == {(0, 1): 2, (1, 0): 1, (2,): 1}
    assert is_clean(driver)


def test_a_change_of_mind_moves_a_ballot(driver: PollDriver):
    ann = uuid4()
    count(driver, cast(driver, 0, 1, voter=ann), cast(driver, 0, 1))
    count(driver, cast(driver, 1, 0, voter=ann), start=3)
    assert kept(driver) == {(0, 1): 1, (1, 0): 1}
    count(driver, cast(driver, voter=ann), start=4)  # taken back
    assert kept(driver) == {(0, 1): 1}
    assert is_clean(driver)


def test_a_batch_that_comes_again_changes_nothing(driver: PollDriver):
    batch = [cast(driver, 0, 2), cast(driver, 0, 2), cast(driver, 1)]
    for _ in range(2):
        count(driver, *batch)
    tally.count_direct(driver.poll.pk, batch, lambda: None)
    assert kept(driver) == {(0, 2): 2, (1,): 1}


def test_a_transaction_that_fails_keeps_nothing(driver: PollDriver):
    """As a crash before COMMIT."""
    with pytest.raises(ZeroDivisionError):
        tally.count_direct(driver.poll.pk, [cast(driver, 0, 2)], lambda: 1 / 0)  # type: ignore[arg-type]
    assert (kept(driver), driver.totals) == ({}, [0, 0, 0])


def test_other_kinds_keep_none():
    driver = PollDriver(make_poll("several", "Red", "Green", max_choices=2))
    count(driver, cast(driver, 0, 1), cast(driver, 1))
    assert (kept(driver), driver.totals, is_clean(driver)) == ({}, [1, 2], True)


steps = some.lists(
    some.lists(some.tuples(some.integers(0, 4), some.permutations([0, 1, 2]), some.integers(0, 3)), max_size=6),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=steps, again=some.integers(0, 5), aside=some.booleans())
def test_answers_equal_ballots_after_any_casts(
    steps: list[list[tuple[int, list[int], int]]], again: int, *, aside: bool
):
    """In batches, of which one comes twice, with a network set aside on the way."""
    Poll.objects.all().delete()
    driver = PollDriver(make_poll("fruit", "Apple", "Banana", "Cherry", kind="in-order", max_choices=3))
    voters = [uuid4() for _ in range(5)]
    batches = [
        [cast(driver, *order[:length], voter=voters[who], network=f"net{who % 2}") for who, order, length in step]
        for step in steps
    ]
    for number, batch in enumerate(filter(None, [*batches, *batches[again : again + 1]])):
        count(driver, *batch, start=10 * number + 1)
        if number == 1 and aside:
            transitions.set_aside(driver.poll.pk, "net1")
        assert (kept(driver), is_clean(driver)) == (given_by_ballots(driver), True)
    transitions.put_back(driver.poll.pk, "net1")
    assert (kept(driver), is_clean(driver)) == (given_by_ballots(driver), True)


# Set aside, reset, deleted -------------------------------------------------------------------------------------------


def test_ballots_set_aside_take_their_answers_with_them(driver: PollDriver):
    count(driver, cast(driver, 0, 1, network="near"), cast(driver, 0, 1, network="far"), cast(driver, 2, network="far"))
    transitions.set_aside(driver.poll.pk, "far")
    assert (kept(driver), is_clean(driver)) == ({(0, 1): 1}, True)
    transitions.put_back(driver.poll.pk, "far")
    assert (kept(driver), is_clean(driver)) == ({(0, 1): 2, (2,): 1}, True)


def test_the_next_round_begins_without_answers(driver: PollDriver):
    count(driver, cast(driver, 0, 1))
    transitions.reset(driver.poll.pk)
    assert (kept(driver), is_clean(driver)) == ({}, True)
    assert RoundResult.objects.get().snapshot["result"] == {"answers": 1, "ballots": 1}


def test_a_test_round_leaves_no_answers():
    driver = PollDriver(make_poll("fruit", "Apple", "Banana", kind="in-order", max_choices=2, opened=False))
    trials.try_out(driver.poll.pk)
    count(driver, cast(driver, 1, 0))
    assert kept(driver) == {(1, 0): 1}
    trials.end_test(driver.poll.pk)
    assert kept(driver) == {}


def test_a_deleted_poll_leaves_none(driver: PollDriver):
    count(driver, cast(driver, 0, 1))
    transitions.delete(driver.poll.pk)
    assert not Answer.objects.exists()


# The audit -----------------------------------------------------------------------------------------------------------


def test_answers_that_differ_are_found_and_repaired(driver: PollDriver):
    count(driver, cast(driver, 0, 1), cast(driver, 0, 1), cast(driver, 2))
    apple, banana, cherry = driver.choices
    Answer.objects.filter(selections=[apple, banana]).update(ballots=5)
    Answer.objects.filter(selections=[cherry]).delete()
    Answer.objects.create(poll=driver.poll, selections=[banana], ballots=1)
    found = {(each.what, each.choice, each.stored, each.recomputed) for each in differences(driver)}
    assert found == {
        (What.ANSWER, f"[{apple}, {banana}]", 5, 2),
        (What.ANSWER, f"[{cherry}]", None, 1),
        (What.ANSWER, f"[{banana}]", 1, 0),
    }
    audit.repair(driver.poll.pk)
    assert (kept(driver), is_clean(driver)) == ({(0, 1): 2, (2,): 1}, True)


def differences(driver: PollDriver) -> tuple[audit.Difference, ...]:
    return audit.compare(driver.poll.pk).differences


def test_answers_of_a_kind_that_keeps_none_are_a_difference():
    driver = PollDriver(make_poll("several", "Red", "Green", max_choices=2))
    Answer.objects.create(poll=driver.poll, selections=driver.choices, ballots=1)
    assert [each.what for each in differences(driver)] == [What.ANSWER]
    audit.repair(driver.poll.pk)
    assert is_clean(driver)


def test_a_ballot_that_is_no_list_is_no_answer(driver: PollDriver):
    count(driver, cast(driver, 0, 1))
    Ballot.objects.update(selections="Apple")
    assert What.UNKNOWN_CHOICE in {each.what for each in differences(driver)}
    audit.repair(driver.poll.pk)
    assert kept(driver) == {}


def test_answers_that_are_counted_meanwhile_are_no_difference(driver: PollDriver):
    seen: list[tuple[audit.Difference, ...]] = []
    stop = threading.Event()

    def vote() -> None:
        number = 1
        while not stop.is_set():
            count(driver, cast(driver, 0, 1), cast(driver, 1), start=number)
            number += 2
        connections.close_all()

    def has_seen_enough() -> bool:
        seen.append(differences(driver))
        return len(seen) >= 100 and kept(driver).get((1,), 0) > 10

    thread = threading.Thread(target=vote)
    thread.start()
    try:
        eventually(has_seen_enough, 60, "answers that are counted meanwhile")
    finally:
        stop.set()
        thread.join()
    assert set(seen) == {()}


# Snapshots -----------------------------------------------------------------------------------------------------------


def test_a_snapshot_has_what_the_kind_makes_of_the_answers(driver: PollDriver):
    other = PollDriver(make_poll("several", "Red", "Green", max_choices=2))
    count(driver, cast(driver, 0, 1), cast(driver, 0, 1), cast(driver, 2))
    count(other, cast(other, 0))
    found = snapshots.snapshots([driver.poll.pk, other.poll.pk])
    assert found[driver.poll.pk]["result"] == {"answers": 2, "ballots": 3}
    assert "result" not in found[other.poll.pk]


def test_a_snapshot_without_a_total_has_all_answers(driver: PollDriver):
    """The answers hang on no row in particular."""
    count(driver, cast(driver, 0, 1))
    Total.objects.filter(choice_id=driver.choices[0]).delete()
    assert snapshots.snapshot(driver.poll.pk)["result"] == {"answers": 1, "ballots": 1}


def test_what_the_kind_shows_is_hidden_with_the_totals(driver: PollDriver):
    Poll.objects.update(result_rule=ResultRule.STAFF)
    count(driver, cast(driver, 0, 1))
    snapshot = snapshots.snapshot(driver.poll.pk)
    assert "result" in snapshots.seen(snapshot, counting=True, totals=True)
    assert "result" not in snapshots.seen(snapshot, counting=True, totals=False)

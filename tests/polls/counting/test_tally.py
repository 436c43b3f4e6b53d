from uuid import uuid4

import pytest
from django.db import connection

from polls.box.casts import Cast, Entry, new_cast_id
from polls.counting import audit, tally
from polls.counting.tally import Direct
from polls.lifecycle import transitions
from polls.models import Ballot, SetAside, State, Tally, Total
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


def entries(*casts: Cast, start: int = 1) -> list[Entry]:
    return [Entry(f"{number}-0", cast.dump().encode()) for number, cast in enumerate(casts, start)]


def test_a_batch_is_counted(driver: PollDriver):
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(0), driver.queued(0), driver.queued(1)))
    assert driver.totals == [2, 1]
    assert driver.tally.voters == 3
    assert driver.tally.counted_through == "3-0"


def test_a_batch_that_comes_again_changes_nothing(driver: PollDriver):
    batch = entries(driver.queued(0), driver.queued(1))
    tally.count_batch(driver.poll.pk, 1, batch)
    before = driver.tally.version
    tally.count_batch(driver.poll.pk, 1, batch)
    assert driver.totals == [1, 1]
    assert driver.tally.version == before


def test_the_newest_cast_of_a_voter_counts_within_a_batch(driver: PollDriver):
    voter = uuid4()
    old, new = driver.queued(0, voter=voter, cast_id=new_cast_id(1000)), driver.queued(1, voter=voter)
    tally.count_batch(driver.poll.pk, 1, entries(new, old))
    assert driver.totals == [0, 1]
    assert driver.tally.voters == 1


def test_an_older_cast_that_comes_late_does_not_count(driver: PollDriver):
    voter = uuid4()
    old, new = driver.queued(0, voter=voter, cast_id=new_cast_id(1000)), driver.queued(1, voter=voter)
    tally.count_batch(driver.poll.pk, 1, entries(new))
    tally.count_batch(driver.poll.pk, 1, entries(old, start=2))
    assert driver.totals == [0, 1]


def test_a_change_of_mind_moves_the_vote(driver: PollDriver):
    voter = uuid4()
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(0, voter=voter, cast_id=new_cast_id(1000))))
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(1, voter=voter), start=2))
    assert driver.totals == [0, 1]
    assert driver.tally.voters == 1


def test_counted_through_never_goes_back(driver: PollDriver):
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(0), start=9))
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(0), start=5))
    assert driver.tally.counted_through == "9-0"


def test_another_box_does_not_move_counted_through(driver: PollDriver):
    tally.count_batch(driver.poll.pk, 7, entries(driver.queued(0)))
    assert driver.totals == [1, 0]
    assert driver.tally.counted_through == "0-0"


def test_casts_of_another_round_are_not_counted(driver: PollDriver):
    cast = driver.queued(0)
    tally.count_batch(driver.poll.pk, 1, entries(Cast(cast.cast_id, cast.voter_key, cast.selections, cast.round + 1)))
    assert driver.totals == [0, 0]


def test_nothing_is_counted_once_a_poll_is_final(driver: PollDriver):
    Tally.objects.update(state=State.FINAL)
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(0)))
    assert driver.totals == [0, 0]


def test_what_cannot_be_counted_is_set_aside_alone(driver: PollDriver):
    other = make_poll("other", "Red", "Blue")
    foreign = driver.queued(0)
    foreign = Cast(foreign.cast_id, foreign.voter_key, (PollDriver(other).choices[0],), 1)
    nonsense = [Entry("3-0", b"nonsense \0"), Entry("4-0", b"")]
    batch = [*entries(driver.queued(0), foreign), *nonsense, *entries(driver.queued(1), start=5)]
    tally.count_batch(driver.poll.pk, 1, batch)
    tally.count_batch(driver.poll.pk, 1, batch)
    assert driver.totals == [1, 1]
    assert list(SetAside.objects.order_by("position").values_list("position", flat=True)) == ["2-0", "3-0", "4-0"]


def test_of_a_batch_that_postgres_refuses_one_is_set_aside(driver: PollDriver):
    """A row that a trigger refuses stands for whatever only Postgres can find wrong."""
    bad = driver.queued(1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF NEW.cast_id = '{bad.cast_id}' THEN RAISE data_exception; END IF; RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON polls_ballot FOR EACH ROW EXECUTE FUNCTION refuse();
            """
        )
    try:
        casts = [driver.queued(0) for _ in range(7)]
        tally.count_batch(driver.poll.pk, 1, entries(*casts[:3], bad, *casts[3:]))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse ON polls_ballot; DROP FUNCTION refuse;")
    assert driver.totals == [7, 0]
    assert [row.position for row in SetAside.objects.all()] == ["4-0"]
    assert driver.tally.counted_through == "8-0"


def test_a_direct_vote_is_counted_and_moves_no_position(driver: PollDriver):
    assert tally.count_direct(driver.poll.pk, [driver.queued(1)], lambda: None) == [Direct.COUNTED]
    assert driver.totals == [0, 1]
    assert driver.tally.counted_through == "0-0"


def test_a_direct_vote_that_comes_again_counts_once(driver: PollDriver):
    cast = driver.queued(1)
    for _ in range(2):
        assert tally.count_direct(driver.poll.pk, [cast], lambda: None) == [Direct.COUNTED]
    assert driver.totals == [0, 1]


def test_a_vote_over_both_paths_counts_once(driver: PollDriver):
    cast = driver.queued(1)
    tally.count_direct(driver.poll.pk, [cast], lambda: None)
    tally.count_batch(driver.poll.pk, 1, entries(cast))
    assert driver.totals == [0, 1]


def test_an_older_direct_vote_does_not_beat_a_newer_one(driver: PollDriver):
    voter = uuid4()
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(1, voter=voter)))
    tally.count_direct(driver.poll.pk, [driver.queued(0, voter=voter, cast_id=new_cast_id(1000))], lambda: None)
    assert driver.totals == [0, 1]


def test_the_version_grows_with_every_change(driver: PollDriver):
    versions = [driver.tally.version]
    tally.count_batch(driver.poll.pk, 1, entries(driver.queued(0)))
    versions.append(driver.tally.version)
    tally.count_direct(driver.poll.pk, [driver.queued(0)], lambda: None)
    versions.append(driver.tally.version)
    assert versions == sorted(set(versions))


def test_totals_equal_ballots_after_many_changes(driver: PollDriver):
    voters = [uuid4() for _ in range(20)]
    for number in range(200):
        cast = driver.queued(number * 7 % 3 % 2, voter=voters[number * 13 % 20])
        tally.count_batch(driver.poll.pk, 1, entries(cast, start=number + 1))
    counted = [Ballot.objects.filter(selections=[choice]).count() for choice in driver.choices]
    assert driver.totals == counted
    assert sum(Total.objects.values_list("votes", flat=True)) == driver.tally.voters == 20


# Where votes can't be changed ----------------------------------------------------------------------------------------


def test_the_first_cast_of_a_voter_counts_within_a_batch(strict: PollDriver):
    voter = uuid4()
    casts = [strict.queued(1, voter=voter), strict.queued(0, voter=voter), strict.queued(0, voter=voter)]
    tally.count_batch(strict.poll.pk, 1, entries(*casts))
    assert (strict.totals, strict.tally.voters, strict.tally.counted_through) == ([0, 1], 1, "3-0")


@pytest.mark.parametrize("stamped_ms", [1000, None], ids=["pressed before", "pressed after"])
def test_a_stored_ballot_stays_whatever_comes_later(strict: PollDriver, stamped_ms: int | None):
    first = strict.queued(1)
    other = strict.queued(0, voter=first.voter_key, cast_id=new_cast_id(stamped_ms))
    tally.count_batch(strict.poll.pk, 1, entries(first))
    tally.count_batch(strict.poll.pk, 1, entries(other, start=2))
    assert tally.count_direct(strict.poll.pk, [other], lambda: None) == [Direct.HAS_VOTED]
    assert (strict.totals, strict.tally.voters) == ([0, 1], 1)
    assert Ballot.objects.get().cast_id == first.cast_id
    assert audit.compare(strict.poll.pk).differences == ()


def test_a_direct_vote_stays_when_the_box_is_drained_later(strict: PollDriver):
    direct = strict.queued(1)
    assert tally.count_direct(strict.poll.pk, [direct], lambda: None) == [Direct.COUNTED]
    waiting = strict.queued(0, voter=direct.voter_key, cast_id=new_cast_id(1000))
    tally.count_batch(strict.poll.pk, 1, entries(waiting, direct))
    assert (strict.totals, Ballot.objects.get().cast_id) == ([0, 1], direct.cast_id)


def test_of_two_votes_of_a_voter_in_one_transaction_one_counts(strict: PollDriver):
    first = strict.queued(1)
    second = strict.queued(0, voter=first.voter_key)
    of_another_round = Cast(new_cast_id(), first.voter_key, first.selections, first.round + 1)
    outcomes = tally.count_direct(strict.poll.pk, [of_another_round, first, second, first], lambda: None)
    assert outcomes == [Direct.OTHER_ROUND, Direct.COUNTED, Direct.HAS_VOTED, Direct.COUNTED]
    assert strict.totals == [0, 1]


def test_a_ballot_that_is_set_aside_is_not_replaced(strict: PollDriver):
    first = strict.queued(1)
    tally.count_batch(strict.poll.pk, 1, entries(first))
    Ballot.objects.update(network="12345678")
    transitions.set_aside(strict.poll.pk, "12345678")
    tally.count_batch(strict.poll.pk, 1, entries(strict.queued(0, voter=first.voter_key), start=2))
    assert strict.totals == [0, 0]
    transitions.put_back(strict.poll.pk, "12345678")
    assert strict.totals == [0, 1]

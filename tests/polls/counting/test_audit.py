"""P6: totals equal ballots, and the audit says what differs."""

import io
import itertools
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command, execute_from_command_line
from django.db import connections, transaction
from django.forms import model_to_dict
from redis import Redis

from polls.box import ballot_box
from polls.box.casts import Cast, Entry, new_cast_id
from polls.counting import audit, tally
from polls.counting.audit import Difference, What
from polls.models import Ballot, Choice, Poll, SetAside, Tally, Total
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres
from tests.waiting import eventually

#: A full minute, in seconds since 1970.
NOON = 1_764_072_000
CLEAN = "every total equals its ballots."


@pytest.fixture
def voted(driver: PollDriver) -> PollDriver:
    """Three voters: one for Cats, two for Dogs."""
    for voter, choice in {"ann": 0, "ben": 1, "cy": 1}.items():
        driver.vote(voter, choice)
    driver.count()
    return driver


def found(driver: PollDriver) -> list[tuple[What, str | None, int | None, int]]:
    """Return the differences in that poll."""
    return [
        (difference.what, difference.choice, difference.stored, difference.recomputed)
        for difference in audit.compare(driver.poll.pk).differences
    ]


def run(*words: str) -> tuple[int, str]:
    """Exit code of the audit, and what it says on both outputs."""
    said = io.StringIO()
    try:
        call_command("audit", *words, stdout=said)
    except CommandError as error:
        return error.returncode, f"{said.getvalue()}{error}\n"
    return 0, said.getvalue()


# What is compared ----------------------------------------------------------------------------------------------------


def test_totals_that_equal_their_ballots_differ_in_nothing(voted: PollDriver):
    voted.vote("ben", 0)
    voted.count()
    assert (found(voted), audit.compare(voted.poll.pk).ballots) == ([], 3)


def test_a_total_that_differs_is_found(voted: PollDriver):
    Total.objects.filter(choice_id=voted.choices[1]).update(votes=5)
    (difference,) = audit.compare(voted.poll.pk).differences
    assert difference == Difference("cats-or-dogs", What.TOTAL, str(voted.choices[1]), "Dogs", 5, 2)
    assert difference.difference == -3


def test_a_number_of_voters_that_differs_is_found(voted: PollDriver):
    Tally.objects.update(voters=2)
    assert found(voted) == [(What.VOTERS, None, 2, 3)]


def test_a_missing_ballot_is_found_in_total_and_voters(voted: PollDriver):
    ballot = Ballot.objects.filter(selections=[voted.choices[0]])
    ballot.delete()
    assert found(voted) == [
        (What.VOTERS, None, 3, 2),
        (What.TIMELINE, None, 3, 2),
        (What.TOTAL, str(voted.choices[0]), 1, 0),
    ]


@pytest.mark.parametrize("line", [{}, {"start": 0, "step": 10, "votes": [0, 2]}, {"votes": "none"}], ids=repr)
def test_a_time_line_that_lacks_voters_is_no_difference(voted: PollDriver, line: Any):
    """As of a poll that is older than the time line."""
    Tally.objects.update(timeline=line)
    assert found(voted) == []


def test_each_choice_of_a_ballot_is_counted():
    driver = PollDriver(make_poll("several", "Red", "Green", "Blue", max_choices=3))
    cast = Cast(new_cast_id(), uuid4(), (driver.choices[2], driver.choices[0]), 1)
    tally.count_batch(driver.poll.pk, 1, [Entry("1-0", cast.dump().encode())])
    assert (driver.totals, found(driver)) == ([1, 0, 1], [])
    Total.objects.update(votes=0)
    assert [choice for _, choice, *_ in found(driver)] == [str(driver.choices[0]), str(driver.choices[2])]


@pytest.mark.parametrize("selections", [["Cats"], [None], "Cats", {"choice": 1}, [1.5]], ids=repr)
def test_ballots_that_name_unknown_choices_are_found(voted: PollDriver, selections: Any):
    Ballot.objects.filter(selections=[voted.choices[0]]).update(selections=selections)
    assert [what for what, *_ in found(voted)] == [What.TOTAL, What.UNKNOWN_CHOICE]


def test_a_missing_total_is_found_though_nobody_voted_for_it(voted: PollDriver):
    voted.vote("ann", 1)
    voted.count()
    Total.objects.filter(choice_id=voted.choices[0]).delete()
    assert found(voted) == [(What.TOTAL, str(voted.choices[0]), None, 0)]


def test_a_tally_of_choices_that_the_poll_has_not_is_found(voted: PollDriver):
    Tally.objects.update(choice_ids=[voted.choices[0], 999])
    assert found(voted) == [(What.LISTED, str(voted.choices[1]), 0, 1), (What.LISTED, "999", 1, 0)]


def test_a_poll_without_a_tally_is_found_and_not_repaired():
    Choice.objects.create(poll=Poll.objects.create(slug="bare", question="Which?"), text="Red")
    code, said = run("--repair")
    assert (code, "bare  (voters)" in said) == (1, True)


def test_a_draft_without_choices_differs_in_nothing():
    make_poll("new", opened=False)
    assert run() == (0, f"1 poll, 0 ballots: {CLEAN}\n")


@contextmanager
def voting(driver: PollDriver) -> Iterator[None]:
    """Count votes in another thread, batch by batch, until the end."""
    stop, begun = threading.Event(), threading.Event()

    def count() -> None:
        for number in itertools.count(1):
            casts = [driver.queued(choice) for choice in (0, 1, 1)]
            tally.count_batch(driver.poll.pk, 1, [Entry(f"{number}-0", cast.dump().encode()) for cast in casts])
            begun.set()
            if stop.is_set():
                break
        connections.close_all()

    thread = threading.Thread(target=count)
    thread.start()
    try:
        assert begun.wait(10)
        yield
    finally:
        stop.set()
        thread.join()


def test_votes_that_are_counted_meanwhile_are_no_difference(driver: PollDriver):
    seen: list[audit.Compared] = []

    def has_seen_enough() -> bool:
        seen.append(audit.compare(driver.poll.pk))
        return len(seen) >= 200 and len({poll.ballots for poll in seen}) > 10

    with voting(driver):
        eventually(has_seen_enough, 60, "ballots that are counted meanwhile")
    assert {poll.differences for poll in seen} == {()}


def test_a_poll_is_compared_while_its_tally_is_locked(voted: PollDriver):
    with transaction.atomic():
        tally.lock(voted.poll.pk)
        with ThreadPoolExecutor(1) as others:
            assert others.submit(run).result() == (0, f"1 poll, 3 ballots: {CLEAN}\n")
            others.submit(connections.close_all).result()


# Repair --------------------------------------------------------------------------------------------------------------


def test_a_repair_sets_totals_and_voters_to_what_the_ballots_say(voted: PollDriver):
    Total.objects.filter(choice_id=voted.choices[0]).delete()
    Total.objects.filter(choice_id=voted.choices[1]).update(votes=5)
    Tally.objects.update(voters=9)
    code, said = run("--repair")
    assert (code, voted.totals, voted.tally.voters) == (0, [1, 2], 3)
    assert [line.split() for line in said.splitlines()[1:-1]] == [
        ["poll", "choice", "stored", "recomputed", "difference"],
        ["cats-or-dogs", "(voters)", "9", "3", "-6"],
        ["cats-or-dogs", "Cats", "none", "1", "+1"],
        ["cats-or-dogs", "Dogs", "5", "2", "-3"],
    ]
    assert said.splitlines()[0] == "Repaired:"
    assert said.splitlines()[-1] == f"1 poll, 3 ballots: {CLEAN}"


def test_a_repair_draws_a_time_line_anew_that_does_not_add_up(voted: PollDriver):
    Ballot.objects.filter(selections=[voted.choices[0]]).delete()
    for number, ballot in enumerate(Ballot.objects.order_by("pk")):
        Ballot.objects.filter(pk=ballot.pk).update(cast_id=new_cast_id(1000 * (NOON + 31 * number)))
    audit.repair(voted.poll.pk)
    assert voted.tally.timeline == {"start": NOON, "step": 10, "votes": [1, 0, 0, 1]}
    assert found(voted) == []


def test_a_repair_leaves_a_time_line_that_adds_up(voted: PollDriver):
    """The time line has the moments of first votes, which ballots of people who changed their mind don't tell."""
    line = {"start": NOON, "step": 10, "votes": [3]}
    Tally.objects.update(timeline=line)
    Total.objects.update(votes=9)
    audit.repair(voted.poll.pk)
    assert (voted.totals, voted.tally.timeline) == ([1, 2], line)


def test_screens_learn_of_a_repair(voted: PollDriver, redis: Redis):
    Total.objects.filter(choice_id=voted.choices[1]).update(votes=5)
    before = voted.tally.version
    audit.repair(voted.poll.pk)
    assert voted.tally.version == before + 1
    _, (text,) = ballot_box.snapshots([voted.poll.pk])
    assert text
    snapshot = json.loads(text)
    assert (snapshot["version"], [choice["votes"] for choice in snapshot["choices"]]) == (before + 1, [1, 2])


def test_a_repair_of_what_is_right_changes_nothing(voted: PollDriver):
    before = model_to_dict(voted.tally)
    assert run("--repair") == (0, f"1 poll, 3 ballots: {CLEAN}\n")
    audit.repair(voted.poll.pk)
    assert model_to_dict(voted.tally) == before


def test_a_repair_while_votes_are_counted_loses_none(driver: PollDriver):
    with voting(driver):
        for _ in range(20):
            # As a hand that doesn't take the Tally lock would: the audit is for that.
            Total.objects.filter(choice_id=driver.choices[0]).update(votes=7)
            audit.repair(driver.poll.pk)
    assert found(driver) == []


def test_what_the_ballots_do_not_tell_is_left_and_said(voted: PollDriver):
    Tally.objects.update(choice_ids=[voted.choices[0]], voters=0)
    code, said = run("--repair")
    assert (code, voted.tally.voters, voted.tally.choice_ids) == (1, 3, [voted.choices[0]])
    assert said.endswith("look at the poll's choices and its tally in the admin.\n")


# What people and programs see ----------------------------------------------------------------------------------------


def test_differences_are_told_in_a_table_with_exit_code_1(voted: PollDriver):
    Ballot.objects.filter(selections=[voted.choices[0]]).update(selections=[999])
    code, said = run()
    assert code == 1
    assert said.splitlines() == [
        "Different:",
        "poll          choice          stored  recomputed  difference",
        "cats-or-dogs  Cats                 1           0          -1",
        "cats-or-dogs  (unknown: 999)    none           1          +1",
        "2 differences in 1 of 1 poll. --repair sets totals, voters and time lines to what the ballots say.",
    ]
    assert (voted.totals, voted.tally.voters) == ([1, 2], 3)


def test_only_the_polls_that_are_named_are_audited(voted: PollDriver):
    other = make_poll("other", "Red", "Blue")
    Tally.objects.filter(poll=other).update(voters=1)
    assert run("cats-or-dogs", "cats-or-dogs") == (0, f"1 poll, 3 ballots: {CLEAN}\n")
    assert run("cats-or-dogs", "other")[0] == run()[0] == 1


def test_what_was_set_aside_is_listed_and_is_no_difference(voted: PollDriver):
    gone = SetAside(poll_id=999, box=2, position="5-0", payload="x", reason="there is no such poll")
    for row in (SetAside(poll_id=voted.poll.pk, box=1, position="4-0", payload="x", reason="it can't be read"), gone):
        row.save()
    code, said = run()
    assert (code, said.splitlines()[0]) == (0, f"1 poll, 3 ballots: {CLEAN}")
    assert said.splitlines()[1].startswith(
        "2 set aside, which count nowhere. The newest: poll 999, which is gone, box 2, 5-0, at "
    )
    assert said.endswith(" UTC: there is no such poll\n")
    assert "1 set aside, which count nowhere. The newest: poll cats-or-dogs, box 1, 4-0, at " in run("cats-or-dogs")[1]


def test_programs_get_json(voted: PollDriver, capsys: pytest.CaptureFixture[str]):
    Tally.objects.update(voters=4)
    with pytest.raises(CommandError):
        call_command("audit", "--json")
    voters = {"what": "voters", "choice": None, "text": None, "stored": 4, "recomputed": 3, "difference": -1}
    assert json.loads(capsys.readouterr().out) == {
        "polls": 1,
        "ballots": 3,
        "differences": [{"poll": "cats-or-dogs"} | voters],
        "repaired": [],
        "set_aside": {"count": 0, "newest": None},
    }


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str]:
    """Exit code and error output of a command line."""
    with pytest.raises(SystemExit) as end:
        execute_from_command_line(["manage.py", "audit", *words])
    return end.value.code, capsys.readouterr().err


def test_an_unknown_slug_is_answered_with_those_there_are(poll: Poll, capsys: pytest.CaptureFixture[str]):
    code, said = typed(capsys, "nothing")
    assert (code, said) == (1, "CommandError: There is no poll 'nothing'. There are: cats-or-dogs.\n")


def test_without_postgres_it_says_so_in_one_sentence(
    voted: PollDriver, postgres: Postgres, capsys: pytest.CaptureFixture[str]
):
    postgres.stop()
    code, said = typed(capsys, "--repair")
    assert code == 2
    assert said.startswith("CommandError: Postgres can't be asked, so nothing was found out: connection ")
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1

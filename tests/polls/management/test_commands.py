"""The commands as people run them."""

import io
import threading
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from redis import Redis

from counter.models import Counter
from polls.lifecycle import safety_net, seeding, trials
from polls.management.commands import seal
from polls.models import Poll, State, Tally
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver
from tests.store_fixtures import Postgres
from votingsite import command_line


def run(*words: str) -> str:
    """Run a command, and return its output."""
    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


@pytest.fixture
def voted(driver: PollDriver) -> PollDriver:
    """A poll in which somebody has voted."""
    driver.vote("ann", 1)
    driver.count()
    return driver


@pytest.fixture
def sweeping(transactional_db: None) -> Iterator[None]:
    """A safety net that sweeps beside the test, as a worker's does."""
    stop = threading.Event()

    def sweep() -> None:
        while not stop.wait(0.02):
            safety_net.sweep()
        connection.close()

    net = threading.Thread(target=sweep)
    net.start()
    yield
    stop.set()
    net.join()


# seed ----------------------------------------------------------------------------------------------------------------


def test_seeding_twice_makes_one_poll_and_one_counter():
    said = [run("seed") for _ in range(2)]
    assert ["was made" in text for text in said] == [True, False]
    assert (Poll.objects.count(), Counter.objects.count()) == (1, 1)
    driver = PollDriver(Poll.objects.get(slug=seeding.SLUG))
    assert (driver.tally.state, driver.totals) == (State.OPEN, [0, 0])


def test_seeding_leaves_the_votes_of_a_poll_that_is_there(redis: Redis):
    run("seed")
    driver = PollDriver(Poll.objects.get(slug=seeding.SLUG))
    driver.vote("ann")
    driver.count()
    run("seed")
    assert (driver.totals, driver.tally.round, driver.tally.box) == ([1, 0], 1, 1)


def test_a_negative_number_of_votes_is_refused():
    with pytest.raises(CommandError, match=r"^--votes -1: must be 0 or more\.$"):
        run("seed", "--votes", "-1")


# reset ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["no\n", "\n", "yesterday\n"])
def test_a_reset_that_is_not_wanted_deletes_nothing(voted: PollDriver, monkeypatch: pytest.MonkeyPatch, answer: str):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    with pytest.raises(CommandError, match=r"^Nothing was deleted\.$"):
        run("reset", voted.poll.slug)
    assert (voted.totals, voted.tally.round) == ([0, 1], 1)


def test_a_reset_that_nobody_answers_deletes_nothing(voted: PollDriver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match="--yes"):
        run("reset", voted.poll.slug)
    assert (voted.totals, voted.tally.round) == ([0, 1], 1)


def test_a_reset_says_what_it_deletes_before_it_does(voted: PollDriver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "cats-or-dogs: votes that will be deleted: 1" in run("reset", voted.poll.slug)
    assert (voted.totals, voted.tally.round) == ([0, 0], 2)


def test_a_reset_without_a_slug_is_one_of_every_opened_poll(voted: PollDriver):
    other = PollDriver(make_poll("other", "Red", "Blue"))
    new = PollDriver(make_poll("new", "Yes", "No", opened=False))
    tried = PollDriver(make_poll("tried", "Yes", "No", opened=False))
    trials.try_out(tried.poll.pk)
    run("reset", "--yes")
    assert [driver.tally.round for driver in (voted, other, new, tried)] == [2, 2, 1, 1]
    assert tried.tally.is_test


def test_a_reset_without_any_opened_poll_says_so():
    make_poll("new", "Yes", "No", opened=False)
    assert "nothing to reset" in run("reset", "--yes")


def test_a_draft_can_not_be_reset():
    make_poll("new", "Yes", "No", opened=False)
    with pytest.raises(CommandError, match=r"^new: This poll has never been opened"):
        run("reset", "new", "--yes")


# open ----------------------------------------------------------------------------------------------------------------


def test_a_draft_is_opened():
    driver = PollDriver(make_poll("new", "Yes", "No", opened=False))
    assert run("open", "new") == "new is open (round 1, box 1).\n"
    assert driver.vote("ann").position is not None


def test_an_open_poll_can_not_be_opened_by_command(poll: Poll):
    with pytest.raises(CommandError, match=r"^Can't open this poll: it is open\.$"):
        run("open", poll.slug)


# seal ----------------------------------------------------------------------------------------------------------------


def test_sealing_waits_until_every_vote_is_counted(driver: PollDriver, sweeping: None):
    driver.vote("ann", 1)
    assert run("seal", driver.poll.slug) == "cats-or-dogs is final; votes counted: 1.\n"
    assert (driver.tally.state, driver.totals) == (State.FINAL, [0, 1])


def test_sealing_says_what_is_missing_when_nobody_counts(driver: PollDriver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(seal, "WAIT", 0.0)
    driver.vote("ann", 1)
    with pytest.raises(CommandError, match=r"closed but not final yet: votes not counted yet: 1") as error:
        run("seal", driver.poll.slug)
    assert error.value.returncode == 3
    assert (driver.tally.state, driver.totals) == (State.SEALING, [0, 0])


def test_sealing_a_final_poll_again_is_harmless(driver: PollDriver, sweeping: None):
    assert run("seal", driver.poll.slug) == run("seal", driver.poll.slug)
    assert Tally.objects.get().state == State.FINAL


def test_a_draft_can_not_be_sealed_by_command():
    make_poll("new", "Yes", "No", opened=False)
    with pytest.raises(CommandError, match=r"^This poll has never been opened\.$"):
        run("seal", "new")


# What people see -----------------------------------------------------------------------------------------------------


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, list[str]]:
    """Exit code and lines of the error output of a command line."""
    with pytest.raises(SystemExit) as end:
        command_line.run(["manage.py", *words])
    return end.value.code, capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("words", [("open", "nothing"), ("seal", "nothing"), ("reset", "nothing", "--yes")])
def test_an_unknown_slug_is_answered_with_those_there_are(
    poll: Poll, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
):
    make_poll("other", "Red", "Blue")
    code, lines = typed(capsys, *words)
    assert code == 1
    assert lines[-1] == "CommandError: There is no poll 'nothing'. There are: other, cats-or-dogs."
    assert not any("Traceback" in line for line in lines)


def test_an_unknown_slug_without_any_poll_is_answered_too(capsys: pytest.CaptureFixture[str]):
    code, lines = typed(capsys, "open", "nothing")
    assert (code, lines) == (1, ["CommandError: There is no poll 'nothing'. There are: none."])


def test_the_exit_code_tells_a_poll_that_is_not_final(
    driver: PollDriver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(seal, "WAIT", 0.0)
    driver.vote("ann")
    code, lines = typed(capsys, "seal", driver.poll.slug)
    assert code == 3
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize("words", [("open", "x"), ("seal", "x"), ("reset", "x", "--yes"), ("seed",)])
def test_without_postgres_a_command_says_so_in_one_sentence(postgres: Postgres, words: tuple[str, ...]):
    postgres.stop()
    with pytest.raises(SystemExit) as end:
        command_line.run(["manage.py", *words])
    sentence = str(end.value.code)
    assert sentence.startswith("Postgres does not answer (")
    assert "\n" not in sentence

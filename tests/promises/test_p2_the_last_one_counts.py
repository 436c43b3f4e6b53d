"""P2: one voter, one ballot, the last one counts, over whichever paths and in whichever order casts arrive.

The network does the harm here: a cast or a COMMIT that arrives and whose answer is lost, or that arrives when everybody
has given up.
"""

from typing import Any

import pytest
from redis import Redis

from polls.box import ballot_box
from polls.box.casts import new_cast_id
from polls.lifecycle import transitions
from polls.models import State, Tally
from polls.voting import casting
from polls.voting.casting import Submission
from polls.voting.errors import LostError, UnknownError
from tests.polls.poll_driver import Client, PollDriver, post, receipt_of, waiting
from tests.promises import parts
from tests.promises.parts import BackgroundCall, audit, finish, work
from tests.proxy import End, Proxy, sha_of, until_redis_is_asked
from tests.waiting import eventually
from workers import jobs

CAST = sha_of(ballot_box._cast)
SEAL = sha_of(ballot_box._seal_box)


# Redis gives no answer -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", list(End), ids=str)
def test_a_cast_whose_answer_is_lost_counts_once(driver: PollDriver, redis_proxy: Proxy, end: End):
    """The vote goes the direct path too."""
    with redis_proxy.losing_reply(CAST, end) as fault:
        accepted = driver.vote("ann", 1)
        fault.wait_delivered()
    assert accepted.position is None
    stored = [payload for _, payload in ballot_box.read(driver.poll.pk, 1, 10)]
    assert stored == [accepted.cast.dump().encode()], "it is in the box once, under the cast id that was counted"
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


@pytest.mark.parametrize("counted_first", [True, False], ids=["newer counted first", "older counted first"])
def test_a_late_cast_does_not_beat_the_change_of_mind(driver: PollDriver, redis_proxy: Proxy, *, counted_first: bool):
    with redis_proxy.holding(CAST) as fault:
        assert driver.vote("ann", 0).position is None
        until_redis_is_asked()
        assert driver.vote("ann", 1).position is not None
        if counted_first:
            work()
            assert driver.totals == [0, 1]
        fault.deliver()
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


def test_a_direct_change_of_mind_beats_what_waits_in_the_box(driver: PollDriver, redis_proxy: Proxy):
    driver.vote("ann", 0)
    redis_proxy.refuse()
    assert driver.vote("ann", 1).position is None
    redis_proxy.recover()
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


def test_a_direct_vote_is_no_count_of_what_waits_in_the_box(driver: PollDriver, redis_proxy: Proxy):
    for voter in ("ann", "bob"):
        driver.vote(voter, 0)
    with redis_proxy.losing_reply(CAST):
        driver.vote("cid", 1)
    assert driver.tally.counted_through == "0-0"
    work()
    assert (driver.totals, waiting()) == ([2, 1], 0)
    audit(driver)


@pytest.mark.parametrize("end", list(End), ids=str)
def test_nobody_sends_a_cast_a_second_time(driver: PollDriver, redis: Redis, redis_proxy: Proxy, end: End):
    with redis_proxy.losing_reply(CAST, end):
        driver.vote("ann", 1)
    assert redis.xlen(f"votes:{driver.poll.pk}:casts:1") == 1


# Postgres gives no answer --------------------------------------------------------------------------------------------


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is not taken for a store that does not answer."""
    monkeypatch.setattr("polls.voting.direct.TRY_FOR", 10)


@pytest.mark.usefixtures("unhurried")
def test_a_direct_vote_whose_commit_got_no_answer_counts_once(
    driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy
):
    redis_proxy.refuse()
    with postgres_proxy.losing_reply(b"COMMIT") as fault:
        assert driver.vote("ann", 1).position is None
        fault.wait_delivered()
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)
    audit(driver)


@pytest.mark.usefixtures("unhurried")
def test_a_direct_vote_is_counted_before_it_is_answered(driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy):
    """Its first COMMIT never arrives."""
    redis_proxy.refuse()
    with postgres_proxy.holding(b"COMMIT", End.CUT) as fault:
        voter = BackgroundCall(lambda: driver.vote("ann", 1))
        fault.drop()
        assert voter.join().position is None
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)
    audit(driver)


@pytest.mark.usefixtures("unhurried")
def test_a_direct_vote_waits_for_its_commit_on_the_way(driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy):
    redis_proxy.refuse()
    with postgres_proxy.holding(b"COMMIT", End.CUT) as fault:
        voter = BackgroundCall(lambda: driver.vote("ann", 1))
        fault.wait()
        eventually(lambda: parts.waiting_for_a_lock() == 1)
        fault.deliver()
        assert voter.join().position is None
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)
    audit(driver)


@pytest.mark.usefixtures("patient")
def test_a_late_direct_commit_does_not_beat_a_change_of_mind(
    driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy
):
    redis_proxy.refuse()
    with postgres_proxy.holding(b"COMMIT", End.CUT) as fault:
        with pytest.raises(UnknownError):
            driver.vote("ann", 0)
        redis_proxy.recover()
        assert driver.vote("ann", 1).position is not None
        fault.deliver()
    assert driver.totals == [1, 0]
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


# Neither answers: unknown, and the repeat with the receipt -----------------------------------------------------------


@pytest.mark.parametrize("arrives", [True, False], ids=["cast arrives", "cast is lost"])
def test_what_no_store_answered_is_unknown_and_may_be_repeated(
    driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy, client: Client, *, arrives: bool
):
    """The repeat is received."""
    client.get(driver.poll.get_absolute_url())
    postgres_proxy.refuse()
    with redis_proxy.holding(CAST, End.CUT) as fault:
        answer = post(client, driver, choice=driver.choices[1])
        if arrives:
            fault.deliver()
    assert (answer.status_code, answer.json()["status"]) == (503, "unknown")
    receipt = receipt_of(client)
    assert receipt.status == "unknown"
    postgres_proxy.recover()
    for _ in range(2):
        repeat = post(client, driver, receipt=receipt.signed())
        assert (repeat.status_code, repeat.json()["status"]) == (202, "received")
    assert receipt_of(client).cast.cast_id == receipt.cast.cast_id
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


@pytest.mark.parametrize("redis_is_back", [True, False])
@pytest.mark.parametrize("arrives", [True, False], ids=["COMMIT arrives", "COMMIT is lost"])
def test_an_unanswered_commit_is_unknown_and_safe_to_repeat(
    driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy, client: Client, *, arrives: bool, redis_is_back: bool
):
    client.get(driver.poll.get_absolute_url())
    redis_proxy.refuse()
    with postgres_proxy.holding(b"COMMIT", End.CUT) as fault:
        answer = post(client, driver, choice=driver.choices[1])
        if arrives:
            fault.deliver()
    assert (answer.status_code, answer.json()["status"]) == (503, "unknown")
    receipt = receipt_of(client)
    if redis_is_back:
        redis_proxy.recover()
    for _ in range(2):
        repeat = post(client, driver, receipt=receipt.signed())
        expected = (202, "received") if redis_is_back else (200, "counted")
        assert (repeat.status_code, repeat.json()["status"]) == expected
    redis_proxy.recover()
    work()
    assert (driver.totals, driver.tally.voters, waiting()) == ([0, 1], 1, 0)
    audit(driver)


@pytest.mark.usefixtures("patient")
def test_a_poll_that_closes_over_a_cast_denies_nothing(driver: PollDriver, redis_proxy: Proxy, client: Client):
    """Postgres refuses already, and the box does not yet: a 409 would deny a vote that counts in the end."""
    client.get(driver.poll.get_absolute_url())
    with redis_proxy.holding(CAST) as fault:
        voter = BackgroundCall(lambda: post(client, driver, choice=driver.choices[1]))
        fault.wait()
        with redis_proxy.holding(SEAL, End.CUT):
            transitions.seal(driver.poll.pk)
        fault.hang_up()
        answer = voter.join()
        fault.deliver()
    assert (driver.tally.state, waiting()) == (State.SEALING, 1)
    assert (answer.status_code, answer.json()["status"]) == (503, "unknown")
    receipt = receipt_of(client).signed()
    finish(driver)
    assert (driver.totals, waiting()) == ([0, 1], 0)
    repeat = post(client, driver, receipt=receipt)
    assert (repeat.status_code, repeat.json()["status"]) == (200, "counted")
    audit(driver)


@pytest.mark.parametrize("state", [State.SEALING, State.FINAL])
def test_a_receipt_is_never_refused_after_the_poll_has_closed(
    driver: PollDriver, redis: Redis, client: Client, state: State
):
    """Waiting in a sealed box, it is counted once the box is; lost, it is said to be lost, but not before `final`."""
    client.get(driver.poll.get_absolute_url())
    kept = post(client, driver, choice=driver.choices[1]).json()["receipt"]
    transitions.seal(driver.poll.pk)
    assert post(client, driver, receipt=kept).json()["status"] == "unknown"
    if state == State.FINAL:
        finish(driver)
        repeat = post(client, driver, receipt=kept)
        assert (repeat.status_code, repeat.json()["status"]) == (200, "counted")
    else:
        redis.flushdb()
        assert post(client, driver, receipt=kept).json()["status"] == "unknown"
        finish(driver)
        repeat = post(client, driver, receipt=kept)
        assert (repeat.status_code, repeat.json()["status"]) == (410, "lost")
    audit(driver)


def test_a_receipt_of_before_a_reopening_is_counted(driver: PollDriver, client: Client):
    """Though the poll closes again."""
    client.get(driver.poll.get_absolute_url())
    kept = post(client, driver, choice=driver.choices[1]).json()["receipt"]
    finish(driver)
    transitions.open_poll(driver.poll.pk)
    transitions.seal(driver.poll.pk)
    repeat = post(client, driver, receipt=kept)
    assert (repeat.status_code, repeat.json()["status"]) == (200, "counted")


def test_a_receipt_whose_commit_is_on_its_way_is_not_lost(
    driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy
):
    accepted = driver.vote("ann", 1)
    ballot = Submission("ann", accepted.cast.cast_id, accepted.cast.selections, 1)
    with postgres_proxy.holding(b"COMMIT", End.CUT) as fault:
        worker = BackgroundCall(lambda: jobs.tally_poll(driver.poll.pk))
        fault.wait()
        # `sealing` can't be written while the lock is held: the host's seal, too, waits for that COMMIT.
        asked = BackgroundCall(lambda: casting.settle(driver.definition, ballot))
        eventually(lambda: parts.waiting_for_a_lock() >= 1)
        fault.deliver()
        assert asked.join().position is None
        worker.join()
    audit(driver)


def test_a_receipt_of_an_unfinished_commit_is_unknown(driver: PollDriver, redis_proxy: Proxy, postgres_proxy: Proxy):
    """The lock is not to be had: a plain read would find no ballot, and call the vote lost."""
    accepted = driver.vote("ann", 1)
    Tally.objects.update(state=State.FINAL)
    ballot = Submission("ann", accepted.cast.cast_id, accepted.cast.selections, 1)
    with parts.locked(driver), pytest.raises(UnknownError):
        casting.settle(driver.definition, ballot)
    with pytest.raises(LostError):
        casting.settle(driver.definition, ballot)


# Who is later --------------------------------------------------------------------------------------------------------


def test_a_repeat_keeps_its_cast_id_and_beats_no_newer_choice(driver: PollDriver, redis: Redis):
    older = driver.vote("ann", 0)
    redis.flushdb()
    driver.vote("ann", 1)
    for _ in range(2):
        casting.cast_again(driver.definition, Submission("ann", older.cast.cast_id, older.cast.selections, 1))
        work()
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)
    audit(driver)


def test_a_service_that_hung_does_not_beat_a_newer_choice(driver: PollDriver, client: Client):
    """The stamp is the moment of the press, not the moment when the web service got round to it."""
    page = client.get(driver.poll.get_absolute_url()).context["page"]
    fields = {"page": page, "pressed": 0}
    voter = client.cookies["voter"].value
    elsewhere = Client()
    elsewhere.cookies["voter"] = voter
    assert post(elsewhere, driver, choice=driver.choices[1]).status_code == 202
    work()
    # What the voter had pressed first gets to a worker of the web service only now.
    assert post(client, driver, choice=driver.choices[0], **fields).status_code == 202
    work()
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)
    audit(driver)


def test_a_slow_clock_gives_the_newer_choice_the_greater_id(driver: PollDriver, client: Client):
    page = client.get(driver.poll.get_absolute_url()).context["page"]
    assert post(client, driver, choice=driver.choices[0]).status_code == 202
    first = receipt_of(client).cast.cast_id
    assert post(client, driver, choice=driver.choices[1], page=page, pressed=0).status_code == 202
    assert receipt_of(client).cast.cast_id > first
    work()
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)


def test_a_stamp_of_the_future_is_not_taken(driver: PollDriver, client: Client):
    page = client.get(driver.poll.get_absolute_url()).context["page"]
    assert post(client, driver, choice=driver.choices[0], page=page, pressed=3_600_000).status_code == 202
    assert receipt_of(client).cast.cast_id < new_cast_id()


def test_a_rotated_secret_key_makes_no_second_voter(driver: PollDriver, client: Client, settings: Any):
    client.get(driver.poll.get_absolute_url())
    assert post(client, driver, choice=driver.choices[0]).status_code == 202
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of fifty characters, or a few more of them"
    assert post(client, driver, choice=driver.choices[1]).status_code == 202
    work()
    assert (driver.totals, driver.tally.voters) == ([0, 1], 1)

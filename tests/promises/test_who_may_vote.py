"""Who may vote: a code or an account is one voter, in whatever browser, and with either store down."""

import pytest

from polls.box import definitions
from polls.electorate import codes
from polls.electorate.codes import Code
from polls.lifecycle import codes as giving
from polls.models import Ballot, WhoMayVote
from polls.voting import voters, wrong_codes
from tests.own_redis import OwnRedis
from tests.polls.code_holders import electorate_of, enter, give_out, holder, vote
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, waiting
from tests.promises.parts import audit, finish, work
from tests.store_fixtures import Postgres


@pytest.fixture
def coded() -> PollDriver:
    """The vote service of an open poll that needs a code."""
    return PollDriver(make_poll("with-codes", "Yes", "No", who_may_vote=WhoMayVote.CODES))


# Codes ---------------------------------------------------------------------------------------------------------------


def test_without_a_code_there_is_no_ballot_and_no_vote(coded: PollDriver):
    browser = Client()
    page = browser.get(coded.poll.get_absolute_url()).content.decode()
    assert ('name="code"' in page, 'name="choice"' in page) == (True, False)
    assert vote(browser, coded) == (403, "not_entitled")
    assert waiting() == 0


def test_one_code_in_two_browsers_is_one_ballot(coded: PollDriver):
    code, other = give_out(coded, 2)
    first, second, third = holder(coded, code), holder(coded, code), holder(coded, other)
    assert [vote(first, coded, 0), vote(third, coded, 0), vote(second, coded, 1)] == [(202, "received")] * 3
    coded.count()
    assert (coded.totals, coded.tally.voters) == ([1, 1], 2)
    vote(first, coded, 0)
    coded.count()
    assert (coded.totals, Ballot.objects.count()) == ([2, 0], 2)
    finish(coded)
    audit(coded)


def test_votes_with_codes_go_on_without_postgres(coded: PollDriver, postgres: Postgres):
    """Codes too are entered, and a revoked one is refused."""
    early, late, revoked = give_out(coded, 3)
    before = holder(coded, early)
    giving.revoke(electorate_of(coded), 3)
    postgres.stop()
    after = holder(coded, late)
    assert [vote(before, coded, 0), vote(after, coded, 1)] == [(202, "received")] * 2
    assert enter(Client(), coded, revoked).json()["status"] == "revoked"
    assert enter(Client(), coded, "7K4Q-2MXH-9T3C").json()["status"] == "wrong_code"
    postgres.start()
    work()
    assert coded.totals == [1, 1]
    finish(coded)
    audit(coded)


def test_votes_with_codes_go_on_without_redis(coded: PollDriver, own_redis: OwnRedis):
    """Codes too are entered, and one that is revoked meanwhile is refused."""
    early, late, revoked = give_out(coded, 3)
    before, out = holder(coded, early), holder(coded, revoked)
    own_redis.stop()
    after = holder(coded, late)
    giving.revoke(electorate_of(coded), 3)
    assert [vote(before, coded, 0), vote(after, coded, 1)] == [(200, "counted")] * 2
    assert vote(out, coded) == (403, "revoked")
    assert coded.totals == [1, 1]
    own_redis.start()
    finish(coded)
    audit(coded)


def test_a_revoked_code_is_refused_and_its_ballot_is_set_aside(coded: PollDriver):
    lost, kept = give_out(coded, 2)
    browser, other = holder(coded, lost), holder(coded, kept)
    vote(browser, coded, 0)
    vote(other, coded, 1)
    coded.count()
    giving.revoke(electorate_of(coded), 1)
    assert (coded.totals, coded.tally.voters) == ([0, 1], 1)
    assert vote(browser, coded, 0) == (403, "revoked")
    assert enter(Client(), coded, lost).json()["status"] == "revoked"
    page = browser.get(coded.poll.get_absolute_url())
    assert (page.status_code, b'name="code"' in page.content, b'name="choice"' in page.content) == (403, True, False)
    finish(coded)
    assert coded.totals == [0, 1]


def test_a_vote_on_its_way_of_a_revoked_code_counts_nowhere(coded: PollDriver):
    (code,) = give_out(coded)
    browser = holder(coded, code)
    assert vote(browser, coded) == (202, "received")
    giving.revoke(electorate_of(coded), 1)
    coded.count()
    assert (coded.totals, coded.tally.voters, Ballot.objects.get().is_set_aside) == ([0, 0], 0, True)


def test_a_replaced_code_takes_over_the_ballot_of_the_old_one(coded: PollDriver):
    (old,) = give_out(coded)
    finder = holder(coded, old)
    vote(finder, coded, 0)
    coded.count()
    new = giving.replace(electorate_of(coded), 1)
    assert (new != old, vote(finder, coded, 0), coded.totals) == (True, (403, "revoked"), [1, 0])
    owner = holder(coded, new)
    assert vote(owner, coded, 1) == (202, "received")
    coded.count()
    assert (coded.totals, coded.tally.voters) == ([0, 1], 1)
    finish(coded)
    audit(coded)


def test_a_code_that_is_revoked_and_replaced_counts_again(coded: PollDriver):
    (old,) = give_out(coded)
    vote(holder(coded, old), coded, 0)
    coded.count()
    electorate = electorate_of(coded)
    giving.revoke(electorate, 1)
    giving.revoke(electorate, 1)
    new = giving.replace(electorate, 1)
    assert (coded.totals, vote(holder(coded, new), coded, 1)[0]) == ([1, 0], 202)
    assert enter(Client(), coded, old).json()["status"] == "revoked"


def test_a_service_that_knows_an_older_definition_is_told(coded: PollDriver, postgres: Postgres):
    """It takes a replaced code, and refuses a revoked one without Postgres: the box tells it."""
    give_out(coded, 2)
    old = coded.definition
    browser = holder(coded, codes.written(electorate_of(coded), Code(2, 0)))
    new = giving.replace(electorate_of(coded), 1)
    giving.revoke(electorate_of(coded), 2)
    postgres.stop()
    definitions.cache.keep(old)
    assert vote(holder(coded, new), coded) == (202, "received")
    definitions.cache.keep(old)
    assert vote(browser, coded) == (403, "revoked")


def test_guesses_are_throttled_for_each_browser(coded: PollDriver):
    (code,) = give_out(coded)
    browser = Client()
    found = [enter(browser, coded, f"7K4Q2MXH9T{number}").status_code for number in range(10, 21)]
    assert found == [403] * wrong_codes.MOST_OF_BROWSER + [429]
    refused = enter(browser, coded, code)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert enter(Client(), coded, code).status_code == 200  # others of that network are not kept out


@pytest.mark.parametrize("has_redis", [True, False])
def test_guesses_are_throttled_for_each_network(coded: PollDriver, own_redis: OwnRedis, has_redis: bool):
    """A browser that drops its cookies is a new one each time; each guess costs it a page."""
    (code,) = give_out(coded)
    if not has_redis:
        own_redis.stop()
    address = {"REMOTE_ADDR": f"203.0.113.{int(has_redis)}"}
    for _ in range(wrong_codes.MOST_OF_NETWORK):
        assert enter(Client(**address), coded, "7K4Q2MXH9T3C").status_code == 403
    assert enter(Client(**address), coded, code).status_code == 429
    assert enter(Client(REMOTE_ADDR="198.51.100.9"), coded, code).status_code == 200


def test_a_guess_costs_a_page(coded: PollDriver):
    (code,) = give_out(coded)
    answer = Client().post(f"{coded.poll.get_absolute_url()}code/", {"code": code, "page": ""}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (403, "no_page")


def test_what_is_stored_says_nothing_of_codes(coded: PollDriver):
    """Neither a code nor, without the secret key, which ballot is that of which number."""
    (code,) = give_out(coded)
    vote(holder(coded, code), coded)
    coded.count()
    salt = bytes(coded.poll.voter_salt).hex()
    stored = Ballot.objects.get().voter_key
    guesses = {voters.key(text, salt) for text in ("1", "0", code, codes.grouped(code), "poll:1:1", f"{electorate_of(coded)}:1")}
    assert stored not in guesses
    assert stored == voters.key(electorate_of(coded).voter_id(1), salt)

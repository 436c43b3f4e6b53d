"""Entitlement: a code or an account is one voter, in whatever browser, and with either store down."""

import pytest
from django.contrib.auth.models import User

from core.web import hidden_fields
from polls.box import definitions
from polls.counting.audit import compare
from polls.electorate import codes
from polls.electorate.codes import Code
from polls.events import agendas
from polls.lifecycle import codes as giving
from polls.lifecycle import events, transitions
from polls.models import Ballot, Event, WhoMayVote
from polls.voting import voters, wrong_codes
from tests.own_redis import OwnRedis
from tests.polls.code_holders import electorate_of, enter, give_out, holder, vote
from tests.polls.conftest import make_event, make_poll
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


def test_a_ticket_of_one_poll_is_good_in_no_other(coded: PollDriver):
    """Though whoever holds it sends it there: this client does, as it knows no paths of cookies."""
    (code,) = give_out(coded)
    browser = holder(coded, code)
    other = PollDriver(make_poll("other", "Yes", "No", who_may_vote=WhoMayVote.CODES))
    give_out(other)
    assert vote(browser, other) == (403, "not_entitled")
    assert enter(browser, other, code).json()["status"] == "wrong_code"
    assert (vote(browser, coded), waiting()) == ((202, "received"), 1)


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
    assert compare(coded.poll.pk).differences == ()


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
    assert compare(coded.poll.pk).differences == ()


def test_without_redis_a_service_asks_whether_a_code_is_good(
    coded: PollDriver, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
):
    """No box tells it then, and what it has kept is old."""
    (code,) = give_out(coded)
    browser = holder(coded, code)
    old = coded.definition
    own_redis.stop()
    giving.revoke(electorate_of(coded), 1)
    monkeypatch.setattr(definitions, "FRESH_FOR", 0.0)
    definitions.cache.keep(old)
    assert (vote(browser, coded), coded.tally.voters) == ((403, "revoked"), 0)


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


def test_a_network_that_is_put_back_brings_no_revoked_ballot(coded: PollDriver):
    for code in give_out(coded, 3):
        vote(holder(coded, code), coded)
    coded.count()
    giving.revoke(electorate_of(coded), 1)
    (network,) = set(Ballot.objects.values_list("network", flat=True))
    assert (transitions.set_aside(coded.poll.pk, network), coded.totals) == (2, [0, 0])
    assert (transitions.put_back(coded.poll.pk, network), coded.totals, coded.tally.voters) == (2, [2, 0], 2)
    finish(coded)
    assert compare(coded.poll.pk).differences == ()


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
    """The box tells it without Postgres: it takes a replaced code, and refuses a revoked one."""
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
    answer = Client().post(
        f"{coded.poll.get_absolute_url()}code/", {"code": code, "page": ""}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["status"]) == (403, "no_page")


def test_what_is_stored_says_nothing_of_codes(coded: PollDriver):
    """Neither a code nor, without the secret key, which ballot is that of which number."""
    (code,) = give_out(coded)
    vote(holder(coded, code), coded)
    coded.count()
    salt = bytes(coded.poll.voter_salt).hex()
    stored = Ballot.objects.get().voter_key
    guesses = {
        voters.key(text, salt)
        for text in ("1", "0", code, codes.grouped(code), "poll:1:1", f"{electorate_of(coded)}:1")
    }
    assert stored not in guesses
    assert stored == voters.key(electorate_of(coded).voter_id(1), salt)


# Codes of an event ---------------------------------------------------------------------------------------------------


@pytest.fixture
def evening() -> tuple[Event, PollDriver, PollDriver]:
    """An event whose polls share codes: two open ones."""
    drivers = [PollDriver(make_poll(slug, "Yes", "No", opened=False)) for slug in ("first", "second")]
    event = make_event("evening", *(driver.poll for driver in drivers))
    events.set_rules(event.pk, who_may_vote=WhoMayVote.CODES)
    for driver in drivers:
        transitions.open_poll(driver.poll.pk)
    event.refresh_from_db()
    return event, drivers[0], drivers[1]


Evening = tuple[Event, PollDriver, PollDriver]


def test_one_code_is_good_in_all_polls_of_an_event(evening: Evening, postgres: Postgres):
    """Typed once, on the page of any of them, with Postgres down too."""
    _event, first, second = evening
    code, other = give_out(first, 2)
    one, two = holder(first, code), holder(second, other)
    postgres.stop()
    assert [vote(browser, driver)[0] for browser in (one, two) for driver in (first, second)] == [202] * 4
    late = holder(second, code)
    assert vote(late, first, 1)[0] == 202
    postgres.start()
    work()
    assert (first.totals, second.totals) == ([1, 1], [2, 0])


def test_a_revoked_code_of_an_event_is_refused_in_all_its_polls(evening: Evening):
    _event, first, second = evening
    code, kept = give_out(first, 2)
    browser, other = holder(first, code), holder(first, kept)
    for driver in (first, second):
        vote(browser, driver)
        vote(other, driver, 1)
        driver.count()
    finish(first)
    giving.revoke(electorate_of(first), 1)
    assert (first.totals, second.totals) == ([1, 1], [0, 1])  # what is final stays
    assert vote(browser, second) == (403, "revoked")
    new = giving.replace(electorate_of(first), 1)
    assert (vote(holder(second, new), second, 1)[0], second.totals) == (202, [1, 1])
    finish(second)
    audit(second)


def test_a_code_of_an_event_is_typed_while_no_poll_is_on(evening: Evening):
    """Its page asks for it, and leads whoever has scanned one to the poll without a fragment of its own."""
    event, first, second = evening
    (code,) = give_out(first)
    browser = Client()
    fields = hidden_fields.of(shown := browser.get("/e/evening/").content.decode())
    assert 'name="code"' in shown
    assert browser.post("/e/evening/code/", {**fields, "code": "7K4Q-2MXH-9T3C"}).status_code == 403
    assert browser.post("/e/evening/code/", {**fields, "code": code})["Location"] == "/e/evening/"
    assert 'name="code"' not in browser.get("/e/evening/").content.decode()
    assert vote(browser, second)[0] == 202
    events.put_on(event.pk, second.poll.pk)
    agendas.cache.clear()
    assert Client().get("/e/evening/")["Location"] == "/p/second/"
    assert browser.get("/e/evening/")["Location"].startswith("/p/second/#follow=")
    late = Client()
    fields = hidden_fields.of(late.get("/p/first/").content.decode())
    # The host has gone on while it was typed on the page of the first poll.
    assert late.post("/p/first/code/", {**fields, "code": code})["Location"] == "/e/evening/"


def test_what_was_opened_keeps_its_voters_until_the_next_round(coded: PollDriver):
    event = make_event("evening", coded.poll)
    own = electorate_of(coded)
    (code,) = give_out(coded)
    events.set_rules(event.pk, who_may_vote=WhoMayVote.CODES)
    assert (electorate_of(coded), vote(holder(coded, code), coded)[0]) == (own, 202)
    transitions.reset(coded.poll.pk)
    assert electorate_of(coded).scope == f"event:{event.pk}"
    assert enter(Client(), coded, code).json()["status"] == "wrong_code"
    transitions.seal(coded.poll.pk)
    finish(coded)
    events.take_out(event.pk, coded.poll.pk)
    assert electorate_of(coded).scope == own.scope


# Accounts ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def members() -> PollDriver:
    """The vote service of an open poll for people with an account."""
    return PollDriver(make_poll("members", "Yes", "No", who_may_vote=WhoMayVote.ACCOUNTS))


def signed_in(name: str) -> Client:
    """Return a browser in which this user is signed in."""
    browser = Client()
    browser.force_login(User.objects.get_or_create(username=name)[0])
    return browser


def test_without_an_account_there_is_no_ballot(members: PollDriver):
    browser = Client()
    page = browser.get(members.poll.get_absolute_url()).content.decode()
    assert ("/accounts/login/?next=/p/members/" in page, 'name="choice"' in page) == (True, False)
    assert vote(browser, members) == (403, "not_entitled")


def test_one_account_in_two_browsers_is_one_ballot(members: PollDriver):
    first, second, other = signed_in("ann"), signed_in("ann"), signed_in("bob")
    assert [vote(first, members, 0), vote(other, members, 0), vote(second, members, 1)] == [(202, "received")] * 3
    members.count()
    assert (members.totals, members.tally.voters) == ([1, 1], 2)
    finish(members)
    audit(members)


def test_who_was_let_in_votes_on_without_postgres(members: PollDriver, postgres: Postgres):
    """Others have to wait, since nobody knows them."""
    let_in, late = signed_in("ann"), signed_in("bob")
    let_in.get(members.poll.get_absolute_url())
    postgres.stop()
    assert vote(let_in, members) == (202, "received")
    assert 'name="choice"' in let_in.get(members.poll.get_absolute_url()).content.decode()
    assert vote(late, members) == (403, "not_entitled")
    postgres.start()
    work()
    assert members.totals == [1, 0]


def test_accounts_vote_on_without_redis(members: PollDriver, own_redis: OwnRedis):
    browser = signed_in("ann")
    own_redis.stop()
    assert vote(browser, members) == (200, "counted")
    assert members.totals == [1, 0]


def test_signing_out_ends_the_right_to_vote(members: PollDriver):
    """And whoever signs in next on the same phone is another voter, who does not see what was voted before."""
    browser = signed_in("ann")
    vote(browser, members, 0)
    browser.post("/accounts/logout/")
    assert vote(browser, members) == (403, "not_entitled")
    browser.force_login(User.objects.create_user("bob"))
    page = browser.get(members.poll.get_absolute_url()).content.decode()
    assert ("data-voted" in page, vote(browser, members, 1)[0]) == (False, 202)
    members.count()
    assert members.totals == [1, 1]


def test_a_session_that_was_ended_elsewhere_votes_no_more(members: PollDriver):
    """Once its page is loaded: until then the ticket is good, as it has to be without Postgres."""
    browser = signed_in("ann")
    vote(browser, members)
    User.objects.filter(username="ann").update(is_active=False)
    assert 'name="choice"' not in browser.get(members.poll.get_absolute_url()).content.decode()
    assert vote(browser, members) == (403, "not_entitled")

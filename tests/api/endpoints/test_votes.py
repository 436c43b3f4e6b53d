"""Votes by the API: a ballot costs a page, one voter has one ballot, and the way is that of all votes."""

import pytest

from polls.kinds import OPEN_LIST
from polls.lifecycle import codes as giving
from polls.lifecycle import events, transitions
from polls.models import Ballot, Choice, Poll, WhoMayVote
from tests.api.conftest import Program, close, word
from tests.polls.code_holders import electorate_of, give_out
from tests.polls.conftest import make_event, make_poll
from tests.polls.poll_driver import PollDriver
from tests.polls.voting.solving import solved


@pytest.fixture
def coded() -> PollDriver:
    """An open poll that needs a code."""
    return PollDriver(make_poll("coded", "Yes", "No", who_may_vote=WhoMayVote.CODES))


def test_a_vote_is_received_and_counted(anybody: Program, poll: Poll, driver: PollDriver):
    cats = driver.choices[0]
    _, answer = anybody.vote(poll.slug, cats)
    receipt = answer.json()["receipt"]
    before = anybody.get(f"/polls/{poll.slug}/votes/status", Receipt=receipt).json()
    driver.count()
    after = anybody.get(f"/polls/{poll.slug}/votes/status", Receipt=receipt).json()
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert (before["status"], after["status"], after["selections"]) == ("received", "counted", [cats])
    assert anybody.get(f"/polls/{poll.slug}/results").json()["voters"] == 1


def test_the_last_vote_of_a_voter_counts(anybody: Program, poll: Poll, driver: PollDriver):
    cats, dogs = driver.choices
    voter, _ = anybody.vote(poll.slug, cats)
    anybody.vote(poll.slug, dogs, voter=voter)
    anybody.vote(poll.slug, cats)
    driver.count()
    assert sorted(Ballot.objects.values_list("selections", flat=True)) == [[cats], [dogs]]


def test_a_vote_costs_a_paper_of_its_voter(anybody: Program, poll: Poll, driver: PollDriver):
    mine = anybody.get(f"/polls/{poll.slug}/ballot").json()
    other = anybody.get(f"/polls/{poll.slug}/ballot").json()
    sent = {"voter": mine["voter"], "page": other["page"], "selections": [driver.choices[0]]}
    forged = {"voter": "x" + mine["voter"], "page": mine["page"], "selections": [driver.choices[0]]}
    assert word(anybody.post(f"/polls/{poll.slug}/votes", sent)) == (403, "no_page")
    assert word(anybody.post(f"/polls/{poll.slug}/votes", forged)) == (403, "no_page")
    driver.count()
    assert Ballot.objects.count() == 0


def test_a_poll_with_codes_takes_nothing_without_a_code(anybody: Program, coded: PollDriver):
    """An entry must not come without its vote."""
    make_poll("ideas", kind=OPEN_LIST, max_choices=50, who_may_vote=WhoMayVote.CODES)
    paper = anybody.get("/polls/ideas/ballot").json()
    sent = {"voter": paper["voter"], "page": paper["page"], "text": "An idea"}
    assert word(anybody.vote("coded", coded.choices[0])[1]) == (403, "not_entitled")
    assert word(anybody.post("/polls/ideas/entries", sent)) == (403, "not_entitled")
    assert Choice.objects.filter(poll__slug="ideas").count() == 0
    assert (paper["poll"]["who_may_vote"], anybody.get("/polls/coded").json()["who_may_vote"]) == ("codes", "codes")


def test_one_code_shown_twice_is_one_ballot(anybody: Program, coded: PollDriver):
    code, other = give_out(coded, 2)
    yes, no = coded.choices
    tickets = [anybody.show("coded", each).json()["ticket"] for each in (code, code, other)]
    for ticket, choice in zip(tickets, (yes, no, no), strict=True):
        assert anybody.vote("coded", choice, ticket=ticket)[1].status_code == 202
    coded.count()
    assert (coded.totals, coded.tally.voters) == ([0, 2], 2)


def test_a_code_is_shown_and_used_with_one_paper(anybody: Program, coded: PollDriver):
    (code,) = give_out(coded)
    paper = anybody.get("/polls/coded/ballot").json()
    shown = anybody.post("/polls/coded/code", {"voter": paper["voter"], "page": paper["page"], "code": code}).json()
    sent = {"voter": paper["voter"], "selections": [coded.choices[0]], **shown}
    first = anybody.post("/polls/coded/votes", sent)
    again = anybody.post(
        "/polls/coded/votes/repeat",
        {"voter": paper["voter"], "ticket": shown["ticket"], "receipt": first.json()["receipt"]},
    )
    assert (first.status_code, again.json()["receipt_code"]) == (202, first.json()["receipt_code"])
    assert word(anybody.post("/polls/coded/votes", {**sent, "page": paper["page"]})) == (403, "no_page")
    coded.count()
    assert coded.totals == [1, 0]


def test_wrong_and_revoked_codes_let_nobody_in(anybody: Program, coded: PollDriver, poll: Poll):
    (code,) = give_out(coded)
    ticket = anybody.show("coded", code).json()["ticket"]
    assert word(anybody.show("coded", "7777-7777-7777")) == (403, "wrong_code")
    assert word(anybody.show(poll.slug, code)) == (409, "not_possible")
    assert word(anybody.vote("coded", coded.choices[0], ticket="x" + ticket)[1]) == (403, "not_entitled")
    giving.revoke(electorate_of(coded), 1)
    assert word(anybody.vote("coded", coded.choices[0], ticket=ticket)[1]) == (403, "revoked")
    assert word(anybody.show("coded", code)) == (403, "revoked")


def test_wrong_codes_are_counted(anybody: Program, coded: PollDriver):
    (code,) = give_out(coded)
    paper = anybody.get("/polls/coded/ballot").json()
    sent = {"voter": paper["voter"], "page": paper["page"], "code": "7777-7777-7777"}
    while (answer := anybody.post("/polls/coded/code", sent)).status_code == 403:
        pass
    assert word(answer) == (429, "too_many")
    assert int(answer["Retry-After"]) > 0
    assert anybody.show("coded", code).status_code == 200


def test_the_ticket_of_an_event_is_good_in_each_of_its_polls(anybody: Program):
    polls = [PollDriver(make_poll(slug, "Yes", "No", opened=False)) for slug in ("first", "second")]
    event = make_event("talk", *(each.poll for each in polls))
    events.set_rules(event.pk, who_may_vote=WhoMayVote.CODES)
    for each in polls:
        transitions.open_poll(each.poll.pk)
    ticket = anybody.show("first", *give_out(polls[0])).json()["ticket"]
    for each in polls:
        assert anybody.vote(each.poll.slug, each.choices[0], ticket=ticket)[1].status_code == 202


def test_a_vote_that_is_slowed_is_taken_with_its_work(anybody: Program):
    driver = PollDriver(make_poll("slowed", "Yes", "No", slow_down_after=1))
    yes = driver.choices[0]
    assert anybody.vote("slowed", yes)[1].status_code == 202
    voter, refused = anybody.vote("slowed", yes)
    assert word(refused) == (429, "slowed")
    assert anybody.vote("slowed", yes, voter=voter, work=solved(refused.json()["work"]))[1].status_code == 202
    assert word(anybody.vote("slowed", yes, work=solved(refused.json()["work"]))[1]) == (429, "slowed")
    driver.count()
    assert driver.totals == [2, 0]


def test_a_vote_is_taken_back_with_its_receipt(anybody: Program):
    driver = PollDriver(make_poll("several", "A", "B", max_choices=2))
    voter, first = anybody.vote("several", driver.choices[0])
    assert word(anybody.vote("several", voter=voter)[1]) == (400, "bad_choice")
    anybody.vote("several", voter=voter, previous=first.json()["receipt"])
    driver.count()
    assert list(Ballot.objects.values_list("selections", flat=True)) == [[]]


def test_a_repeat_never_counts_twice(anybody: Program, poll: Poll, driver: PollDriver):
    voter, first = anybody.vote(poll.slug, driver.choices[0])
    sent = {"voter": voter, "receipt": first.json()["receipt"]}
    again = anybody.post(f"/polls/{poll.slug}/votes/repeat", sent)
    driver.count()
    assert again.json()["receipt_code"] == first.json()["receipt_code"]
    assert anybody.get(f"/polls/{poll.slug}/results").json()["voters"] == 1
    assert word(anybody.post(f"/polls/{poll.slug}/votes/repeat", {**sent, "receipt": "x"})) == (400, "bad_choice")
    assert word(anybody.get(f"/polls/{poll.slug}/votes/status", Receipt="x")) == (404, "not_found")


def test_a_first_vote_that_stands_is_given_back(anybody: Program, strict: PollDriver):
    yes, no = strict.choices
    voter, _ = anybody.vote("for-good", yes)
    strict.count()
    _, refused = anybody.vote("for-good", no, voter=voter)
    assert word(refused) == (409, "already_voted")
    told = anybody.get("/polls/for-good/votes/status", Receipt=refused.json()["receipt"]).json()
    assert told["selections"] == [yes]


def test_a_closed_poll_refuses(anybody: Program, poll: Poll, driver: PollDriver):
    paper = anybody.get(f"/polls/{poll.slug}/ballot").json()
    close(poll)
    sent = {"voter": paper["voter"], "page": paper["page"], "selections": [driver.choices[0]]}
    assert word(anybody.post(f"/polls/{poll.slug}/votes", sent)) == (409, "closed")


def test_who_has_voted_sees_what_voters_see(anybody: Program):
    driver = PollDriver(make_poll("shy", "A", "B", result_rule="after_vote"))
    _, vote = anybody.vote("shy", driver.choices[0])
    driver.count()
    path = "/polls/shy/results"
    hidden, shown = anybody.get(path).json(), anybody.get(path, Results_Pass=vote.json()["results_pass"]).json()
    assert [choice["votes"] for choice in hidden["choices"]] == [None, None]
    assert [choice["votes"] for choice in shown["choices"]] == [1, 0]


def test_an_entry_is_written_and_picked(ada: Program, anybody: Program):
    slug = ada.post("/host/polls", {"question": "Ideas?", "kind": "open-list"}).json()["slug"]
    ada.act(slug, "open")
    paper = anybody.get(f"/polls/{slug}/ballot").json()
    sent = {"voter": paper["voter"], "page": paper["page"], "text": "A bench"}
    written = anybody.post(f"/polls/{slug}/entries", sent)
    assert written.status_code == 202
    choices = anybody.get(f"/polls/{slug}").json()["choices"]
    assert ([choice["text"] for choice in choices], written.json()["selections"]) == (
        ["A bench"],
        [choices[0]["id"]],
    )
    assert word(anybody.post(f"/polls/{slug}/entries", {**sent, "text": " "})) == (400, "bad_entry")


@pytest.mark.parametrize("kind", ["estimate", "rank", "scale"])
def test_a_ballot_of_each_kind_is_a_list_of_numbers(ada: Program, anybody: Program, kind: str):
    rows = {"rank": [{"text": "A"}, {"text": "B"}], "scale": [{"text": "It is fast"}]}.get(kind)
    made = ada.post("/host/polls", {"question": "Which?", "kind": kind, "choices": rows})
    assert made.status_code == 201, made.content
    slug, choices = made.json()["slug"], made.json()["choices"]
    ada.act(slug, "open")
    ids = [choice["id"] for choice in choices]
    selections = {"estimate": [42], "rank": ids[::-1], "scale": ids[2:3]}[kind]
    assert anybody.vote(slug, *selections)[1].status_code == 202
    PollDriver(Poll.objects.get(slug=slug)).count()
    assert Ballot.objects.get().selections == selections


def test_no_cookie_is_set_or_read(anybody: Program, poll: Poll, driver: PollDriver):
    _, answer = anybody.vote(poll.slug, driver.choices[0])
    assert list(answer.cookies) == []

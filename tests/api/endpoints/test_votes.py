"""Votes by the API: a ballot costs a page, one voter has one ballot, and the way is that of all votes."""

import pytest

from polls.kinds import OPEN_LIST
from polls.models import Ballot, Choice, Poll, WhoMayVote
from tests.api.conftest import Program, close, word
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import PollDriver


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


def test_a_poll_with_codes_takes_no_votes_and_no_entries(anybody: Program):
    """Nothing here shows a code, and an entry must not come without its vote."""
    coded = PollDriver(make_poll("coded", "Yes", "No", who_may_vote=WhoMayVote.CODES))
    make_poll("ideas", kind=OPEN_LIST, max_choices=50, who_may_vote=WhoMayVote.CODES)
    paper = anybody.get("/polls/ideas/ballot").json()
    sent = {"voter": paper["voter"], "page": paper["page"], "text": "An idea"}
    assert word(anybody.vote("coded", coded.choices[0])[1]) == (403, "not_entitled")
    assert word(anybody.post("/polls/ideas/entries", sent)) == (403, "not_entitled")
    assert Choice.objects.filter(poll__slug="ideas").count() == 0
    assert (paper["poll"]["who_may_vote"], anybody.get("/polls/coded").json()["who_may_vote"]) == ("codes", "codes")


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

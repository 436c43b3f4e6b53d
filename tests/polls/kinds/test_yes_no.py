"""Yes, no or abstain."""

from typing import Any

import pytest
from django.db import transaction
from django.utils.translation import override

from polls import kinds
from polls.counting import audit
from polls.kinds import YES_NO
from polls.lifecycle import transitions
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Choice
from polls.results import snapshots
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, post

KIND = kinds.of(YES_NO, 1, {})


@pytest.fixture
def asked(db: None) -> PollDriver:
    """An open poll of this kind."""
    return PollDriver(make_poll("lunch-now", "Yes", "No", "Abstain", kind=YES_NO))


def shown(driver: PollDriver) -> Any:
    return snapshots.seen(snapshots.snapshot(driver.poll.pk), counting=True, totals=True)


@pytest.mark.parametrize(
    ("votes", "shares"),
    [([3, 1, 4], [75, 25, None]), ([0, 0, 5], [0, 0, None]), ([0, 0, 0], [0, 0, None]), ([2, 1, 0], [67, 33, None])],
)
def test_shares_are_of_those_who_took_a_side(votes: list[int], shares: list[int | None]):
    assert KIND.percents(votes, sum(votes)) == shares


def test_it_votes_counts_and_audits(asked: PollDriver):
    for voter, choice in (("ann", 0), ("bob", 2), ("cid", 1), ("dan", 0)):
        asked.vote(voter, choice)
    asked.count()
    found = shown(asked)
    assert (asked.totals, found["voters"], found["base"], found["leaders"]) == ([2, 1, 1], 4, 3, [asked.choices[0]])
    assert audit.compare(asked.poll.pk).differences == ()


def test_one_choice_alone_can_be_sent(asked: PollDriver):
    """Whatever the poll's row says, and a program sends."""
    asked.poll.max_choices = 3
    asked.poll.save()
    with transaction.atomic():
        transitions.edited(asked.poll.pk)
    answer = post(Client(), asked, choice=asked.choices[:2])
    asked.count()
    assert (answer.status_code, asked.totals) == (400, [0, 0, 0])


@pytest.mark.parametrize(("language", "texts"), [("en", ["Yes", "No", "Abstain"]), ("es", ["Sí", "No", "Me abstengo"])])
def test_its_choices_are_in_the_hosts_language(language: str, texts: list[str]):
    with override(language):
        assert list(map(str, KIND.choices)) == texts


@pytest.mark.parametrize("left", [2, 4])
def test_its_choices_stay_three(db: None, left: int):
    poll = make_poll("tea", "Yes", "No", "Abstain", kind=YES_NO, opened=False)
    if left == 4:
        Choice.objects.create(poll=poll, position=3, text="Perhaps")
    else:
        poll.choices.filter(position=2).delete()
    with pytest.raises(NotPossibleError, match="has 3 choices: Yes, No, Abstain"), transaction.atomic():
        transitions.edited(poll.pk)


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ([0, 0, 1, 2], "In the lead: <b>Yes</b>, 2 of 3 votes"),
        ([0, 2], "In the lead: <b>Yes</b>, the only vote"),
        ([2, 2], "Only abstentions so far."),
    ],
    ids=["a lead", "one side taken", "abstentions"],
)
def test_the_result_says_who_leads_among_the_sides(
    asked: PollDriver, client: Client, choices: list[int], sentence: str
):
    for number, choice in enumerate(choices):
        asked.vote(f"voter {number}", choice)
    asked.count()
    page = client.get("/p/lunch-now/results/").content.decode()
    assert sentence in page
    assert "Shares are of those who said yes or no." in page


def test_a_poll_of_abstentions_ends_in_words(asked: PollDriver, client: Client):
    asked.vote("ann", 2)
    transitions.seal(asked.poll.pk)
    asked.count()
    assert "Everybody abstained." in client.get("/p/lunch-now/results/").content.decode()


def test_the_projector_has_the_abstentions_as_a_number(asked: PollDriver, client: Client):
    for voter, choice in (("ann", 0), ("bob", 2), ("cid", 2)):
        asked.vote(voter, choice)
    asked.count()
    page = client.get("/p/lunch-now/present/").content.decode()
    assert '<p class="percent">2</p>' in page
    assert page.count("<small>%</small></p>") == 2


def test_who_has_voted_sees_two_shares_and_no_third(asked: PollDriver, client: Client):
    post(client, asked, choice=asked.choices[2])
    asked.count()
    page = client.get("/p/lunch-now/").content.decode()
    assert page.count("<small>%</small>") == 2

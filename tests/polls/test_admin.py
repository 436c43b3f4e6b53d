"""The admin as a host uses it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from redis import Redis

from polls import ballot_box, casting, definitions, lifecycle, refusals, safety_net
from polls.casts import new_cast_id
from polls.models import Ballot, Poll, RoundResult, SetAside, State, Tally, Total
from tests.polls.conftest import make_poll
from tests.polls.voting import Booth

LIST = "/admin/polls/poll/"


def form(slug: str, *texts: str, present: list[int] | None = None, **fields: Any) -> dict[str, Any]:
    """The form of a poll as a browser sends it: the rows of the choices that there are, then the new ones."""
    ids = present or []
    sent = {
        "question": "Which?",
        "slug": slug,
        "max_choices": 1,
        "result_rule": "always",
        "choices-TOTAL_FORMS": len(texts),
        "choices-INITIAL_FORMS": len(ids),
    }
    for row, text in enumerate(texts):
        sent |= {f"choices-{row}-position": row, f"choices-{row}-text": text}
        if row < len(ids):
            sent |= {f"choices-{row}-id": ids[row], f"choices-{row}-poll": Poll.objects.get(slug=slug).pk}
    return sent | fields


def run(host: Client, action: str, *polls: Poll) -> str:
    """Run an action on these polls; what the page then says."""
    answer = host.post(LIST, {"action": action, "_selected_action": [poll.pk for poll in polls]}, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def history(poll: Poll) -> list[str]:
    """What the admin has written down of a poll, oldest first."""
    entries = LogEntry.objects.filter(object_id=str(poll.pk), content_type__model="poll").order_by("pk")
    return [entry.get_change_message() for entry in entries]


def test_a_host_adds_a_poll_with_its_choices(admin_client: Client):
    answer = admin_client.post(f"{LIST}add/", form("tea-or-coffee", "Tea", "Coffee"))
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    booth = Booth(Poll.objects.get(slug="tea-or-coffee"))
    assert list(booth.poll.choices.values_list("text", flat=True)) == ["Tea", "Coffee"]
    assert (booth.tally.state, booth.tally.choice_ids, booth.totals) == (State.DRAFT, booth.choices, [0, 0])


def test_a_poll_that_was_added_can_be_opened_and_voted_in(admin_client: Client, client: Client):
    admin_client.post(f"{LIST}add/", form("tea-or-coffee", "Tea", "Coffee"))
    booth = Booth(Poll.objects.get(slug="tea-or-coffee"))
    assert "tea-or-coffee was opened." in run(admin_client, "open_polls", booth.poll)
    assert client.post(booth.poll.get_absolute_url(), {"choice": booth.choices[1]}).status_code == 303
    booth.count()
    assert booth.totals == [0, 1]


def test_the_actions_lead_a_poll_through_its_life(admin_client: Client):
    booth = Booth(make_poll("new", "Yes", "No", opened=False))
    states = []
    for action in ("publish", "open_polls", "seal_polls"):
        run(admin_client, action, booth.poll)
        states.append(booth.tally.state)
    safety_net.sweep()
    run(admin_client, "reset_polls", booth.poll)
    assert [*states, booth.tally.state] == [State.SCHEDULED, State.OPEN, State.SEALING, State.OPEN]
    assert (booth.tally.round, RoundResult.objects.count()) == (2, 1)
    assert history(booth.poll) == ["Published.", "Opened.", "Closed.", "Reset."]


def test_an_action_that_is_not_possible_says_why_and_the_others_are_done(admin_client: Client, poll: Poll):
    new = make_poll("new", "Yes", "No", opened=False)
    said = run(admin_client, "seal_polls", poll, new)
    assert "cats-or-dogs was closed." in said
    assert "new: This poll was never opened." in said
    assert (history(poll), history(new)) == (["Closed."], [])


@pytest.mark.parametrize("page", [f"{LIST}add/", LIST])
def test_who_is_not_staff_is_sent_to_the_login(client: Client, page: str):
    answer = client.get(page)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={page}")


# Choices of an open poll ---------------------------------------------------------------------------------------------


def test_the_text_of_a_choice_of_an_open_poll_can_be_corrected(admin_client: Client, booth: Booth):
    sent = form(booth.poll.slug, "Lions", "Dogs", present=booth.choices)
    answer = admin_client.post(f"{LIST}{booth.poll.pk}/change/", sent)
    assert answer.status_code == 302
    assert list(booth.poll.choices.values_list("text", flat=True)) == ["Lions", "Dogs"]
    assert booth.definition.choices[0].text == "Lions"


def test_choices_of_an_open_poll_can_not_be_added(admin_client: Client, booth: Booth):
    sent = form(booth.poll.slug, "Cats", "Dogs", "Fish", present=booth.choices)
    admin_client.post(f"{LIST}{booth.poll.pk}/change/", sent)
    assert list(booth.poll.choices.values_list("pk", flat=True)) == booth.choices


def test_choices_of_an_open_poll_can_not_be_deleted(admin_client: Client, booth: Booth):
    sent = form(booth.poll.slug, "Cats", "Dogs", present=booth.choices) | {"choices-1-DELETE": "on"}
    admin_client.post(f"{LIST}{booth.poll.pk}/change/", sent)
    assert list(booth.poll.choices.values_list("pk", flat=True)) == booth.choices


def test_choices_of_a_draft_come_and_go(admin_client: Client):
    booth = Booth(make_poll("tea", "Yes", "No", opened=False))
    sent = form("tea", "Yes", "No", "Maybe", present=booth.choices) | {"choices-1-DELETE": "on"}
    assert admin_client.post(f"{LIST}{booth.poll.pk}/change/", sent).status_code == 302
    assert list(booth.poll.choices.values_list("text", flat=True)) == ["Yes", "Maybe"]
    assert Tally.objects.get(pk=booth.poll.pk).choice_ids == list(booth.poll.choices.values_list("pk", flat=True))
    assert Total.objects.filter(poll=booth.poll).count() == 2


# The machine's rows --------------------------------------------------------------------------------------------------


def test_ballots_can_be_looked_at_and_nothing_else(admin_client: Client, booth: Booth):
    booth.vote("ann", 1)
    booth.count()
    ballot = Ballot.objects.get()
    change = reverse("admin:polls_ballot_change", args=[ballot.pk])
    assert admin_client.get(change).status_code == 200
    before = Ballot.objects.values().get()
    refused = [
        admin_client.post(change, {"selections": [booth.choices[0]]}),
        admin_client.post(reverse("admin:polls_ballot_delete", args=[ballot.pk]), {"post": "yes"}),
        admin_client.get(reverse("admin:polls_ballot_add")),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    admin_client.post(
        "/admin/polls/ballot/", {"action": "delete_selected", "_selected_action": ballot.pk, "post": "yes"}
    )
    assert Ballot.objects.values().get() == before


OURS = [model for model in admin.site._registry if model._meta.app_label in ("polls", "counter")]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_list_can_be_seen(admin_client: Client, booth: Booth, model: Any):
    booth.vote("ann", 1)
    booth.count()
    names = model._meta.app_label, model._meta.model_name
    answer = admin_client.get(reverse("admin:{}_{}_changelist".format(*names)))
    assert answer.status_code == 200


def test_the_admin_shows_what_it_should():
    assert {model._meta.label for model in OURS} >= {"polls.Poll", "polls.Ballot", "polls.SetAside", "counter.Counter"}


@pytest.mark.parametrize("query", ["Which", "cats-or-dogs", "'\"%"])
def test_polls_can_be_searched(admin_client: Client, booth: Booth, query: str):
    assert admin_client.get(LIST, {"q": query}).status_code == 200


def test_a_ballot_is_searched_by_its_cast_id(admin_client: Client, booth: Booth):
    cast = booth.vote("ann", 1).cast
    booth.count()
    found = admin_client.get("/admin/polls/ballot/", {"q": str(cast.cast_id)})
    assert found.context["cl"].result_count == 1


def test_a_search_for_what_is_no_cast_id_finds_nothing(admin_client: Client, booth: Booth):
    booth.vote("ann", 1)
    booth.count()
    found = admin_client.get("/admin/polls/ballot/", {"q": "cats"})
    assert (found.status_code, found.context["cl"].result_count) == (200, 0)


def test_a_poll_without_votes_can_be_deleted(admin_client: Client, poll: Poll):
    answer = admin_client.post(f"{LIST}{poll.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, Poll.objects.count()) == (302, 0)


@pytest.fixture
def voted(booth: Booth) -> Booth:
    """A poll in its second round, with a ballot, a past round and a vote on its way."""
    booth.vote("ann", 1)
    booth.count()
    lifecycle.reset(booth.poll.pk)
    definitions.cache.clear()
    booth.vote("ann", 1)
    booth.count()
    booth.vote("bob", 1)
    return booth


DELETIONS: dict[str, Callable[[Poll], tuple[str, dict[str, Any]]]] = {
    "alone": lambda poll: (f"{LIST}{poll.pk}/delete/", {}),
    "in the list": lambda poll: (LIST, {"action": "delete_selected", "_selected_action": poll.pk}),
}


@pytest.mark.parametrize("way", DELETIONS)
def test_a_poll_is_deleted_with_all_its_votes(admin_client: Client, voted: Booth, redis: Redis, way: str):
    address, fields = DELETIONS[way](voted.poll)
    asked = admin_client.post(address, fields) if fields else admin_client.get(address)
    assert "ballots: 1" in " ".join(asked.content.decode().split()).lower()
    door = voted.definition
    assert admin_client.post(address, {**fields, "post": "yes"}).status_code == 302
    assert (Poll.objects.count(), Ballot.objects.count(), RoundResult.objects.count()) == (0, 0, 0)
    assert (redis.keys("votes:*:*"), redis.hgetall("votes:slugs"), ballot_box.boxes()) == ([], {}, [])
    with pytest.raises(refusals.NoSuchPollError):
        casting.cast(door, casting.Ballot("cid", new_cast_id(), (voted.choices[0],), None))
    safety_net.sweep()
    assert SetAside.objects.count() == 0

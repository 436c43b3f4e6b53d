"""The admin as a host uses it."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from redis import Redis

from polls.box import ballot_box, definitions
from polls.box.casts import new_cast_id
from polls.host.history import words
from polls.kinds import ESTIMATE
from polls.lifecycle import safety_net, transitions
from polls.models import Ballot, Poll, ResultRule, RoundResult, SetAside, State, Tally, Total
from polls.voting import casting, errors
from tests.polls.conftest import make_poll
from tests.polls.poll_driver import Client, PollDriver, post

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


def picked(action: str, *polls: Poll) -> dict[str, Any]:
    """Return the form that the list sends when an action is chosen for these polls."""
    return {"action": action, "_selected_action": [poll.pk for poll in polls]}


def run(host: Client, action: str, *polls: Poll, **more: str) -> str:
    """Run an action on these polls; what the page then says."""
    answer = host.post(LIST, picked(action, *polls) | more, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def history(poll: Poll) -> list[str]:
    """Return the admin's history of a poll, oldest first."""
    entries = LogEntry.objects.filter(object_id=str(poll.pk), content_type__model="poll").order_by("pk")
    return [words(entry) for entry in entries]


def test_a_host_adds_a_poll_with_its_choices(admin_client: Client):
    answer = admin_client.post(f"{LIST}add/", form("tea-or-coffee", "Tea", "Coffee"))
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    driver = PollDriver(Poll.objects.get(slug="tea-or-coffee"))
    assert list(driver.poll.choices.values_list("text", flat=True)) == ["Tea", "Coffee"]
    assert (driver.tally.state, driver.tally.choice_ids, driver.totals) == (State.DRAFT, driver.choices, [0, 0])


def test_a_poll_that_was_added_can_be_opened_and_voted_in(admin_client: Client, client: Client):
    admin_client.post(f"{LIST}add/", form("tea-or-coffee", "Tea", "Coffee"))
    driver = PollDriver(Poll.objects.get(slug="tea-or-coffee"))
    assert "tea-or-coffee was opened." in run(admin_client, "open_polls", driver.poll)
    assert client.post(driver.poll.get_absolute_url(), {"choice": driver.choices[1]}).status_code == 303
    driver.count()
    assert driver.totals == [0, 1]


def test_the_actions_lead_a_poll_through_its_life(admin_client: Client):
    driver = PollDriver(make_poll("new", "Yes", "No", opened=False))
    states = []
    for action in ("publish", "open_polls", "seal_polls"):
        run(admin_client, action, driver.poll)
        states.append(driver.tally.state)
    safety_net.sweep()
    run(admin_client, "reset_polls", driver.poll, post="yes")
    assert [*states, driver.tally.state] == [State.SCHEDULED, State.OPEN, State.SEALING, State.OPEN]
    assert (driver.tally.round, RoundResult.objects.count()) == (2, 1)
    assert history(driver.poll) == ["Published.", "Opened.", "Closed.", "New round started."]


def test_an_impossible_action_says_why_and_others_are_done(admin_client: Client, poll: Poll):
    new = make_poll("new", "Yes", "No", opened=False)
    said = run(admin_client, "seal_polls", poll, new)
    assert "cats-or-dogs was closed." in said
    assert "new: This poll has never been opened." in said
    assert (history(poll), history(new)) == (["Closed."], [])


def test_a_reset_names_what_is_lost_before_anything_is(admin_client: Client, driver: PollDriver):
    for voter in ("ann", "bob"):
        driver.vote(voter)
    driver.count()
    driver.vote("cid")
    new = make_poll("new", "Yes", "No", opened=False)
    page = admin_client.post(LIST, picked("reset_polls", driver.poll, new))
    text = " ".join(page.content.decode().split())
    assert "2 ballots, 1 vote that waits to be counted. The totals of round 1 are kept" in text
    assert "never opened: there is nothing to reset" in text
    assert (driver.tally.round, Ballot.objects.count(), history(driver.poll)) == (1, 2, [])
    assert f'value="{driver.poll.pk}"' in text
    assert f'name="_selected_action" value="{new.pk}"' not in text


def test_a_recount_mends_what_differs_and_the_history_has_it(admin_client: Client, driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    assert "every total equals its ballots" in run(admin_client, "recount", driver.poll)
    Total.objects.filter(choice_id=driver.choices[0]).update(votes=7)
    said = run(admin_client, "recount", driver.poll)
    assert (driver.totals, "7" in said) == ([0, 1], False)
    assert history(driver.poll) == ["Recounted: Cats: 7 was stored, the ballots say 0."]
    with translation.override("es"):
        assert history(driver.poll) == ["Recuento: Cats: constaban 7, las papeletas dicen 0."]


def test_results_are_exported(admin_client: Client, driver: PollDriver):
    secret = PollDriver(make_poll("secret", "=1+1", "No", result_rule=ResultRule.STAFF))
    for voted in (driver, secret):
        voted.vote("ann", 1)
        voted.count()
    answer = admin_client.post(LIST, picked("export_csv", driver.poll, secret.poll))
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[:8] for line in lines] == [
        ["poll", "question", "state", "round", "choice", "votes", "percent", "voters"],
        ["cats-or-dogs", "Which?", "open", "1", "Cats", "0", "0", "1"],
        ["cats-or-dogs", "Which?", "open", "1", "Dogs", "1", "100", "1"],
        ["secret", "Which?", "open", "1", "'=1+1", "0", "0", "1"],
        ["secret", "Which?", "open", "1", "No", "1", "100", "1"],
    ]
    exported = admin_client.post(LIST, picked("export_json", secret.poll)).json()
    assert [(poll["poll"]["slug"], [choice["votes"] for choice in poll["choices"]]) for poll in exported] == [
        ("secret", [0, 1])
    ]


def test_the_list_shows_what_is_counted_and_what_waits(admin_client: Client, driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    driver.vote("bob", 1)
    text = admin_client.get(LIST).content.decode()
    assert '<td class="field-totals">Cats <strong>0</strong>, Dogs <strong>1</strong></td>' in text
    assert '<td class="field-waiting">1</td>' in text
    assert f'<a href="/admin/polls/ballot/?poll={driver.poll.pk}">1</a>' in text


def test_a_list_of_polls_costs_the_same_for_one_and_for_fifty(admin_client: Client, poll: Poll):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(LIST).status_code == 200
        return len(queries)

    one = cost()
    for number in range(49):
        make_poll(f"more-{number}", "Yes", "No")
    assert cost() == one


@pytest.mark.parametrize("page", [f"{LIST}add/", LIST])
def test_who_is_not_staff_is_sent_to_the_login(client: Client, page: str):
    answer = client.get(page, follow=True)
    assert answer.redirect_chain[-1] == (f"/accounts/login/?next={page}", 302)


# Choices of an open poll ---------------------------------------------------------------------------------------------


def test_the_text_of_a_choice_of_an_open_poll_can_be_corrected(admin_client: Client, driver: PollDriver):
    sent = form(driver.poll.slug, "Lions", "Dogs", present=driver.choices)
    answer = admin_client.post(f"{LIST}{driver.poll.pk}/change/", sent)
    assert answer.status_code == 302
    assert list(driver.poll.choices.values_list("text", flat=True)) == ["Lions", "Dogs"]
    assert driver.definition.choices[0].text == "Lions"


def test_choices_of_an_open_poll_can_not_be_added(admin_client: Client, driver: PollDriver):
    sent = form(driver.poll.slug, "Cats", "Dogs", "Fish", present=driver.choices)
    admin_client.post(f"{LIST}{driver.poll.pk}/change/", sent)
    assert list(driver.poll.choices.values_list("pk", flat=True)) == driver.choices


def test_choices_of_an_open_poll_can_not_be_deleted(admin_client: Client, driver: PollDriver):
    sent = form(driver.poll.slug, "Cats", "Dogs", present=driver.choices) | {"choices-1-DELETE": "on"}
    admin_client.post(f"{LIST}{driver.poll.pk}/change/", sent)
    assert list(driver.poll.choices.values_list("pk", flat=True)) == driver.choices


def test_choices_of_a_draft_come_and_go(admin_client: Client):
    driver = PollDriver(make_poll("tea", "Yes", "No", opened=False))
    sent = form("tea", "Yes", "No", "Maybe", present=driver.choices) | {"choices-1-DELETE": "on"}
    assert admin_client.post(f"{LIST}{driver.poll.pk}/change/", sent).status_code == 302
    assert list(driver.poll.choices.values_list("text", flat=True)) == ["Yes", "Maybe"]
    assert Tally.objects.get(pk=driver.poll.pk).choice_ids == list(driver.poll.choices.values_list("pk", flat=True))
    assert Total.objects.filter(poll=driver.poll).count() == 2


# The machine's rows --------------------------------------------------------------------------------------------------


def test_ballots_can_be_looked_at_and_nothing_else(admin_client: Client, driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    ballot = Ballot.objects.get()
    change = reverse("admin:polls_ballot_change", args=[ballot.pk])
    assert admin_client.get(change).status_code == 200
    before = Ballot.objects.values().get()
    refused = [
        admin_client.post(change, {"selections": [driver.choices[0]]}),
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
def test_every_list_can_be_seen(admin_client: Client, driver: PollDriver, model: Any):
    driver.vote("ann", 1)
    driver.count()
    names = model._meta.app_label, model._meta.model_name
    answer = admin_client.get(reverse("admin:{}_{}_changelist".format(*names)))
    assert answer.status_code == 200


def test_the_admin_shows_what_it_should():
    assert {model._meta.label for model in OURS} >= {"polls.Poll", "polls.Ballot", "polls.SetAside", "counter.Counter"}


@pytest.mark.parametrize("query", ["Which", "cats-or-dogs", "'\"%"])
def test_polls_can_be_searched(admin_client: Client, driver: PollDriver, query: str):
    assert admin_client.get(LIST, {"q": query}).status_code == 200


def test_a_ballot_is_searched_by_its_cast_id(admin_client: Client, driver: PollDriver):
    cast = driver.vote("ann", 1).cast
    driver.count()
    found = admin_client.get("/admin/polls/ballot/", {"q": str(cast.cast_id)})
    assert found.context["cl"].result_count == 1


def test_a_search_for_what_is_no_cast_id_finds_nothing(admin_client: Client, driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    found = admin_client.get("/admin/polls/ballot/", {"q": "cats"})
    assert (found.status_code, found.context["cl"].result_count) == (200, 0)


def test_a_ballot_is_searched_by_its_voter_key(admin_client: Client, driver: PollDriver):
    cast = driver.vote("ann", 1).cast
    driver.vote("bob", 1)
    driver.count()
    found = admin_client.get("/admin/polls/ballot/", {"q": str(cast.voter_key)})
    assert [ballot.voter_key for ballot in found.context["cl"].result_list] == [cast.voter_key]


def test_ballots_of_one_poll_are_listed_the_newest_cast_first(admin_client: Client, driver: PollDriver):
    other = PollDriver(make_poll("other", "Yes", "No"))
    casts = [driver.vote(voter, 1).cast.cast_id for voter in ("ann", "bob", "ann")]
    other.vote("ann", 1)
    driver.count()
    other.count()
    found = admin_client.get("/admin/polls/ballot/", {"poll": driver.poll.pk})
    # Which of two was later is not known of those that were cast in one millisecond.
    assert [ballot.cast_id for ballot in found.context["cl"].result_list] == sorted(casts[1:], reverse=True)
    assert found.context["cl"].result_count == 2
    assert "Dogs" in found.content.decode()


@pytest.mark.parametrize("wrong", ["x", "-1", "9" * 40, "1.5", "None"])
def test_a_filter_by_what_is_no_poll_finds_nothing(admin_client: Client, driver: PollDriver, wrong: str):
    driver.vote("ann", 1)
    driver.count()
    found = admin_client.get("/admin/polls/ballot/", {"poll": wrong})
    assert (found.status_code, found.context["cl"].result_count) == (200, 0)


def test_a_filter_lists_no_polls(admin_client: Client, driver: PollDriver):
    assert "Which?" not in admin_client.get("/admin/polls/ballot/").content.decode()


def test_set_asides_are_found_though_their_poll_is_gone(admin_client: Client, poll: Poll):
    """By poll and position."""
    SetAside.objects.create(poll_id=poll.pk, box=1, position="1-0", payload="{}", reason="no")
    SetAside.objects.create(poll_id=10**6, box=1, position="2-0", payload="{}", reason="no")
    address = "/admin/polls/setaside/"
    rows = [admin_client.get(address, query).context["cl"].result_list for query in ({"poll": poll.pk}, {"q": "2-0"})]
    assert [[row.position for row in found] for found in rows] == [["1-0"], ["2-0"]]
    text = admin_client.get(address).content.decode()
    assert "1000000 (deleted)" in text
    assert "cats-or-dogs" in text


def test_a_poll_without_votes_can_be_deleted(admin_client: Client, poll: Poll):
    answer = admin_client.post(f"{LIST}{poll.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, Poll.objects.count()) == (302, 0)


@pytest.fixture
def voted(driver: PollDriver) -> PollDriver:
    """A poll in its second round, with a ballot, a past round and a vote on its way."""
    driver.vote("ann", 1)
    driver.count()
    transitions.reset(driver.poll.pk)
    definitions.cache.clear()
    driver.vote("ann", 1)
    driver.count()
    driver.vote("bob", 1)
    return driver


DELETIONS: dict[str, Callable[[Poll], tuple[str, dict[str, Any]]]] = {
    "alone": lambda poll: (f"{LIST}{poll.pk}/delete/", {}),
    "in the list": lambda poll: (LIST, {"action": "delete_selected", "_selected_action": poll.pk}),
}


@pytest.mark.parametrize("way", DELETIONS)
def test_a_poll_is_deleted_with_all_its_votes(admin_client: Client, voted: PollDriver, redis: Redis, way: str):
    address, fields = DELETIONS[way](voted.poll)
    asked = admin_client.post(address, fields) if fields else admin_client.get(address)
    assert "ballots: 1" in " ".join(asked.content.decode().split()).lower()
    service = voted.definition
    assert admin_client.post(address, {**fields, "post": "yes"}).status_code == 302
    assert (Poll.objects.count(), Ballot.objects.count(), RoundResult.objects.count()) == (0, 0, 0)
    assert (redis.keys("votes:*:*"), redis.hgetall("votes:slugs"), ballot_box.boxes()) == ([], {}, [])
    with pytest.raises(errors.NoSuchPollError):
        casting.cast(service, casting.Submission("cid", new_cast_id(), (voted.choices[0],), None))
    safety_net.sweep()
    assert SetAside.objects.count() == 0


def test_a_list_shows_the_three_leading_totals(admin_client: Client):
    make_poll("wide", *(f"{letter} {'x' * 60}" for letter in "abcde"))
    row = admin_client.get(LIST).content.decode()
    totals = re.search(r'<td class="field-totals">(.*?)</td>', row)
    assert totals is not None
    assert totals[1].count("<strong>") == 3
    assert totals[1].endswith("and 2 more")


def test_a_past_round_of_an_estimate_says_its_median(admin_client: Client):
    details = {"least": "0", "most": "20", "step": "0.5", "unit": "kg", "answer": "7.5"}
    driver = PollDriver(make_poll("pumpkin", "Number", kind=ESTIMATE, details=details))
    post(Client(), driver, estimate="5")
    driver.count()
    transitions.seal(driver.poll.pk)
    driver.count()
    safety_net.sweep()
    transitions.reset(driver.poll.pk)
    page = admin_client.get("/admin/polls/roundresult/").content.decode()
    assert "Median 5.0\u00a0kg. The right answer is 7.5\u00a0kg." in page


def test_times_say_their_zone_for_the_page_to_set_the_readers(admin_client: Client, driver: PollDriver):
    driver.vote("ann", 1)
    driver.count()
    listed = admin_client.get("/admin/polls/ballot/").content.decode()
    assert len(re.findall(r">\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC<", listed)) == 2


def test_opening_fixes_whether_votes_can_be_changed(admin_client: Client, driver: PollDriver):
    def fields(poll: Poll) -> Any:
        return admin_client.get(f"{LIST}{poll.pk}/change/").context["adminform"].form.fields

    assert "allows_changes" not in fields(driver.poll)
    assert "allows_changes" in fields(make_poll("draft", "Yes", "No", opened=False))

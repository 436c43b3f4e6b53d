"""Events on the host pages: who reaches them, each action, and the export."""

import csv
import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from polls.lifecycle import events
from polls.models import Event, EventPoll, Poll, ResultRule, State, Tally
from polls.voting import players
from tests.polls.conftest import make_event, make_poll
from tests.polls.host.conftest import ada, browser_of, host, owned, poll
from tests.polls.poll_driver import JSON, Client, PollDriver, post
from tests.store_fixtures import Postgres

__all__ = ["ada", "host", "poll"]


@pytest.fixture
def event(ada: User, poll: Poll) -> Event:
    """An event of hers with an open poll and a draft."""
    return make_event("party", poll, draft("second", ada), owner=ada)


def draft(slug: str, user: User) -> Poll:
    return owned(make_poll(slug, "Yes", "No", opened=False), user)


def slugs(event: Event) -> list[str]:
    return [place.poll.slug for place in event.places.all()]


def press(host: Client, action: str, **fields: Any) -> tuple[int, str]:
    """POST as a script does; return code and status of the answer."""
    answer = host.post(f"/host/events/party/{action}/", fields, headers=JSON)
    return answer.status_code, answer.json()["status"]


def test_a_host_makes_an_event_once(host: Client, ada: User):
    code = "k7m4"
    for _ in range(2):
        assert (
            host.post("/host/events/new/", {"title": "Our party", "code": code})["Location"]
            == "/host/events/our-party/"
        )
    event = Event.objects.get()
    assert (event.owner, event.title, event.code) == (ada, "Our party", code)
    page = host.get("/host/events/").content.decode()
    assert "Our party" in page


def test_two_events_of_one_title_have_two_addresses(host: Client):
    for title in ("Party", "Party", "new", "!"):
        assert host.post("/host/events/new/", {"title": title}).status_code == 302
    assert Event.objects.values("slug").distinct().count() == 4


def test_an_event_needs_a_title(host: Client):
    answer = host.post("/host/events/new/", {"title": " "})
    assert (answer.status_code, "An event needs a title." in answer.content.decode()) == (400, True)


def test_its_page_has_all_of_it(host: Client, event: Event):
    events.put_on(event.pk, event.places.all()[0].poll_id)
    page = host.get("/host/events/party/").content.decode()
    for words in ("on now", "Put on", "Next: Which?", "Show none", "Page to print", f"/{event.code}"):
        assert words in page, words


def test_each_action_is_a_post(host: Client, event: Event):
    for action in ("step", "order", "add", "remove", "rules", "duplicate", "share", "unshare"):
        assert host.get(f"/host/events/party/{action}/")["Location"] == "/host/events/party/"
        assert host.get(f"/host/events/party/{action}/", headers=JSON).status_code == 405


def test_a_step_is_answered_with_the_way_there(host: Client, event: Event, poll: Poll):
    answer = host.post("/host/events/party/step/", {"to": "second"}, headers=JSON).json()
    event.refresh_from_db()
    assert (answer["status"], answer["there"]) == ("on", f"/p/second/present/#follow={event.version}")
    assert Tally.objects.get(poll__slug="second").state == State.OPEN
    assert press(host, "step", to="") == (200, "off")
    assert press(host, "step", to="nowhere") == (404, "not_found")


def test_a_step_that_is_not_possible_is_refused_in_words(host: Client, event: Event, ada: User):
    bare = owned(make_poll("bare", "Only", opened=False), ada)
    events.add(event.pk, [bare.pk])
    assert press(host, "step", to="bare") == (409, "not_possible")
    page = host.post("/host/events/party/step/", {"to": "bare"}, follow=True).content.decode()
    assert "A poll needs two choices or more before it can be opened." in page


def test_without_postgres_a_step_is_refused_in_words(host: Client, event: Event, postgres: Postgres):
    postgres.stop()
    answer = host.post("/host/events/party/step/", {"to": "second"}, headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "The database can't be reached just now. Try again in a moment.",
    )


def test_polls_are_moved_by_buttons_and_by_their_whole_order(host: Client, event: Event):
    ids = list(event.places.values_list("poll_id", flat=True))
    assert press(host, "order", poll=ids, do="down-0") == (200, "ordered")
    assert slugs(event) == ["second", "cats-or-dogs"]
    assert press(host, "order", poll=ids) == (200, "ordered")
    assert slugs(event) == ["cats-or-dogs", "second"]


def test_only_ones_own_polls_are_added(host: Client, event: Event, ada: User):
    mine, other = draft("mine", ada), make_poll("others", "Yes", "No")
    assert press(host, "add", poll=[other.pk]) == (409, "not_possible")
    assert press(host, "add", poll=[mine.pk, other.pk]) == (200, "added")
    assert slugs(event) == ["cats-or-dogs", "second", "mine"]
    assert press(host, "remove", poll=[mine.pk]) == (200, "removed")
    assert slugs(event) == ["cats-or-dogs", "second"]


def test_a_new_poll_is_made_in_the_event(host: Client, event: Event):
    form = {
        "question": "Third?",
        "max_choices": "1",
        "result_rule": "always",
        "choices-TOTAL_FORMS": "2",
        "choices-INITIAL_FORMS": "0",
        "choices-0-text": "Yes",
        "choices-1-text": "No",
        "do": "save",
    }
    host.post("/host/new/?event=party", form)
    assert slugs(event) == ["cats-or-dogs", "second", "third"]


def test_the_rules_are_saved(host: Client, event: Event):
    assert press(host, "rules", title="Feast", self_paced="on") == (200, "saved")
    event.refresh_from_db()
    assert (event.title, event.closes_last, event.self_paced, event.scores) == ("Feast", False, True, False)
    assert press(host, "rules", title="") == (400, "bad_title")


def test_a_rule_that_there_is_not_is_refused_in_words(host: Client, event: Event):
    sent = {"title": "Feast", "who_may_vote": "bogus"}
    assert press(host, "rules", **sent) == (400, "bad_rule")
    page = host.post("/host/events/party/rules/", sent)
    assert (page.status_code, "bogus is not one of the available choices" in page.content.decode()) == (400, True)
    assert re.search(r"<details\s+open>\s*<summary>\s*Who may vote", page.content.decode())
    event.refresh_from_db()
    assert (event.title, event.electorate) == ("Event party", "")


def test_a_host_removes_a_nickname(host: Client, event: Event):
    assert press(host, "rules", title="Feast", scores="on") == (200, "saved")
    player = players.join(event.pk, "a" * 22, "Rude <name>")
    page = host.get("/host/events/party/").content.decode()
    assert ("Rude &lt;name&gt;" in page, "0 quizzes are counted" in page) == (True, True)
    assert press(host, "players/remove", player=player.pk) == (200, "removed")
    assert "Rude" not in host.get("/host/events/party/").content.decode()


def test_self_paced_polls_are_opened_and_closed_on_its_page(host: Client, event: Event):
    events.set_rules(event.pk, self_paced=True)
    page = host.get("/host/events/party/").content.decode()
    assert ("/host/second/open/" in page, "/host/cats-or-dogs/seal/" in page, "Put on" in page) == (True, True, False)
    answer = host.post("/host/second/open/", {"next": "/host/events/party/"})
    assert answer["Location"] == "/host/events/party/"


def test_all_results_are_exported(host: Client, event: Event, poll: Poll):
    Poll.objects.filter(pk=poll.pk).update(result_rule=ResultRule.STAFF)
    driver = PollDriver(poll)
    driver.vote("ann")
    driver.count()
    rows = list(csv.DictReader(host.get("/host/events/party/results.csv").content.decode("utf-8-sig").splitlines()))
    assert [(row["choice"], row["votes"]) for row in rows] == [("Cats", "1"), ("Dogs", "0")]
    told = host.get("/host/events/party/results.json").json()
    assert (told["event"]["slug"], [shown["poll"]["slug"] for shown in told["polls"]]) == ("party", ["cats-or-dogs"])
    page = host.get("/host/events/party/results/").content.decode()
    assert ("Cats" in page, "100%" in page) == (True, True)


def test_results_of_scales_and_estimates_are_printed(host: Client, ada: User, event: Event):
    scale = owned(make_poll("talk", "Clear", "Useful", kind="scale", max_choices=2), ada)
    number = owned(make_poll("pumpkin", "Number", kind="estimate", details={"most": "20", "unit": "kg"}), ada)
    events.add(event.pk, [scale.pk, number.pk])
    rated, estimated = PollDriver(scale), PollDriver(number)
    post(Client(), rated, choice=[rated.choices[3], rated.choices[9]])
    rated.count()
    post(Client(), estimated, estimate="12")
    estimated.count()
    page = " ".join(host.get("/host/events/party/results/").content.decode().split())
    assert "<bdi>Useful</bdi></th> <td>1</td> <td>5</td> <td>5.00</td>" in page
    assert "12 kg</th> <td>1</td>" in page


def test_the_sheet_has_the_code_of_the_event(host: Client, event: Event):
    page = host.get("/host/events/party/join/").content.decode()
    assert (event.title in page, f"<b>{event.code}</b>" in page) == (True, True)


def test_a_copy_has_copies_of_all_polls(host: Client, event: Event):
    events.set_rules(event.pk, closes_last=False, self_paced=True, scores=True)
    assert press(host, "duplicate") == (200, "duplicated")
    copy = Event.objects.exclude(pk=event.pk).get()
    assert (copy.title, copy.closes_last, copy.self_paced, copy.scores) == (event.title, False, True, True)
    copied = [place.poll for place in copy.places.all()]
    assert [poll.question for poll in copied] == ["Which?", "Which?"]
    assert {poll.tally.state for poll in copied} == {State.DRAFT}
    assert not {poll.slug for poll in copied} & set(slugs(event))


def test_the_owner_alone_deletes_and_shares(host: Client, event: Event):
    bob = User.objects.create_user("bob", is_staff=True)
    assert press(host, "share", username="bob") == (200, "shared")
    cohost = browser_of(bob)
    assert cohost.get("/host/events/party/").status_code == 200
    assert cohost.post("/host/events/party/delete/", {"confirm": "1"}).status_code == 403
    assert press(cohost, "unshare", username="bob") == (200, "unshared")
    assert cohost.get("/host/events/party/").status_code == 403
    assert Event.objects.exists()
    assert host.get("/host/events/party/delete/").status_code == 200
    assert host.post("/host/events/party/delete/", {"confirm": "1"})["Location"] == "/host/events/"
    assert (Event.objects.exists(), EventPoll.objects.exists(), Poll.objects.count()) == (False, False, 2)


def test_an_event_of_others_is_out_of_reach(host: Client):
    make_event("party")
    assert [host.get("/host/events/party/").status_code, press(host, "step", to="")[0]] == [403, 403]
    assert host.get("/host/events/nowhere/").status_code == 404


def test_the_arrow_keys_of_a_host_step_the_event(host: Client, event: Event, client: Client):
    page = host.get("/p/cats-or-dogs/present/").content.decode()
    assert ('data-step="next"' in page, 'value="second"' in page) == (True, True)
    page = client.get("/p/cats-or-dogs/present/").content.decode()
    assert ("data-step" in page, "/p/second/" in page) == (False, False)

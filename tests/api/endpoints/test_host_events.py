"""Hosts make events with a token, and lead their audience through them."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Program, host_named, word


def made(ada: Program, *questions: str) -> str:
    """Make an event with these polls, and return its slug."""
    slug = ada.post("/host/events", {"title": "Talk", "closes_last": True}).json()["slug"]
    for question in questions:
        ada.post(f"/host/events/{slug}/polls", {"poll": ada.made(question)["slug"]})
    return str(slug)


def states(event: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {poll["slug"]: poll["state"] for poll in event["polls"]}


def test_an_event_goes_from_poll_to_poll(ada: Program, anybody: Program):
    slug = made(ada, "First", "Second")
    assert anybody.get(f"/events/{slug}").json()["polls"] == []
    assert ada.post(f"/host/events/{slug}/step", {"to": "first"}).json()["on"] == "first"
    second = ada.post(f"/host/events/{slug}/step", {"to": "second"}).json()
    assert (second["on"], states(second)) == ("second", {"first": "sealing", "second": "open"})
    assert anybody.get(f"/events/{slug}").json()["on"] == "second"
    assert ada.post(f"/host/events/{slug}/step", {"to": None}).json()["on"] is None
    assert word(ada.post(f"/host/events/{slug}/step", {"to": "nowhere"})) == (404, "not_found")


def test_polls_are_ordered_and_taken_out(ada: Program):
    slug = made(ada, "First", "Second", "Third")
    ordered = ada.ask("PUT", f"/host/events/{slug}/order", {"polls": ["third", "first"]}).json()
    assert [*states(ordered)] == ["third", "first", "second"]
    assert ada.ask("DELETE", f"/host/events/{slug}/polls/first").status_code == 204
    assert [*states(ada.get(f"/host/events/{slug}").json())] == ["third", "second"]
    assert word(ada.ask("DELETE", f"/host/events/{slug}/polls/first")) == (404, "not_found")


def test_a_poll_stands_in_one_event(ada: Program):
    slug = made(ada, "First")
    assert word(ada.post(f"/host/events/{slug}/polls", {"poll": "first"})) == (409, "not_possible")
    assert word(ada.post(f"/host/events/{slug}/polls", {"poll": "nowhere"})) == (409, "not_possible")


def test_an_event_is_changed_copied_and_deleted(ada: Program):
    slug = made(ada, "First")
    changed = ada.ask("PATCH", f"/host/events/{slug}", {"title": "Workshop"}).json()
    assert (changed["title"], changed["closes_last"]) == ("Workshop", True)
    assert word(ada.ask("PATCH", f"/host/events/{slug}", {"title": " "})) == (422, "wrong_fields")
    copy = ada.post(f"/host/events/{slug}/copies").json()
    assert (copy["title"], len(copy["polls"])) == ("Workshop", 1)
    assert ada.ask("DELETE", f"/host/events/{slug}").status_code == 204
    assert [event["slug"] for event in ada.get("/host/events").json()["items"]] == [copy["slug"]]


def test_what_is_not_sent_stays(ada: Program):
    sent = {"title": "Party", "scores": True, "who_may_vote": "codes"}
    slug = ada.post("/host/events", sent).json()["slug"]
    changed = ada.ask("PATCH", f"/host/events/{slug}", {"self_paced": True}).json()
    assert (changed["scores"], changed["who_may_vote"], changed["self_paced"]) == (True, "codes", True)
    assert ada.ask("PATCH", f"/host/events/{slug}", {"scores": False}).json()["scores"] is False


def test_events_of_others_are_refused(ada: Program):
    slug = made(ada, "First")
    bob = host_named("bob")
    assert word(bob.get(f"/host/events/{slug}")) == (403, "forbidden")
    assert word(bob.post(f"/host/events/{slug}/step", {"to": "first"})) == (403, "forbidden")
    assert bob.get("/host/events").json()["items"] == []


def test_a_longer_list_takes_no_more_queries(ada: Program):
    made(ada, "First", "Second")
    with CaptureQueriesContext(connection) as short:
        ada.get("/host/events")
    made(ada, "Third", "Fourth")
    made(ada, "Fifth")
    with CaptureQueriesContext(connection) as long:
        items = ada.get("/host/events").json()["items"]
    assert [len(event["polls"]) for event in items] == [1, 2, 2]
    assert len(long) == len(short)

"""The pages of an event."""

import re

import pytest

from polls.events import agendas
from polls.lifecycle import events, transitions
from polls.models import Poll
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_event, make_poll
from tests.polls.poll_driver import Client, PollDriver
from tests.store_fixtures import Postgres


def test_the_code_of_an_event_leads_to_it(client: Client):
    event = make_event("party")
    assert client.get(f"/{event.code}")["Location"] == "/e/party/"
    assert client.get(f"/?code={event.code.upper()}")["Location"] == "/e/party/"


def test_without_postgres_the_code_leads_there_too(client: Client, postgres: Postgres):
    event = make_event("party")
    client.get("/e/party/")
    postgres.stop()
    assert client.get(f"/{event.code}")["Location"] == "/e/party/"


def test_the_address_leads_to_the_poll_that_is_on(client: Client, poll: Poll):
    event = make_event("party", poll)
    events.put_on(event.pk, poll.pk)
    event.refresh_from_db()
    assert client.get("/e/party/")["Location"] == f"/p/cats-or-dogs/#follow={event.version}"
    assert client.get("/e/party/present/")["Location"] == f"/p/cats-or-dogs/present/#follow={event.version}"


@pytest.mark.parametrize("store", ["postgres", "redis"])
def test_with_one_store_down_the_audience_gets_there(
    client: Client, poll: Poll, store: str, postgres: Postgres, own_redis: OwnRedis
):
    event = make_event("party", poll)
    events.put_on(event.pk, poll.pk)
    if store == "postgres":
        postgres.stop()
        agendas.cache.clear()
    else:
        own_redis.stop()
    assert client.get("/e/party/")["Location"].startswith("/p/cats-or-dogs/#follow=")
    assert "Event party" in client.get("/p/cats-or-dogs/").content.decode()


def test_without_either_store_the_page_says_so(client: Client, postgres: Postgres, own_redis: OwnRedis):
    make_event("party")
    postgres.stop()
    own_redis.stop()
    agendas.cache.clear()
    assert client.get("/e/party/").status_code == 503


def test_between_polls_it_says_what_was_and_what_comes(client: Client, poll: Poll):
    event = make_event("party", poll, make_poll("secret", "Yes", "No", opened=False), make_poll("third", "Yes", "No"))
    assert "It begins soon." in client.get("/e/party/").content.decode()
    events.put_on(event.pk, poll.pk)
    events.take_off(event.pk)
    page = client.get("/e/party/").content.decode()
    assert ("It goes on soon." in page, "/p/cats-or-dogs/results/" in page) == (True, True)
    assert ("Question 2 of 3" in page, "/p/secret/" in page) == (True, False)


def test_a_draft_is_told_to_nobody(client: Client, poll: Poll):
    draft = make_poll("secret", "Yes", "No", opened=False)
    Poll.objects.filter(pk=draft.pk).update(question="Under-the-rug?")
    make_event("party", poll, draft, self_paced=True)
    make_event("other", make_poll("draft", "Yes", "No", opened=False))
    told = client.get("/e/party/event.json").json()
    assert [shown["slug"] for shown in told["polls"]] == ["cats-or-dogs"]
    for page in ("/e/party/", "/e/party/event.json", "/e/party/present/", "/p/cats-or-dogs/", "/e/other/"):
        assert not re.search("the-rug|secret", client.get(page).content.decode()), page


def test_the_agenda_has_an_etag(client: Client, poll: Poll):
    event = make_event("party", poll)
    answer = client.get("/e/party/event.json")
    assert client.get("/e/party/event.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    events.put_on(event.pk, poll.pk)
    newer = client.get("/e/party/event.json", headers={"If-None-Match": answer["ETag"]})
    assert (newer.status_code, newer.json()["on"]) == (200, "cats-or-dogs")


def test_results_say_what_is_on(client: Client, poll: Poll):
    alone = client.get("/p/cats-or-dogs/results.json")
    event = make_event("party", poll)
    events.put_on(event.pk, poll.pk)
    event.refresh_from_db()
    told = client.get("/p/cats-or-dogs/results.json")
    assert "event" not in alone.json()
    assert told.json()["event"] == {"slug": "party", "version": event.version, "on": poll.slug, "self_paced": False}
    assert alone["ETag"] != told["ETag"]


def test_a_self_paced_list_says_what_one_has_done(client: Client, driver: PollDriver):
    make_event("party", driver.poll, make_poll("other", "Yes", "No"), self_paced=True)
    assert "You have voted" not in client.get("/e/party/").content.decode()
    client.post("/p/cats-or-dogs/", {"choice": driver.choices[0]})
    driver.count()
    page = client.get("/e/party/").content.decode()
    assert (page.count("You have voted"), page.count("not answered yet")) == (1, 1)
    other = Client()
    other.get("/p/cats-or-dogs/")
    assert "You have voted" not in other.get("/e/party/").content.decode()


def test_polls_in_an_event_say_so_on_all_their_pages(client: Client, poll: Poll):
    assert "event-strip" not in client.get("/p/cats-or-dogs/").content.decode()
    agendas.cache.clear()
    event = make_event("party", make_poll("first", "Yes", "No"), poll)
    for page in ("/p/cats-or-dogs/", "/p/cats-or-dogs/results/", "/p/cats-or-dogs/present/"):
        html = client.get(page).content.decode()
        assert ('data-event="party"' in html, "Question 2 of 2" in html) == (True, True), page
    html = client.get("/p/cats-or-dogs/present/").content.decode()
    assert (f"/{event.code}" in html, f"/{poll.code}" in html) == (True, False)


def test_an_unknown_event_is_not_found(client: Client):
    assert [client.get(page).status_code for page in ("/e/no/", "/e/no/event.json", "/e/no/present/")] == [404] * 3


def test_a_deleted_poll_is_on_no_more(client: Client, poll: Poll):
    event = make_event("party", poll)
    events.put_on(event.pk, poll.pk)
    transitions.delete(poll.pk)
    agendas.cache.clear()
    assert client.get("/e/party/").status_code == 200

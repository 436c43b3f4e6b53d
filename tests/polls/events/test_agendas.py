"""Agendas: what this process knows of events, with Postgres and without it."""

import pytest
from redis import Redis

from polls.box.definitions import NobodyKnowsError
from polls.events import agendas, store
from polls.events.agenda import Agenda
from polls.lifecycle import events
from tests.own_redis import OwnRedis
from tests.polls.conftest import make_event, make_poll
from tests.store_fixtures import Postgres


def two() -> Agenda:
    """An event of two open polls, the first of which is on."""
    one = make_poll("one", "Yes", "No")
    event = make_event("party", one, make_poll("two", "Yes", "No"))
    events.put_on(event.pk, one.pk)
    agenda = agendas.cache.get("party")
    assert agenda is not None
    return agenda


def test_an_agenda_says_what_is_on_and_what_is_around_it():
    agenda = two()
    assert [item.slug for item in agenda.polls] == ["one", "two"]
    assert (agenda.on, agenda.previous, agenda.next) == (agenda.polls[0], None, agenda.polls[1])
    assert agenda.told() == {"slug": "party", "version": agenda.version, "on": "one", "self_paced": False}
    assert agendas.told([item.id for item in agenda.polls]) == {item.id: agenda.told() for item in agenda.polls}


def test_before_the_first_poll_the_first_comes():
    agenda = agendas.read(pk=make_event("party", make_poll("one", "Yes", "No")).pk)
    assert agenda is not None
    assert (agenda.on, agenda.last, agenda.next) == (None, None, agenda.polls[0])


def test_an_agenda_is_the_same_after_redis():
    agenda = two()
    assert Agenda.load(agenda.dump()) == agenda
    assert (store.by_slug("party"), store.by_poll(agenda.polls[1].id)) == (agenda, agenda)


def test_an_older_copy_takes_no_place(redis: Redis):
    agenda = two()
    events.take_off(agenda.id)
    store.keep(agenda)
    newer = store.by_slug("party")
    assert newer is not None
    assert (newer.version, newer.is_on) == (agenda.version + 1, False)
    assert 0 < redis.ttl("events:agenda:party") <= store.KEPT_S


def test_without_postgres_a_process_keeps_what_it_knows(postgres: Postgres):
    agenda = two()
    agendas.cache.forget(agenda)
    postgres.stop()
    assert agendas.cache.get("party") == agenda
    assert agendas.cache.by_code(agenda.code) == agenda


def test_without_postgres_a_new_process_reads_the_copy(postgres: Postgres):
    agenda = two()
    postgres.stop()
    agendas.cache.clear()
    assert agendas.cache.get("party") == agenda
    assert agendas.cache.of_poll(agenda.polls[0].id) == agenda
    with pytest.raises(NobodyKnowsError):
        agendas.cache.get("unknown")


def test_without_redis_postgres_says_it(own_redis: OwnRedis):
    agenda = two()
    own_redis.stop()
    events.take_off(agenda.id)
    found = agendas.cache.get("party")
    assert found is not None
    assert found.on is None


def test_a_poll_that_stands_in_no_event_has_none():
    assert agendas.cache.of_poll(make_poll("alone", "Yes", "No").pk) is None
    assert agendas.cache.get("nowhere") is None

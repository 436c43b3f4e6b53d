"""Fixtures of the tests of the polls."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from polls.box import definitions
from polls.events import agendas
from polls.lifecycle import events, transitions
from polls.models import Event, Poll
from tests.polls.poll_driver import Client, PollDriver


@pytest.fixture(autouse=True)
def clean(redis: Redis, transactional_db: None) -> Iterator[None]:
    """Real commits, an empty Redis, and a process that knows no poll yet."""
    definitions.cache.clear()
    agendas.cache.clear()
    yield
    definitions.cache.clear()
    agendas.cache.clear()


@pytest.fixture
def poll() -> Poll:
    """An open poll: Cats or Dogs."""
    return make_poll("cats-or-dogs", "Cats", "Dogs")


@pytest.fixture
def driver(poll: Poll) -> PollDriver:
    """The vote service of that poll."""
    return PollDriver(poll)


@pytest.fixture
def strict() -> PollDriver:
    """The vote service of an open poll whose votes can't be changed."""
    return PollDriver(make_poll("for-good", "Yes", "No", allows_changes=False))


@pytest.fixture
def client() -> Client:
    """A browser."""
    return Client()


def make_poll(slug: str, *texts: str, opened: bool = True, **fields: Any) -> Poll:
    """A poll with these choices."""
    poll = transitions.create_poll(texts, slug=slug, question="Which?", **fields)
    if opened:
        transitions.open_poll(poll.pk)
    return Poll.objects.get(pk=poll.pk)


def make_event(slug: str, *polls: Poll, **fields: Any) -> Event:
    """An event with these polls."""
    event = Event.objects.create(slug=slug, title=f"Event {slug}", **fields)
    events.add(event.pk, [poll.pk for poll in polls])
    return event

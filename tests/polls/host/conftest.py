"""Hosts, and what they host."""

import pytest
from django.contrib.auth.models import User

from polls.models import Poll
from tests.polls.poll_driver import Client


@pytest.fixture
def ada() -> User:
    """A host."""
    return User.objects.create_user("ada", is_staff=True)


@pytest.fixture
def host(ada: User) -> Client:
    """Her browser. An answer of 500 or 503 comes as such."""
    return browser_of(ada)


@pytest.fixture
def poll(poll: Poll, ada: User) -> Poll:
    """An open poll of hers."""
    return owned(poll, ada)


def owned(poll: Poll, user: User) -> Poll:
    """The poll, as this user's."""
    poll.owner = user
    poll.save()
    return poll


def browser_of(user: User) -> Client:
    """A browser in which somebody is signed in."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client

"""Events, as they are read and as hosts send them."""

from ninja import Schema
from pydantic import Field

from api.schemas.common import ElectorateName, Sent, Slug, Text


class EventPoll(Schema):
    """A poll of an event."""

    slug: str
    question: str
    state: str


class Event(Schema):
    """An event: several polls under one code."""

    slug: str
    code: str
    address: str
    title: str
    version: int
    self_paced: bool
    on: str | None = Field(description="The slug of the poll that is on.")
    polls: list[EventPoll]


class HostedEvent(Event):
    """An event as its hosts see it, with its drafts."""

    closes_last: bool
    scores: bool = Field(description="Whether people may take a nickname, and quizzes are scored.")
    who_may_vote: str = Field(description="anyone: each of its polls says so; codes or accounts")
    owner: str | None
    hosts: list[str]


class HostedEventPage(Schema):
    """A page of a host's events."""

    items: list[HostedEvent]
    page: int
    pages: int
    total: int


class EventFields(Sent):
    """The fields of an event that its host gives. What is not sent stays as it is."""

    title: Text | None = None
    closes_last: bool | None = None
    self_paced: bool | None = None
    scores: bool | None = None
    who_may_vote: ElectorateName | None = None


class NewEvent(EventFields):
    """A new event."""

    title: Text


class PollNamed(Sent):
    """A poll, by its slug."""

    poll: Slug


class Order(Sent):
    """Polls in their order, by their slugs; those that are not named follow."""

    polls: list[Slug] = Field(max_length=500)


class Step(Sent):
    """The next poll of the event to show, or null for none."""

    to: Slug | None

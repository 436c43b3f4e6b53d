"""Polls, as they are read and as hosts send them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from api.schemas.common import MOST_ID, ElectorateName, Moment, Sent, Text
from polls.models import MOST_MINUTES, MOST_VOTERS


class KindName(StrEnum):
    """The kinds of poll."""

    PICK = "pick"
    YES_NO = "yes-no"
    RANK = "rank"
    SCALE = "scale"
    ESTIMATE = "estimate"
    OPEN_LIST = "open-list"


class RuleName(StrEnum):
    """The rules of who sees the totals, and when."""

    ALWAYS = "always"
    AFTER_VOTE = "after_vote"
    AFTER_CLOSE = "after_close"
    STAFF = "staff"


class Choice(Schema):
    """A choice. On a scale each point of a statement is one."""

    id: int
    text: str
    statement: str = ""
    picture: str = Field("", description="The address of its picture; empty without one.")


class Poll(Schema):
    """A poll as its voters see it."""

    slug: str
    code: str
    address: str = Field(description="Its vote page.")
    question: str
    kind: str
    state: str = Field(description="draft, scheduled, open, sealing or final")
    round: int
    is_test: bool
    choices: list[Choice]
    max_choices: int
    allows_changes: bool
    result_rule: str
    who_may_vote: str = Field(description="anyone, codes or accounts: what its event says goes before its own.")
    details: dict[str, Any] = Field(description="Beyond the choices, such as the limits of a number.")
    opens_at: datetime | None
    closes_at: datetime | None
    event: str | None = Field(description="The slug of the event that it stands in.")


class Row(Schema):
    """A row of a poll's choices as its host writes them: a choice, or a statement of a scale."""

    id: int
    text: str
    picture: str
    right: bool


class HostedPoll(Poll):
    """A poll as its hosts see it."""

    rows: list[Row]
    owner: str | None
    hosts: list[str]
    is_listed: bool
    may_be_checked: bool
    closes_after: int | None
    voters_per_minute: int | None
    slow_down_after: int | None
    version: int = Field(description="Send it with a change, so that it undoes nobody else's.")
    created_at: datetime


class PollPage(Schema):
    """A page of polls."""

    items: list[Poll]
    page: int
    pages: int
    total: int


class HostedPollPage(Schema):
    """A page of a host's polls."""

    items: list[HostedPoll]
    page: int
    pages: int
    total: int


class RowSent(Sent):
    """A choice, or a statement of a scale. `id` is that of a row that is there; without one it is new."""

    id: int | None = Field(None, ge=1, le=MOST_ID)
    text: Text
    right: bool | None = Field(None, description="Whether it is a right answer; nothing where the poll is no quiz.")


Voters = Annotated[int, Field(ge=1, le=MOST_VOTERS)]
Details = Annotated[
    dict[str, str | int | float | bool],
    Field(
        max_length=20,
        description="scale: scale (such as 1-5), low, high; estimate: least, most, step, unit, answer; "
        "open-list: most, approval, cloud, masked (en or es).",
    ),
]


class PollFields(Sent):
    """The fields of a poll that its host gives. What is not sent stays as it is, or is as the page would have it."""

    question: Text | None = None
    choices: list[RowSent] | None = Field(None, max_length=100, description="Not for kinds that give the choices.")
    max_choices: int | None = Field(None, ge=1, le=1_000)
    allows_changes: bool | None = None
    result_rule: RuleName | None = None
    is_listed: bool | None = None
    who_may_vote: ElectorateName | None = None
    may_be_checked: bool | None = Field(None, description="Whether the ballots are published once it is final.")
    details: Details | None = None
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    closes_after: int | None = Field(None, ge=1, le=MOST_MINUTES, description="Minutes that it stays open each time.")
    voters_per_minute: Voters | None = Field(None, description="New voters of one network a minute, at most.")
    slow_down_after: Voters | None = Field(
        None, description="Voters of one network within an hour, after whom browsers do some work before a new vote."
    )


class NewPoll(PollFields):
    """A new poll: a draft that only its hosts see."""

    question: Text
    kind: KindName = KindName.PICK


class PollChange(PollFields):
    """A change of a poll. What is not sent stays as it is; null clears a time or a limit."""

    version: int | None = Field(None, ge=0, le=MOST_ID, description="The version that the change was made from.")


class ClosingTime(Sent):
    """A closing time: so many minutes from now, or after the present closing time."""

    minutes: int = Field(ge=1, le=MOST_MINUTES)
    after: Moment | None = Field(None, description="The present closing time: the same request twice moves it once.")

"""Shared parts of the documents, and those that stand alone."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from polls.models import LATEST

#: The greatest id that Postgres can hold.
MOST_ID = 2**63 - 1
#: Choices that one ballot may name: more than any kind of poll takes.
MOST_SELECTIONS = 1_000

Slug = Annotated[str, Field(max_length=80, pattern=r"^[-a-zA-Z0-9_]+$")]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=LATEST)]
PageNumber = Annotated[int, Field(ge=1, le=1_000_000)]
PageSize = Annotated[int, Field(ge=1, le=100)]
UserName = Annotated[str, Field(max_length=150)]
Text = Annotated[str, Field(max_length=1_000)]
#: Twice what a browser keeps in a cookie, and as a header within what a head may have.
Signed = Annotated[str, Field(max_length=8_192)]


class ElectorateName(StrEnum):
    """The rules of who may vote."""

    ANYONE = "anyone"
    CODES = "codes"
    ACCOUNTS = "accounts"


class Sent(Schema):
    """A document that a client sends."""

    model_config = ConfigDict(extra="forbid")


class FieldError(Schema):
    """An error of one field: its way into what was sent, and a sentence."""

    field: str
    detail: str


class Work(Schema):
    """Work before a vote.

    For each piece, counted from 0, find a number below 2 to the 32nd so that the SHA-256 of SHA-256(challenge), one
    byte with the piece, and four with the number, the greatest byte first, begins with so many zero bits. The answer is
    the challenge and the numbers, with spaces in between.
    """

    challenge: str
    bits: int
    pieces: int


class Problem(Schema):
    """A refusal (RFC 9457). `type` names it for programs, `detail` says it in the language asked for."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default_factory=list)
    request_id: str = ""
    #: Of a vote whose fate is not known, or of the one that stands.
    receipt: str | None = Field(None, description="With it the vote can be sent again: it never counts twice.")
    version: int | None = Field(None, description="The present version of a poll that was changed meanwhile.")
    work: Work | None = Field(None, description="What a vote that was `slowed` has to bring.")


class Counter(Schema):
    """A visit counter."""

    name: str
    visits: int


class User(Sent):
    """A user, by name."""

    username: UserName

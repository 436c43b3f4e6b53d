"""Ballot papers, votes and results."""

from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from api.schemas.common import MOST_ID, MOST_SELECTIONS, Sent, Signed, Text
from api.schemas.polls import Poll


class Paper(Schema):
    """A ballot paper: what a vote needs, as a browser gets it with the vote page."""

    voter: str = Field(description="Whose it is. Keep it secret and send it with each request of this voter.")
    page: str = Field(description="Send it with the vote. It belongs to this voter and this round.")
    round: int
    poll: Poll


class VoteSent(Sent):
    """A vote. `selections` are the ids of choices in their order; for a number the steps above the least value."""

    voter: Signed
    page: Signed
    selections: list[Annotated[int, Field(ge=0, le=MOST_ID)]] = Field(max_length=MOST_SELECTIONS)
    previous: Signed | None = Field(None, description="The receipt of this voter's last vote in the poll.")


class EntrySent(Sent):
    """An entry of an open list, and the vote for it."""

    voter: Signed
    page: Signed
    text: Text
    previous: Signed | None = Field(None, description="The receipt of this voter's last vote in the poll.")


class Repeat(Sent):
    """A vote once more, under its old number: it never counts twice."""

    voter: Signed
    receipt: Signed


class Vote(Schema):
    """A vote that was accepted."""

    status: str = Field(description="received, or counted")
    receipt: str = Field(description="Keep it: it says what became of the vote, and lets it be sent again.")
    receipt_code: str
    results_pass: str = Field(description="Shows that its holder has voted, where voters alone see the result.")
    round: int
    box: int
    position: str | None
    selections: list[int]


class VoteStatus(Schema):
    """The state of a vote."""

    status: str = Field(description="received, counted or unknown")
    may_be_lost: bool = Field(description="Send it again (`votes/repeat`): its ballot box was replaced.")
    receipt_code: str
    round: int
    is_of_this_round: bool
    selections: list[int]


class ResultChoice(Schema):
    """A choice with its votes and its share in per cent, both null where the result rule hides them."""

    model_config = ConfigDict(extra="allow")

    id: int
    text: str
    votes: int | None
    percent: int | None


class ResultPoll(Schema):
    """The poll of a result."""

    model_config = ConfigDict(extra="allow")

    slug: str
    question: str
    state: str


class Results(Schema):
    """A result at one moment, as `results.json` and every screen have it. Some kinds of poll say more."""

    model_config = ConfigDict(extra="allow")

    type: str
    poll: ResultPoll
    round: int
    version: int
    box: int
    counted_through: str
    voters: int
    choices: list[ResultChoice]
    counting: str = Field(description="live, or paused while nothing is being counted")
    sent_at: str

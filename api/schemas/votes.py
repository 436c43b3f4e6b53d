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


class CodeSent(Sent):
    """A voting code, as it is typed."""

    voter: Signed
    page: Signed
    code: Annotated[str, Field(max_length=100)]


class Admission(Schema):
    """The right to vote with a code: in one poll, or in all polls of an event that has codes."""

    ticket: str = Field(description="Keep it secret and send it with each request: whoever has it votes as the code.")
    page: str = Field(description="Send it with the vote, with the ticket: the paper's own is of a voter without code.")


class _OfVoter(Sent):
    """A request of a voter."""

    voter: Signed
    ticket: Signed | None = Field(None, description="What a voting code was good for, in a poll with codes.")


class _Ballot(_OfVoter):
    """A ballot from a paper."""

    page: Signed
    previous: Signed | None = Field(None, description="The receipt of this voter's last vote in the poll.")
    work: str = Field("", max_length=300, description="The answer to the work of a refusal that was `slowed`.")


class VoteSent(_Ballot):
    """A vote. `selections` are the ids of choices in their order; for a number the steps above the least value."""

    selections: list[Annotated[int, Field(ge=0, le=MOST_ID)]] = Field(max_length=MOST_SELECTIONS)


class EntrySent(_Ballot):
    """An entry of an open list, and the vote for it."""

    text: Text


class Repeat(_OfVoter):
    """A vote once more, under its old number: it never counts twice."""

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

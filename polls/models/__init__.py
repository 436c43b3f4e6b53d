"""The models. Rows that people edit (Poll, Choice) and rows that the machine writes (Tally, Ballot ...) share no table.

So a form that is saved late never overwrites a count, and editing never waits for counting. Only polls.counting and
polls.lifecycle write Tally and Total, under the Tally lock.
"""

from polls.models.choices import Choice, EntryState, Picture
from polls.models.codes import ChangedCode, CodeBatch
from polls.models.counted import Answer, Ballot, BallotList, BallotListPart, RoundResult, SetAside, Tally, Total
from polls.models.events import Event, EventPoll, Player
from polls.models.limited import MOST_VOTERS
from polls.models.polls import (
    CODE_ALPHABET,
    LATEST,
    MOST_MINUTES,
    TAKEN,
    Poll,
    ResultRule,
    State,
    new_code,
    new_voter_salt,
)
from polls.models.rules import WhoMayVote, rule_of

__all__ = [
    "CODE_ALPHABET",
    "LATEST",
    "MOST_MINUTES",
    "MOST_VOTERS",
    "TAKEN",
    "Answer",
    "Ballot",
    "BallotList",
    "BallotListPart",
    "ChangedCode",
    "Choice",
    "CodeBatch",
    "EntryState",
    "Event",
    "EventPoll",
    "Picture",
    "Player",
    "Poll",
    "ResultRule",
    "RoundResult",
    "SetAside",
    "State",
    "Tally",
    "Total",
    "WhoMayVote",
    "new_code",
    "new_voter_salt",
    "rule_of",
]

"""The models. Rows that people edit (Poll, Choice) and rows that the machine writes (Tally, Ballot ...) share no table.

So a form that is saved late never overwrites a count, and editing never waits for counting. Only polls.counting and
polls.lifecycle write Tally and Total, under the Tally lock.
"""

from polls.models.counted import Answer, Ballot, RoundResult, SetAside, Tally, Total
from polls.models.events import Event, EventPoll, Player
from polls.models.polls import (
    CODE_ALPHABET,
    LATEST,
    MOST_MINUTES,
    TAKEN,
    Choice,
    EntryState,
    Picture,
    Poll,
    ResultRule,
    State,
    new_code,
    new_voter_salt,
)

__all__ = [
    "CODE_ALPHABET",
    "LATEST",
    "MOST_MINUTES",
    "TAKEN",
    "Answer",
    "Ballot",
    "Choice",
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
    "new_code",
    "new_voter_salt",
]

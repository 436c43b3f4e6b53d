"""The rows. What people edit (Poll, Choice) and what the machine writes (Tally, Total, Ballot ...) share no table.

A form that is saved late can so never overwrite a count, and editing never waits for counting. Tally and Total are
written under the Tally lock, by polls.counting and polls.lifecycle alone.
"""

from polls.models.counted import Ballot, RoundResult, SetAside, Tally, Total
from polls.models.polls import (
    CODE_ALPHABET,
    LATEST,
    MOST_MINUTES,
    Choice,
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
    "Ballot",
    "Choice",
    "Picture",
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

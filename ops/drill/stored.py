"""The stored rows of a drill's poll, for the checker."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg

from polls.voting.voters import key

Postgres: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"


@dataclass(frozen=True)
class Poll:
    """The fields of a poll that the drill needs."""

    id: int
    slug: str
    voter_salt: str
    choices: tuple[int, ...]

    @classmethod
    def read(cls, postgres: Postgres, slug: str) -> "Poll":
        """Read the poll with that slug."""
        row = postgres.execute("SELECT id, voter_salt FROM polls_poll WHERE slug = %s", [slug]).fetchone()
        assert row, f"there is no poll {slug}"
        choices = postgres.execute("SELECT id FROM polls_choice WHERE poll_id = %s ORDER BY position", [row[0]])
        return cls(row[0], slug, bytes(row[1]).hex(), tuple(choice for (choice,) in choices))

    def key(self, voter_id: str) -> str:
        """Return the key under which a voter's ballot is stored."""
        return str(key(voter_id, self.voter_salt))


@dataclass(frozen=True)
class Stored:
    """The rows of one poll after the drill."""

    state: str
    #: The choice of each ballot, by voter key.
    ballots: dict[str, int]
    #: Votes by choice, and the number of voters, as shown.
    totals: dict[int, int]
    voters: int

    @classmethod
    def read(cls, postgres: Postgres, poll: Poll) -> "Stored":
        """Read the rows in one transaction."""
        with postgres.transaction():
            postgres.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            tally = postgres.execute("SELECT state, voters FROM polls_tally WHERE poll_id = %s", [poll.id]).fetchone()
            assert tally, f"poll {poll.slug} has no tally"
            ballots = postgres.execute(
                "SELECT voter_key::text, selections FROM polls_ballot WHERE poll_id = %s", [poll.id]
            ).fetchall()
            totals = postgres.execute("SELECT choice_id, votes FROM polls_total WHERE poll_id = %s", [poll.id])
            return cls(
                state=tally[0],
                ballots={voter: selections[0] for voter, selections in ballots},
                totals=dict(totals.fetchall()),
                voters=tally[1],
            )

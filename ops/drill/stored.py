"""The stored rows of a drill's poll, for the checker."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg

from polls import kinds
from polls.kinds import Kind
from polls.voting.voters import key

Postgres: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"
Ballot: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Poll:
    """The fields of a poll that the drill needs."""

    id: int
    slug: str
    voter_salt: str
    choices: tuple[int, ...]
    #: Its kind, and how many choices a ballot may name.
    kind: Kind = field(default_factory=lambda: kinds.of(kinds.PICK, 1, {}))
    most: int = 1

    @classmethod
    def read(cls, postgres: Postgres, slug: str) -> "Poll":
        """Read the poll with that slug."""
        # As JSON, since an earlier release lacks some columns.
        query = "SELECT id, voter_salt, to_jsonb(polls_poll) FROM polls_poll WHERE slug = %s"
        row = postgres.execute(query, [slug]).fetchone()
        assert row, f"there is no poll {slug}"
        id_, salt, all_ = row
        most = all_["max_choices"]
        kind = kinds.of(all_.get("kind", kinds.PICK), most, all_.get("details", {}))
        choices = postgres.execute("SELECT id FROM polls_choice WHERE poll_id = %s ORDER BY position", [id_])
        ids = tuple(choice for (choice,) in choices)
        return cls(id_, slug, bytes(salt).hex(), ids, kind, most)

    def key(self, voter_id: str) -> str:
        """Return the key under which a voter's ballot is stored."""
        return str(key(voter_id, self.voter_salt))


@dataclass(frozen=True)
class Stored:
    """The rows of one poll after the drill."""

    state: str
    #: The ballots by voter key.
    ballots: dict[str, Ballot]
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
                ballots={voter: tuple(selections) for voter, selections in ballots},
                totals=dict(totals.fetchall()),
                voters=tally[1],
            )

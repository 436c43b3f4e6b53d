"""What is stored of a drill's poll: the truth that the ledger holds against what voters were told."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import psycopg

from polls.voters import key

Postgres: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"


@dataclass(frozen=True)
class Poll:
    """A poll as the drill needs it."""

    id: int
    slug: str
    voter_salt: str
    choices: tuple[int, ...]

    @classmethod
    def read(cls, postgres: Postgres, slug: str) -> "Poll":
        """The poll of that slug."""
        row = postgres.execute("SELECT id, voter_salt FROM polls_poll WHERE slug = %s", [slug]).fetchone()
        assert row, f"there is no poll {slug}"
        choices = postgres.execute("SELECT id FROM polls_choice WHERE poll_id = %s ORDER BY position", [row[0]])
        return cls(row[0], slug, bytes(row[1]).hex(), tuple(choice for (choice,) in choices))

    def key(self, voter_id: str) -> str:
        """Under which a voter's ballot is stored."""
        return str(key(voter_id, self.voter_salt))


@dataclass(frozen=True)
class Stored:
    """The rows of one poll when it is over."""

    state: str
    #: The choice of each ballot, by voter key.
    ballots: dict[str, int]
    #: Votes by choice, and the number of voters, as they are shown.
    totals: dict[int, int]
    voters: int
    set_aside: int = 0
    #: What `manage.py audit` has to say; empty when it has nothing.
    audit: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, postgres: Postgres, poll: Poll) -> "Stored":
        """All of it, in one transaction."""
        with postgres.transaction():
            postgres.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            tally = postgres.execute("SELECT state, voters FROM polls_tally WHERE poll_id = %s", [poll.id]).fetchone()
            assert tally, f"poll {poll.slug} has no tally"
            ballots = postgres.execute(
                "SELECT voter_key::text, selections FROM polls_ballot WHERE poll_id = %s", [poll.id]
            ).fetchall()
            totals = postgres.execute("SELECT choice_id, votes FROM polls_total WHERE poll_id = %s", [poll.id])
            aside = postgres.execute("SELECT count(*) FROM polls_setaside WHERE poll_id = %s", [poll.id]).fetchone()
            return cls(
                state=tally[0],
                ballots={voter: selections[0] for voter, selections in ballots},
                totals=dict(totals.fetchall()),
                voters=tally[1],
                set_aside=aside[0] if aside else 0,
            )

    def differences(self) -> list[str]:
        """Where totals and ballots differ."""
        counted = Counter(self.ballots.values())
        wrong = [
            f"choice {choice}: total {votes}, ballots {counted[choice]}"
            for choice, votes in sorted(self.totals.items())
            if votes != counted[choice]
        ]
        if self.voters != len(self.ballots):
            wrong.append(f"voters {self.voters}, ballots {len(self.ballots)}")
        if self.set_aside:
            wrong.append(f"{self.set_aside} set aside")
        return wrong

"""`python -m ops.drill.crowd SLUG VOTES`: new voters vote in an open poll; then every accepted vote is looked up.

Each voter loads a page, votes, and retries as the vote page does, at the other web service if one is away. Progress is
printed in lines of JSON; the last one has the final `stage` (core.telemetry.control.Stage).
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import django
import psycopg

from core.stores.errors import one_line
from core.stores.running import RunningServers, here
from core.telemetry.control import Stage
from ops.launch.data_dir import DataDir

if TYPE_CHECKING:
    from ops.drill.stored import Ballot, Poll
    from ops.drill.voters import Voter

#: Seconds over which the voters arrive: long enough to break something meanwhile.
ARRIVE_S = 10.0
#: Seconds that one voter tries, and that all wait for the count: longer than any part is away.
PATIENCE_S = 60.0
COUNTED_WITHIN_S = 90.0
#: Seconds between two lines.
_EVERY_S = 0.5


def main() -> None:
    """Set Django up, vote, and wait for the count."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    django.setup()
    from ops.drill.stored import Poll

    servers = RunningServers.read(DataDir.of_environment().path)
    slug, votes = sys.argv[1], int(sys.argv[2])
    try:
        with psycopg.connect(servers.database_url, connect_timeout=2) as postgres:
            poll = Poll.read(postgres, slug)
    except psycopg.Error as error:
        _say(stage=Stage.FAILED, error=one_line(error))
        return
    voters = asyncio.run(_vote(servers, poll, votes))
    _wait_for_the_count(servers.database_url, poll, voters)


async def _vote(servers: RunningServers, poll: "Poll", votes: int) -> "list[Voter]":
    """Let so many voters arrive one after the other, half of them at each web service."""
    from ops.drill.ballots import different
    from ops.drill.voters import Voter

    host = here(servers.host)
    pages = [f"http://{host}:{port}/p/{poll.slug}/" for port in (servers.vote_port, servers.result_port)]
    # Not all at once: the same laptop also takes the votes.
    connector = aiohttp.TCPConnector(limit=32)
    ballots = different(poll, len(poll.choices), random.Random())  # noqa: S311
    voters = [
        Voter(pages[:: (-1) ** number], [random.choice(ballots)], connector, changes_mind=False)  # noqa: S311
        for number in range(votes)
    ]
    told = asyncio.create_task(_tell(voters))
    try:
        await asyncio.gather(*(_come(voter, ARRIVE_S * number / votes) for number, voter in enumerate(voters)))
    finally:
        told.cancel()
        await asyncio.gather(*(voter.close() for voter in voters))
        await connector.close()
    return voters


async def _come(voter: "Voter", after_s: float) -> None:
    await asyncio.sleep(after_s)
    try:
        await asyncio.wait_for(voter.arrive(), PATIENCE_S)
    except TimeoutError:
        return


async def _tell(voters: "Sequence[Voter]") -> None:
    while True:
        _say(**_so_far(voters))
        await asyncio.sleep(_EVERY_S)


def _so_far(voters: "Sequence[Voter]") -> dict[str, int]:
    return {"sent": sum(bool(voter.operations) for voter in voters), "accepted": len(_accepted(voters))}


def _accepted(voters: "Sequence[Voter]") -> "list[Voter]":
    return [voter for voter in voters if voter.record().last_accepted]


def _wait_for_the_count(url: str, poll: "Poll", voters: "Sequence[Voter]") -> None:
    """Wait until the ballot of every accepted vote is stored, for a limited time."""
    ballots = {poll.key(one.id): one.operations[-1].ballot for one in (voter.record() for voter in _accepted(voters))}
    deadline = time.monotonic() + COUNTED_WITHIN_S
    counted = 0
    while True:
        with suppress(psycopg.Error):  # it is away for a moment
            counted = _counted(url, poll, ballots)
        is_over = counted == len(ballots) or time.monotonic() > deadline
        stage = Stage.RUNNING if not is_over else Stage.DONE if counted == len(ballots) else Stage.FAILED
        _say(**_so_far(voters), counted=counted, stage=stage)
        if is_over:
            return
        time.sleep(_EVERY_S)


def _counted(url: str, poll: "Poll", ballots: "dict[str, Ballot]") -> int:
    """Return how many of these voters (by key) have their ballot."""
    with psycopg.connect(url, connect_timeout=2) as postgres:
        rows = postgres.execute(
            "SELECT voter_key::text, selections FROM polls_ballot WHERE poll_id = %s AND voter_key = ANY(%s::uuid[])",
            [poll.id, list(ballots)],
        )
        return sum(tuple(selections) == ballots[key] for key, selections in rows)


def _say(**what: Any) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

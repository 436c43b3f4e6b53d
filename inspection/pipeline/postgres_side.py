"""Postgres's side of the pipeline: five statements, however many polls and ballots there are."""

import time
from collections.abc import Sequence

from django.db import connection
from django.db.models import Count, Q, Sum

from core.stores import postgres
from inspection.pipeline.state import PollRow, PostgresSide
from polls.models import SetAside, State, Tally

#: Casts set aside are counted so far: to count on would take longer the more there are.
SET_ASIDE_COUNTED = 10_000
#: Polls that are named.
NAMED = 10

_OPEN = (State.OPEN, State.SEALING)
_SERVER = """
SELECT current_setting('server_version'), extract(epoch FROM pg_postmaster_start_time()),
       pg_database_size(current_database()), current_setting('max_connections')::int,
       (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())
"""
_CONNECTIONS = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY application_name
"""

#: When commits were read last (monotonic seconds), and how many there were.
_commits: tuple[float, int] | None = None


def read(poll_ids: Sequence[int]) -> PostgresSide:
    """Ask Postgres; it names these polls, or the newest open ones where none are given. Raises django.db.Error."""
    with postgres.bounded():
        return _read(poll_ids)


def _read(poll_ids: Sequence[int]) -> PostgresSide:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        connections = dict(cursor.fetchall())
        round_trip = time.perf_counter() - began
        cursor.execute(_SERVER)
        version, started_at, size, max_connections, commits = cursor.fetchone()
    totals = Tally.objects.aggregate(
        polls=Count("pk"), ballots=Sum("voters"), open=Sum("voters", filter=Q(state__in=_OPEN))
    )
    return PostgresSide(
        version=version.partition(" ")[0],
        started_at=float(started_at),
        size=size,
        max_connections=max_connections,
        connections=connections,
        commits=commits,
        commit_rate=_rate(commits),
        round_trip=round_trip,
        polls=totals["polls"],
        ballots=totals["ballots"] or 0,
        open_ballots=totals["open"] or 0,
        set_aside=SetAside.objects.all()[: SET_ASIDE_COUNTED + 1].count(),
        rows=_rows(poll_ids),
    )


def _rows(poll_ids: Sequence[int]) -> tuple[PollRow, ...]:
    tallies = Tally.objects.filter(pk__in=poll_ids) if poll_ids else Tally.objects.filter(state__in=_OPEN)
    fields = ("pk", "poll__slug", "state", "box", "counted_through", "voters")
    return tuple(PollRow(*row) for row in tallies.order_by("-pk").values_list(*fields)[:NAMED])


def _rate(commits: int) -> float | None:
    global _commits  # what this process has read before
    before, _commits = _commits, (time.monotonic(), commits)
    if before is None or commits < before[1]:
        return None
    return (commits - before[1]) / max(_commits[0] - before[0], 0.001)

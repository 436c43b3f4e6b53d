"""`python -m ops.loadtest.curves MOST_POLLS MOST_BALLOTS`, run in a system whose workers are held.

Measures what a vote costs with more and more open polls, and with more and more ballots in one poll: microseconds of
CPU for each vote, of the code that takes it, of the code that counts it, and of Postgres while it is counted. Prints a
line of JSON for each point, with the names of `FIELDS`.
"""

import json
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

import django
import psutil

if TYPE_CHECKING:
    # Needs Django's settings at run time.
    from polls.box.definition import Definition

#: What a line says, in this order: open polls, ballots in the first of them before, then microseconds of CPU: taking
#: and counting a vote, Postgres meanwhile; one snapshot; one look of the safety net at all polls.
FIELDS = ("polls", "ballots", "take", "count", "postgres", "snapshot", "sweep")
#: Votes of each point. Where there are as many polls or more, each has a job of its own.
_VOTES = 2000
#: The first points; each next one is ten times as many.
_POLLS, _BALLOTS = 1, 10_000
#: Ballots that are made in one statement; they divide those of each point.
_AT_ONCE = 10_000

_FILL = """
WITH made AS (
    INSERT INTO polls_ballot (poll_id, voter_key, cast_id, selections, counted_at)
    SELECT %(poll)s, md5('voter' || n)::uuid,
        -- A UUIDv7 of an hour ago; the rest of it is as good as random.
        (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 3600000), 12, '0') || '7' ||
            substr(md5('cast' || n), 1, 3) || '8' || substr(md5('cast' || n), 4, 15))::uuid,
        jsonb_build_array(%(choice)s::int), now()
    FROM generate_series(%(first)s, %(last)s) AS n RETURNING 1
), counted AS (
    UPDATE polls_total SET votes = votes + (SELECT count(*) FROM made) WHERE choice_id = %(choice)s
)
UPDATE polls_tally SET voters = voters + (SELECT count(*) FROM made) WHERE poll_id = %(poll)s
"""


def main() -> None:
    """Measure both curves."""
    most_polls, most_ballots = map(int, sys.argv[1:])
    os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
    django.setup()
    # Each batch is a line.
    logging.disable(logging.INFO)
    for point in _points(most_polls, most_ballots):
        print(json.dumps(dict(zip(FIELDS, point, strict=True))), flush=True)  # noqa: T201 -- for `bin/manage bench`


def _points(most_polls: int, most_ballots: int) -> Iterator[tuple[float, ...]]:
    from ops.drill import poll

    polls = [poll.make("curve-0", "Curve 0", ["Tea", "Coffee"])]
    ballots = 0
    yield len(polls), ballots, *_costs(polls)
    for wanted in _tenfold(_BALLOTS, most_ballots):
        _fill(polls[0], ballots, wanted)
        ballots = wanted
        yield len(polls), ballots, *_costs(polls)
    for wanted in _tenfold(10 * _POLLS, most_polls):
        polls += [poll.make(f"curve-{n}", f"Curve {n}", ["Tea", "Coffee"]) for n in range(len(polls), wanted)]
        yield len(polls), ballots, *_costs(polls)


def _tenfold(first: int, most: int) -> Iterator[int]:
    while first <= most:
        yield first
        first *= 10


def _fill(poll_id: int, present: int, wanted: int) -> None:
    """Put ballots into the poll as if they had been counted; then let Postgres learn how many there are."""
    from django.db import connection

    from polls.models import Total

    choice = Total.objects.filter(poll_id=poll_id).order_by("choice_id").values_list("choice_id", flat=True)[0]
    with connection.cursor() as cursor:
        # The limit is for what people wait for.
        cursor.execute("SET statement_timeout = 0")
        for last in range(present + _AT_ONCE, wanted + 1, _AT_ONCE):
            cursor.execute(_FILL, {"poll": poll_id, "choice": choice, "first": last - _AT_ONCE + 1, "last": last})
        cursor.execute("VACUUM ANALYZE polls_ballot")
        cursor.execute("RESET statement_timeout")


def _costs(polls: Sequence[int]) -> tuple[float, ...]:
    """Return the costs of a vote: taking, counting, Postgres; those of a snapshot and of a look at all polls."""
    from polls.box import definitions
    from polls.counting import drain
    from polls.lifecycle import safety_net
    from polls.results import snapshots

    chosen = random.sample(polls, min(_VOTES, len(polls)))
    known = [definition for poll_id in chosen if (definition := definitions.read(pk=poll_id))]
    take, _ = _cpu(lambda: _take(known), _VOTES)
    counted, postgres = _cpu(lambda: [drain.drain_present_box(poll_id) for poll_id in chosen], _VOTES)
    snapshot, _ = _cpu(lambda: [snapshots.snapshot(polls[0]) for _ in range(100)], 100)
    sweep, _ = _cpu(safety_net.sweep, 1)
    return take, counted, postgres, snapshot, sweep


_voters = count()


def _take(definitions: "Sequence[Definition]") -> None:
    """Cast votes of new voters, in one poll after the other."""
    from polls.box.casts import new_cast_id
    from polls.voting.casting import Submission, cast

    for number in range(_VOTES):
        definition = definitions[number % len(definitions)]
        selections = (definition.choices[number % 2].id,)
        cast(definition, Submission(f"voter {next(_voters)}", new_cast_id(), selections, None))


def _cpu(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the CPU time of this process and of Postgres, in microseconds for each of so many times."""
    before, began = _postgres_cpu(), time.process_time()
    work()
    return (
        round(1e6 * (time.process_time() - began) / times, 1),
        round(1e6 * (_postgres_cpu() - before) / times, 1),
    )


def _postgres_cpu() -> float:
    from ops.launch.data_dir import DataDir

    recorded = DataDir.of_environment().recorded("db")
    assert recorded
    server = psutil.Process(recorded.pid)
    # Its own, those of its children that have ended (autovacuum's come and go), and of those that run.
    return sum(server.cpu_times()) + sum(sum(child.cpu_times()[:2]) for child in server.children())


if __name__ == "__main__":
    main()

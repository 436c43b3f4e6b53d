"""The lists of the admin with a million ballots: the figures of docs/operations.md."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from django.db import connection

from polls.models import Ballot, SetAside, Tally
from tests.polls.poll_driver import Client, PollDriver

pytestmark = pytest.mark.slow

BALLOTS = 1_000_000
#: Seconds of work, of this thread and of its process of Postgres: a busy machine makes a page wait, and no more work.
LIMIT = 0.3

#: Cast ids are UUIDv7 of ten casts a millisecond, 2 hours and 47 minutes in all; voter keys are random.
_FILL = """
INSERT INTO polls_ballot (poll_id, voter_key, cast_id, selections, counted_at)
SELECT %(poll)s, gen_random_uuid(),
    (lpad(to_hex(1764000000000 + n / 10), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0') || '8000' ||
     lpad(to_hex(n), 12, '0'))::uuid,
    jsonb_build_array((%(choices)s::bigint[])[1 + n %% 2]), now()
FROM generate_series(1, %(ballots)s) AS n
"""
_FILL_SET_ASIDES = """
INSERT INTO polls_setaside (poll_id, box, position, payload, reason, set_aside_at)
SELECT %(poll)s, 1, n || '-0', '{}', 'it can''t be read', now() FROM generate_series(1, %(ballots)s) AS n
"""


@pytest.fixture
def filled(driver: PollDriver) -> PollDriver:
    """A million ballots, and as many casts that were set aside."""
    arguments: Any = {"poll": driver.poll.pk, "choices": driver.choices, "ballots": BALLOTS}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '5min'")
        cursor.execute(_FILL, arguments)
        cursor.execute(_FILL_SET_ASIDES, arguments)
        cursor.execute("ANALYZE polls_ballot, polls_setaside")
        cursor.execute("RESET statement_timeout")
        # All work for a page is that of one process.
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    Tally.objects.filter(pk=driver.poll.pk).update(voters=BALLOTS)
    return driver


def took(page: Callable[[], Any]) -> float:
    """Seconds of work for a page: the best of five, since caches of the processor are shared with others."""
    times = []
    for _ in range(5):
        began = worked()
        assert page().status_code == 200
        times.append(worked() - began)
    return min(times)


def worked() -> float:
    """Seconds that this thread, and the process of Postgres that works for it, have had of a processor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        postgres = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return time.thread_time() + postgres.user + postgres.system


def test_every_way_through_a_million_rows_answers_in_time(admin_client: Client, filled: PollDriver):
    ballots, set_asides = "/admin/polls/ballot/", "/admin/polls/setaside/"
    one = Ballot.objects.order_by("id")[:1].get()
    poll = filled.poll.pk
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "ballots": (ballots, {}),
        "ballots, last page": (ballots, {"p": 100}),
        "ballots of a poll": (ballots, {"poll": poll}),
        "ballots of a poll, last page": (ballots, {"poll": poll, "p": 100}),
        "ballots, by cast id": (ballots, {"q": str(one.cast_id)}),
        "ballots, by voter key": (ballots, {"q": str(one.voter_key)}),
        "ballots, by what is not there": (ballots, {"q": str(uuid.uuid4())}),
        "one ballot": (f"{ballots}{one.pk}/change/", {}),
        "set aside": (set_asides, {}),
        "set aside of a poll, last page": (set_asides, {"poll": poll, "p": 100}),
        "set aside, by position": (set_asides, {"q": "500000-0"}),
        "polls": ("/admin/polls/poll/", {}),
        "pipeline": ("/admin/pipeline/", {}),
        "Redis inspector": ("/admin/pipeline/redis/", {}),
        "Postgres inspector": ("/admin/pipeline/postgres/", {}),
    }
    times = {name: took(lambda page=page: admin_client.get(*page)) for name, page in pages.items()}  # type: ignore[misc]
    for name, seconds in times.items():
        print(f"{name}: {1000 * seconds:.0f} ms")
    assert {name: seconds for name, seconds in times.items() if seconds > LIMIT} == {}
    shown = admin_client.get(ballots).context["cl"]
    assert abs(shown.result_count - BALLOTS) < BALLOTS // 10
    assert admin_client.get(ballots, {"poll": poll}).context["cl"].result_count == BALLOTS
    assert admin_client.get(ballots, {"q": str(one.cast_id)}).context["cl"].result_count == 1
    assert SetAside.objects.filter(poll_id=poll).exists()

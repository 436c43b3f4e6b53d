"""The RQ jobs: ids in, one call into the domain. They are named by dotted path; nothing imports this module."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import Error as PostgresError
from django.db import close_old_connections
from rq import get_current_job

from core.stores.redis import RedisUnavailableError
from core.telemetry import otel, tracing
from core.web import request_ids
from counter import flush
from polls.counting import bell

logger = logging.getLogger(__name__)


def tally_poll(poll_id: int) -> None:
    """Count the votes in the poll's ballot box. May run twice, late, or beside another."""
    _try(lambda: bell.answer(poll_id))


def flush_counters() -> None:
    """Write the visits that Redis has counted into Postgres. May run twice, late, or beside another."""
    _try(flush.flush_all)


@contextmanager
def _for_whoever_rang() -> Iterator[None]:
    """Attribute log lines and traces of this block to the request that enqueued the job."""
    job = get_current_job()
    if job is None:
        yield
        return
    request_id = str(job.meta.get("request_id", ""))
    rung_at, started_at = _seconds(job.enqueued_at), _seconds(job.started_at)
    waited = {"votingsite.waited_ms": round(1000 * max(0.0, started_at - rung_at), 3)}
    with (
        request_ids.working_for(request_id),
        tracing.woken_by(rung_at, started_at, request_id),
        otel.span(f"job {str(job.func_name).rpartition('.')[2]}", waited, kind="consumer"),
    ):
        yield


def _seconds(moment: datetime | None) -> float:
    """Return seconds since 1970. RQ's times are UTC, some of them naive."""
    moment = moment or datetime.now(UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _try(work: Callable[[], object]) -> None:
    """Do the work. While a store does not answer, leave it to the safety net.

    The job must not fail: Redis would keep a failed job for each vote that rings while Postgres is away.
    """
    close_old_connections()
    try:
        with _for_whoever_rang():
            work()
    except (PostgresError, RedisUnavailableError) as error:
        # The safety net says it, once; jobs come as often as votes.
        logger.debug("A store does not answer; the safety net repeats the job: %s", error)
    finally:
        close_old_connections()

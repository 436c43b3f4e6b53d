"""Wake-ups: how a door tells the workers that there is something to do.

A wake-up may get lost or come twice. Nothing depends on it but time: the truth is in the ballot box, and the safety net
of every worker looks there once a second.
"""

import logging
from functools import cache

from django_rq import get_queue
from redis.exceptions import RedisError
from rq import Queue

from core.stores.redis import redis
from core.web import request_ids

logger = logging.getLogger(__name__)


@cache
def _queue() -> Queue:
    # One a process: django-rq's get_queue opens a connection at each call.
    return get_queue("default", connection=redis(), commit_mode="auto")


def ring(poll_id: int) -> bool:
    """Enqueue `tally_poll`. Returns whether it is enqueued; never raises."""
    return _enqueue("workers.jobs.tally_poll", poll_id)


def ring_counters() -> bool:
    """Enqueue `flush_counters`. Returns whether it is enqueued; never raises."""
    return _enqueue("workers.jobs.flush_counters")


def _enqueue(job: str, *arguments: int) -> bool:
    try:
        # RQ keeps `meta` with the job: so the work is done for the request that has rung.
        meta = {"request_id": request_ids.current()}
        _queue().enqueue(job, *arguments, result_ttl=60, failure_ttl=600, meta=meta)  # seconds
    except RedisError as error:
        logger.warning("%s%s could not be enqueued, the safety net will see to it: %s", job, arguments, error)
        return False
    return True

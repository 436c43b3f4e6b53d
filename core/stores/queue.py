"""The job queue (RQ), through which a web service wakes the workers.

A job may get lost or run twice; that costs only time. The votes are in the ballot box, where the safety net of every
worker looks once a second.
"""

import logging
from functools import cache
from uuid import uuid4

from django_rq import get_queue
from redis.exceptions import RedisError
from rq import Queue

from core.stores import redis
from core.stores.redis import NoAnswerError

logger = logging.getLogger(__name__)


@cache
def _queue() -> Queue:
    # One for each process: django-rq's get_queue opens a connection at each call.
    return get_queue("default", connection=redis.client(), commit_mode="auto")


def enqueue(job: str, *arguments: int, request_id: str) -> bool:
    """Enqueue a job, named by its dotted path. Returns whether it is enqueued; never raises.

    The job keeps the id of the request that wants it (`meta["request_id"]`), for log lines and traces.
    """
    job_id = f"{name(job, *arguments)}-{uuid4().hex}"
    try:
        meta = {"request_id": request_id}
        _queue().enqueue(job, *arguments, job_id=job_id, result_ttl=60, failure_ttl=600, meta=meta)  # seconds
    except RedisError as error:
        logger.warning("Could not enqueue %s%s; the safety net takes over: %s", job, arguments, error)
        return False
    return True


def name(job: str, *arguments: int) -> str:
    """Return the name of a job with these arguments, like tally_poll-12: its id begins with it."""
    return "-".join([job.rpartition(".")[2], *map(str, arguments)])


def waiting() -> frozenset[str]:
    """Return the names of the jobs that wait for a worker: one round trip. Raises NoAnswerError."""
    try:
        return frozenset(job_id.rpartition("-")[0] for job_id in _queue().job_ids)
    except RedisError as error:
        raise NoAnswerError(str(error)) from error

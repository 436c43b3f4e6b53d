"""The bell: wakes a worker for a poll whose ballot box is not empty. The cast script says which vote has to ring."""

import time

from core.stores import queue
from core.web import request_ids
from polls.box import ballot_box
from polls.counting import drain, tally

_JOB = "workers.jobs.tally_poll"
#: Votes stream in if a batch has this many: a worker then stays, since RQ's bookkeeping costs more than a batch does.
STREAM = 2


def ring(poll_id: int) -> bool:
    """Enqueue `tally_poll` for the present request. Returns whether it is enqueued; never raises, may be repeated."""
    return queue.enqueue(_JOB, poll_id, request_id=request_ids.current())


def job_of(poll_id: int) -> str:
    """Return the name of the poll's jobs in `queue.waiting`."""
    return queue.name(_JOB, poll_id)


def answer(poll_id: int) -> None:
    """Count what is in the poll's box, and for a TURN at most what streams in meanwhile, unless another job waits.

    Until then the bell stays rung, so that no vote enqueues a job. May run twice, late, or beside another. Raises
    PostgresError or RedisUnavailableError when a store can't.
    """
    ends = time.monotonic() + drain.TURN
    drain.keep_pace(poll_id)
    while drain.drain_present_box(poll_id) >= STREAM and time.monotonic() < ends and not _others_wait(poll_id):
        drain.keep_pace(poll_id)
    ballot_box.clear_bell(poll_id)
    # Votes that came since the last read found the bell rung.
    if drain.drain_present_box(poll_id) == tally.BATCH:
        ring(poll_id)


def _others_wait(poll_id: int) -> bool:
    return not queue.waiting() <= {job_of(poll_id)}

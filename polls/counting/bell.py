"""The bell: wakes a worker for a poll whose ballot box is not empty. The cast script says which vote has to ring."""

from core.stores import queue
from core.web import request_ids


def ring(poll_id: int) -> bool:
    """Enqueue `tally_poll` for the present request. Returns whether it is enqueued; never raises, may be repeated."""
    return queue.enqueue("workers.jobs.tally_poll", poll_id, request_id=request_ids.current())

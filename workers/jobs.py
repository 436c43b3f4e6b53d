"""RQ's entry points: ids in, one call into the domain. Named by dotted path; nothing imports this module."""

from django.db import close_old_connections

from counter import flush
from polls import ballot_box, counting
from workers import bell


def tally_poll(poll_id: int) -> None:
    """Count what waits in the poll's ballot box. May run twice, late, or at the same time as another."""
    close_old_connections()
    # Before reading: a vote that comes from here on rings again.
    ballot_box.clear_bell(poll_id)
    if counting.drain_present_box(poll_id):
        bell.ring(poll_id)
    close_old_connections()


def flush_counters() -> None:
    """Write the visits that Redis has counted into Postgres. May run twice, late, or at the same time as another."""
    close_old_connections()
    flush.flush_all()
    close_old_connections()

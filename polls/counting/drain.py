"""Draining a ballot box: read a batch, count it in one transaction, and only then delete it from the box."""

import logging
import time

from django.db import Error as PostgresError

from core.telemetry import metrics, otel, tracing
from polls.box import ballot_box, casts
from polls.counting import tally
from polls.models import Tally
from polls.results import broadcast

logger = logging.getLogger(__name__)

#: Screens get a snapshot at most this often while a box is drained, in seconds, and always one at the end.
BROADCAST_EVERY = 0.1
#: One call drains for this long at most, in seconds: then other polls have their turn.
TURN = 1.0
#: One worker begins to count a poll this long after it last has, in seconds: votes that come close together share a
#: job, a transaction and a broadcast, which cost it more than the votes do. A vote that comes alone waits for nothing.
PACE = 0.05
#: A batch whose COMMIT got no answer is tried this many times before it is left to the next wake-up.
ATTEMPTS = 3


def drain(poll_id: int, box: int) -> int:
    """Count what is in the box. Returns how many casts the last batch had: tally.BATCH if something may be left.

    A crash anywhere is harmless: what was counted and not deleted is read again, and changes nothing. Raises
    PostgresError or RedisUnavailableError when a store can't.
    """
    started = time.monotonic()
    published = 0.0
    last = 0
    pressed_ms = None
    trace = tracing.Trace()
    try:
        while entries := ballot_box.read(poll_id, box, tally.BATCH):
            trace.read(entries)
            _count_as_span(poll_id, box, entries, trace)
            last = len(entries)
            trace.was_at("transaction")
            pressed_ms = pressed_ms or casts.pressed_ms(entries[0])
            ballot_box.trim(poll_id, box, through=entries[-1].position)
            if last < tally.BATCH or time.monotonic() - started > TURN:
                break
            if time.monotonic() - published > BROADCAST_EVERY:
                _publish(poll_id, pressed_ms, trace)
                published, pressed_ms = time.monotonic(), None
    finally:
        if last:
            _publish(poll_id, pressed_ms, trace)
    return last


def _publish(poll_id: int, pressed_ms: int | None, trace: tracing.Trace) -> None:
    if broadcast.publish(poll_id, pressed_ms, trace):
        trace.sent()
    trace.write()


#: When this worker last began to count which poll; only those of the last PACE seconds.
_began: dict[int, float] = {}


def keep_pace(poll_id: int) -> None:
    """Wait until PACE has passed since this was last called for the poll, in this process. One thread's alone."""
    rest = _began.get(poll_id, 0.0) + PACE - time.monotonic()
    if rest > 0:
        time.sleep(rest)
    present = time.monotonic()
    for past in [known for known, began in _began.items() if began + PACE < present]:
        del _began[past]
    _began[poll_id] = present


def drain_present_box(poll_id: int) -> int:
    """Drain the box that the Tally names now. The same answer and errors as `drain`; 0 for a poll that is gone."""
    box = Tally.objects.filter(pk=poll_id).values_list("box", flat=True).first()
    return 0 if box is None else drain(poll_id, box)


def _count_as_span(poll_id: int, box: int, entries: list[casts.Entry], trace: tracing.Trace) -> None:
    """Count a batch; its span in OpenTelemetry is linked to the followed votes in it."""
    attributes = {"votingsite.poll": poll_id, "votingsite.box": box, "votingsite.casts": len(entries)}
    with otel.span("batch", attributes, links=trace.parents):
        _count(poll_id, box, entries)


def _count(poll_id: int, box: int, entries: list[casts.Entry]) -> None:
    """In doubt do it again: a COMMIT whose answer was lost may still be on its way, and counting twice is free."""
    started = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            tally.count_batch(poll_id, box, entries)
        except Tally.DoesNotExist:
            tally.set_aside(poll_id, box, entries, "there is no such poll")
        except PostgresError:
            if attempt == ATTEMPTS:
                raise
            continue
        break
    took_s = time.monotonic() - started
    metrics.batch(len(entries), took_s)
    through = entries[-1].position
    fields = {
        "poll": poll_id,
        "box": box,
        "casts": len(entries),
        "through": through,
        "took_ms": round(1000 * took_s, 1),
    }
    text = "poll %s, box %s: %s casts through %s in %.0f ms"
    logger.info(text, poll_id, box, len(entries), through, 1000 * took_s, extra=fields)

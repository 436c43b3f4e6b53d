"""The broadcast: a full snapshot for every screen, after each committed change."""

import logging

from django.db import Error as PostgresError
from redis.exceptions import RedisError

from core.stores import channel_layer
from core.stores.redis import RedisUnavailableError
from core.telemetry import metrics
from core.telemetry.tracing import Trace
from core.web import request_ids
from polls.box import ballot_box
from polls.models import Tally
from polls.results import snapshots, waiting

logger = logging.getLogger(__name__)


def group(poll_id: int) -> str:
    """Return the name of the channel group of a poll's screens."""
    return f"poll.{poll_id}"


def publish(poll_id: int, pressed_ms: int | None = None, trace: Trace | None = None) -> bool:
    """Send the poll's snapshot to the hubs and store it in Redis for newcomers. Call it outside transactions.

    `pressed_ms` is the press of its oldest new vote (milliseconds since 1970), to measure the latency; `trace` records
    the spans of followed votes. Returns whether it was sent. May be repeated: a hub takes a snapshot only if its
    version is greater. A failure is only logged: hubs read the newest snapshot once a second, and the safety net
    publishes again if the stored one is older than the Tally.
    """
    try:
        snapshot = snapshots.snapshot(poll_id)
        waiting.say({poll_id: snapshot}, of_open=True)
        ballot_box.store_snapshot(poll_id, snapshot["version"], snapshots.dump(snapshot))
        message = {"type": "poll.snapshot", "poll_id": poll_id, "snapshot": snapshot, "pressed_ms": pressed_ms}
        message |= {"followed": [] if trace is None else trace.ids, "request_id": request_ids.current()}
        if trace is not None:
            trace.sending()
        channel_layer.send(group(poll_id), message)
    except (PostgresError, Tally.DoesNotExist, RedisUnavailableError, RedisError, OSError) as error:
        logger.warning("The snapshot of poll %s could not be published: %s", poll_id, error)
        return False
    logger.debug("poll %s: version %s was broadcast", poll_id, snapshot["version"])
    metrics.broadcasts.add()
    metrics.arrived(metrics.to_broadcast, pressed_ms)
    return True

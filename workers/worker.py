"""Our RQ worker: a SimpleWorker (no fork per job) with the safety net in a thread of its own."""

import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import Error as PostgresError
from django.db import close_old_connections
from redis.exceptions import RedisError
from rq.exceptions import StopRequested
from rq.worker import SimpleWorker

from core.stores.checks import stop_on_errors
from core.stores.errors import one_line
from core.stores.redis import RedisUnavailableError
from core.telemetry import heartbeat, metrics, otel
from counter import days, flush
from inspection import pipeline
from polls.lifecycle import safety_net
from workers import lists

logger = logging.getLogger(__name__)

#: Seconds between two sweeps of the safety net.
SWEEP_EVERY = 1.0
#: Every so many sweeps it looks at all polls, also final ones.
EVERYTHING_EVERY = 60


class TallyWorker(SimpleWorker):
    """Runs jobs, and the safety net in a thread, which needs no jobs."""

    #: Seconds between two attempts to reach Redis; with RQ's 60, votes would wait after it is back.
    max_connection_wait_time = 2.0

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Work until asked to stop. Returns whether any job was done.

        RQ ends a worker when Redis refuses its writes, for instance when it is out of memory. A new process would take
        seconds to start, in which nothing is counted, and counting is what frees the memory.
        """
        stop_on_errors(of_pages=False)
        otel.start("worker")
        with heartbeat.reporting("worker", pipeline.sample), _safety_net():
            while True:
                try:
                    return bool(super().work(*args, **kwargs))
                except RedisError as error:
                    logger.warning("RQ can't write to Redis; the safety net counts meanwhile: %s", error)
                if self._shutdown_requested_date is not None:
                    return False
                try:
                    self._begin_anew()
                except StopRequested:
                    return False

    def _begin_anew(self) -> None:
        """Prepare to work under a new name: RQ keeps the name of a worker that could not deregister for minutes."""
        time.sleep(self.max_connection_wait_time)
        if self.pubsub_thread is not None:
            self.pubsub_thread.stop()
            self.pubsub_thread = None
        self.name = uuid4().hex


@contextmanager
def _safety_net() -> Iterator[None]:
    stop = threading.Event()
    net = threading.Thread(target=_sweep_until, args=[stop], name="safety-net", daemon=True)
    net.start()
    try:
        yield
    finally:
        stop.set()
        net.join(timeout=SWEEP_EVERY)


def _sweep_until(stop: threading.Event) -> None:
    trouble = ""
    for number in itertools.count():
        close_old_connections()
        sweep = functools.partial(_sweep, everything=number % EVERYTHING_EVERY == 0)
        troubles = [_trouble(look) for look in (sweep, flush.flush_all, days.record, lists.make_missing, _beat)]
        before, trouble = trouble, next(filter(None, troubles), "")
        _say(trouble, before)
        if stop.wait(SWEEP_EVERY):
            return


def _sweep(*, everything: bool) -> None:
    safety_net.sweep(everything=everything)
    metrics.swept()


def _beat() -> None:
    """Touch the file whose age a health probe checks: while the safety net runs, votes are counted."""
    if settings.PULSE_FILE:
        settings.PULSE_FILE.touch()


def _trouble(look: Callable[[], object]) -> str:
    """Take a look; return why it has to wait for a store, in one line, or nothing."""
    try:
        look()
    except (PostgresError, RedisUnavailableError) as error:
        return one_line(error)
    except Exception:
        # Anything else is a bug. The safety net must go on: it sweeps again in a second.
        logger.exception("The safety net failed; it tries again in a second")
    return ""


def _say(trouble: str, before: str) -> None:
    """Say once that a store is waited for, and once that it has answered: it may be away for hours."""
    if trouble and trouble != before:
        logger.warning("The safety net waits for a store: %s", trouble)
    elif before and not trouble:
        logger.warning("The safety net goes on: the stores answer")

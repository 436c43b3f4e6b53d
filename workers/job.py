"""The jobs that a worker runs: our functions, and nothing else that stands in Redis.

RQ imports and calls whatever dotted path a job names, and posts to whatever address it names. Who can write to Redis
could so run any program as the worker.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from rq.job import Job

logger = logging.getLogger(__name__)

#: What a job may name.
FUNCTIONS = frozenset({"workers.jobs.tally_poll", "workers.jobs.flush_counters"})


class ForbiddenError(Exception):
    """The job names something else than our functions."""


class OurJob(Job):
    """A job of ours."""

    @property
    def func(self) -> Callable[..., Any]:
        """Return the function that it names. Raises ForbiddenError, and logs it, if that is not one of ours."""
        name = self.func_name
        if name not in FUNCTIONS or self.instance is not None:
            logger.warning("A job in Redis was refused: it names %.100r, and only our own functions are run.", name)
            raise ForbiddenError(f"It names {name!r:.100}; only our own functions are run.")
        function: Callable[..., Any] = super().func
        return function

    def restore(self, raw_data: Mapping[str, Any]) -> Any:
        """Read it from Redis, without what it would have called or posted at its end: ours have nothing of the kind."""
        restored = super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        return restored

"""The jobs that a worker runs: only our own functions.

RQ imports and calls any dotted path that a job names, and posts to any address that it names. Without this check,
anybody who can write to Redis could run any program as the worker.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from rq.job import Job

logger = logging.getLogger(__name__)

#: The functions that a job may name.
FUNCTIONS = frozenset({"workers.jobs.tally_poll", "workers.jobs.flush_counters"})


class ForbiddenError(Exception):
    """The job names something other than our functions."""


class OurJob(Job):
    """A job that calls one of our functions."""

    @property
    def func(self) -> Callable[..., Any]:
        """Return the function that the job names. Logs and raises ForbiddenError if it is not one of ours."""
        name = self.func_name
        if name not in FUNCTIONS or self.instance is not None:
            logger.warning("A job in Redis was refused: it names %.100r, and only our own functions are run.", name)
            raise ForbiddenError(f"It names {name!r:.100}; only our own functions are run.")
        function: Callable[..., Any] = super().func
        return function

    def restore(self, raw_data: Mapping[str, Any]) -> Any:
        """Read the job from Redis, without callbacks and addresses to post to, which our jobs never have."""
        restored = super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        return restored

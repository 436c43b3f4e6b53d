"""A circuit breaker: while a store does not answer, only one thread of ours waits for it.

No library does this: pybreaker and circuitbreaker let a caller try again after some time, and that caller is a voter
who waits (docs/decisions/0016).
"""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

#: Seconds between two probes of a store that does not answer.
ASK_EVERY = 0.2


class Breaker:
    """Closed while the store answers. Once open, it closes when the store has answered a probe of its thread."""

    def __init__(self, store: str, ask: Callable[[], object]) -> None:
        """`ask` probes the store without changing it, and raises within a few seconds if there is no answer."""
        self._store = store
        self._ask = ask
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._closed.set()

    @property
    def is_open(self) -> bool:
        """Tell whether the store must not be asked now."""
        return not self._closed.is_set()

    def open(self) -> None:
        """Refuse calls from now on. Harmless when it is open already."""
        with self._lock:
            if self.is_open:
                return
            self._closed.clear()
        logger.warning("%s does not answer; calls to it fail at once until it does", self._store)
        threading.Thread(target=self._watch, name=f"watch-{self._store}", daemon=True).start()

    def close(self) -> None:
        """Allow calls again."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(ASK_EVERY):
            try:
                self._ask()
            except Exception as error:  # whatever it is, the store can't be used
                logger.debug("%s still does not answer: %s", self._store, error)
            else:
                self.close()
                logger.warning("%s answers again", self._store)

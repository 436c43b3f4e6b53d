"""The circuit breaker: while a store does not answer, nobody waits for it but one thread of ours.

Not a library's: pybreaker and circuitbreaker let a caller try the store again when some time has passed, and that is a
voter who waits for it (docs/decisions/0016).
"""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

#: Seconds between two questions to a store that does not answer.
ASK_EVERY = 0.2


class Breaker:
    """Closed while the store answers. Opened, it stays so until the store has answered a question of its own thread."""

    def __init__(self, store: str, ask: Callable[[], object]) -> None:
        """`ask` puts a question that changes nothing to the store; it raises when there is no answer, in a few s."""
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
        """Somebody has waited in vain. Harmless when it is open already."""
        with self._lock:
            if self.is_open:
                return
            self._closed.clear()
        logger.warning("%s does not answer; nobody asks it until it does", self._store)
        threading.Thread(target=self._watch, name=f"watch-{self._store}", daemon=True).start()

    def close(self) -> None:
        """Let everybody ask again."""
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

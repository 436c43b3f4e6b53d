"""The counters' hub, one per result process: it reads the numbers that have screens, once for all of them.

It asks Redis by one call, and Postgres while Redis is away. Visits send nothing: a thousand visits a second cost no
visitor more time.
"""

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from channels.db import database_sync_to_async

from core.web.frames import Frame
from core.web.outbox import Outbox, start
from counter import counting

logger = logging.getLogger(__name__)

#: Seconds between two readings.
LOOK_EVERY = 0.5
#: Seconds after which every screen gets its number, changed or not: pages take a silent socket for a broken one.
HEARTBEAT_EVERY = 10.0
#: The most screens of one process.
MAX_SCREENS = 5_000


class Hub:
    """The screens of this process, by the counter's name. It runs in the event loop of the sockets."""

    def __init__(self) -> None:
        self._screens: dict[str, set[Outbox]] = {}
        self._shown: dict[str, int] = {}
        #: The one thread that calls the stores.
        self.reader = ThreadPoolExecutor(1, "counters")
        self._task: asyncio.Task[None] | None = None

    def is_full(self) -> bool:
        """Tell whether this process has as many screens as it may."""
        return sum(map(len, self._screens.values())) >= MAX_SCREENS

    def join(self, name: str, number: int, screen: Outbox) -> None:
        """Add a screen; `number` is the present number of its counter."""
        self._screens.setdefault(name, set()).add(screen)
        self._shown.setdefault(name, number)
        screen.offer(self._frame(name))
        # Tell the other screens too: to the next reading this number is no news.
        self._show(name, number, always=False)
        if self._task is None or self._task.done():
            self._task = start(self._look_forever())

    def leave(self, name: str, screen: Outbox) -> None:
        """Remove a screen. Does nothing if it is not there."""
        screens = self._screens.get(name, set())
        screens.discard(screen)
        if not screens:
            self._screens.pop(name, None)
            self._shown.pop(name, None)

    async def _look_forever(self) -> None:
        """Read the numbers every second while there are screens."""
        look = database_sync_to_async(counting.numbers, thread_sensitive=False, executor=self.reader)
        beaten_at = time.monotonic()
        while self._screens:
            await asyncio.sleep(LOOK_EVERY)
            try:
                numbers = await look(list(self._screens))
            except Exception:
                # Any error: without further readings every screen would stand still.
                logger.exception("The counters could not be looked at")
                continue
            beats = time.monotonic() - beaten_at >= HEARTBEAT_EVERY
            beaten_at = time.monotonic() if beats else beaten_at
            for name in list(self._screens):
                self._show(name, numbers.get(name, 0), always=beats)

    def _show(self, name: str, number: int, *, always: bool) -> None:
        """Hand the number to the counter's screens if it is greater: a reading may lag a second behind."""
        if number <= self._shown[name] and not always:
            return
        self._shown[name] = max(number, self._shown[name])
        frame = self._frame(name)
        for screen in self._screens[name]:
            screen.offer(frame)

    def _frame(self, name: str) -> Frame:
        return Frame(json.dumps({"type": "visits", "name": name, "visits": self._shown[name]}))


hub = Hub()

"""What a socket still has to send: the newest frame, whatever came before it."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Outbox:
    """The newest frame of one open socket that it has not sent yet. A slow one skips what came in between."""

    def __init__(self) -> None:
        self._frame: str | None = None
        self._news = asyncio.Event()

    def offer(self, frame: str) -> None:
        """Put this frame in the place of one that was not sent yet."""
        self._frame = frame
        self._news.set()

    async def next_frame(self) -> str:
        """The newest frame, as soon as there is one."""
        while self._frame is None:
            self._news.clear()
            await self._news.wait()
        frame, self._frame = self._frame, None
        return frame


_started: set[asyncio.Task[None]] = set()


def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that is kept from being collected while it runs."""
    task = asyncio.get_running_loop().create_task(work)
    _started.add(task)
    task.add_done_callback(_started.discard)
    return task

"""Outbox of a socket: the newest frame that it still has to send; older ones are dropped."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from core.web.frames import EXTENSION, Frame, Line


class Outbox:
    """The newest frame of one open socket that it has not sent yet. A slow one skips what came in between.

    With a line (`line_of`) frames are written as they are, from whoever offers them, in the sockets' event loop. On
    servers that offer none (Daphne, runserver) somebody has to wait for `next_frame`, and send it as ASGI has it.
    """

    def __init__(self, line: Line | None = None) -> None:
        self._line = line
        self._frame: Frame | None = None
        self._news = asyncio.Event()
        if line is not None:
            line.when_free = self.catch_up

    def offer(self, frame: Frame) -> bool:
        """Put this frame in the place of one that was not sent yet. Returns whether it was sent at once."""
        line = self._line
        if line is not None and line.is_free:
            self._frame = None
            line.write(frame)
            return True
        self._frame = frame
        self._news.set()
        return False

    async def next_frame(self) -> Frame:
        """The newest frame, as soon as there is one."""
        while self._frame is None:
            self._news.clear()
            await self._news.wait()
        frame, self._frame = self._frame, None
        return frame

    def catch_up(self) -> bool:
        """Send what has waited for the line. Returns whether there was anything."""
        return self._frame is not None and self.offer(self._frame)


def line_of(scope: dict[str, Any]) -> Line | None:
    """The line of a socket, where its server offers one."""
    offered: Line | None = scope.get("extensions", {}).get(EXTENSION, {}).get("line")
    return offered


_started: set[asyncio.Task[None]] = set()


def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that is kept from being collected while it runs."""
    task = asyncio.get_running_loop().create_task(work)
    _started.add(task)
    task.add_done_callback(_started.discard)
    return task

"""The outbox of a socket: the newest frame to send; older ones are dropped."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from core.web.frames import EXTENSION, Frame, Line


class Outbox:
    """The newest unsent frame of one open socket. A slow socket skips the frames in between.

    With a line (`line_of`), `offer` writes encoded frames itself, in the sockets' event loop. Servers without lines
    (Daphne, runserver) need a task that waits for `next_frame` and sends it as an ASGI message.
    """

    def __init__(self, line: Line | None = None) -> None:
        self._line = line
        self._frame: Frame | None = None
        #: Only without a line: ten thousand sockets have one.
        self._news = asyncio.Event() if line is None else None
        if line is not None:
            line.when_free = self.catch_up

    def offer(self, frame: Frame) -> bool:
        """Replace the unsent frame by this one. Returns whether it was sent at once."""
        line = self._line
        if line is not None and line.is_free:
            self._frame = None
            line.write(frame)
            return True
        self._frame = frame
        if self._news is not None:
            self._news.set()
        return False

    async def next_frame(self) -> Frame:
        """Return the newest frame, as soon as there is one. Only for a socket without a line."""
        assert self._news is not None
        while self._frame is None:
            self._news.clear()
            await self._news.wait()
        frame, self._frame = self._frame, None
        return frame

    def catch_up(self) -> bool:
        """Send the frame that waited for the line. Returns whether one was sent."""
        return self._frame is not None and self.offer(self._frame)


def line_of(scope: dict[str, Any]) -> Line | None:
    """Return the line of a socket; None if its server has none."""
    offered: Line | None = scope.get("extensions", {}).get(EXTENSION, {}).get("line")
    return offered


_started: set[asyncio.Task[None]] = set()


def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task that is not garbage-collected while it runs."""
    task = asyncio.get_running_loop().create_task(work)
    _started.add(task)
    task.add_done_callback(_started.discard)
    return task

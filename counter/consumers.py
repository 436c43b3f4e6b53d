"""The WebSocket of a counter: sends the hub's frames as messages, and does nothing else."""

import asyncio
from functools import partial

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from core.web.frames import NOTHING_TO_SAY
from core.web.outbox import Outbox, line_of, start
from counter import counting
from counter.screens import hub

#: Close codes: no such counter (RFC 6455 leaves 4000-4999 to applications); neither store answers, or the hub is full.
NO_SUCH_COUNTER = 4404
TRY_AGAIN = 1013


class VisitsConsumer(AsyncWebsocketConsumer):
    """The WebSocket of one screen."""

    # Without a channel layer, which would fail when Redis does.
    channel_layer_alias = "none"

    name = ""
    screen: Outbox | None = None
    sender: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Send the number, then each greater one; or close with the reason."""
        await self.accept()
        self.name = self.scope["url_route"]["kwargs"]["name"]
        try:
            number = await database_sync_to_async(counting.total)(self.name)
        except counting.UnknownCounter:
            await self.close(NO_SUCH_COUNTER)
            return
        except counting.NoStore:
            await self.close(TRY_AGAIN)
            return
        if hub.is_full():
            await self.close(TRY_AGAIN)
            return
        line = line_of(self.scope)
        self.screen = Outbox(line)
        hub.join(self.name, number, self.screen)
        if line is not None:
            line.stay_open(partial(hub.leave, self.name, self.screen))
            raise StopConsumer
        self.sender = start(self._send_frames(self.screen))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Close the socket: screens send nothing, and reading would cost the others time."""
        await self.close(NOTHING_TO_SAY)

    async def disconnect(self, code: int) -> None:
        """Leave the hub."""
        if self.sender is not None:
            self.sender.cancel()
        if self.screen is not None:
            hub.leave(self.name, self.screen)

    async def _send_frames(self, screen: Outbox) -> None:
        while True:
            await self.send(text_data=await screen.next_frame())

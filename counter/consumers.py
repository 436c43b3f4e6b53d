"""The WebSocket of a counter: it turns the hub's frames into messages, and nothing else."""

import asyncio

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from core.web.outbox import Outbox, line_of, start
from counter import counting
from counter.screens import hub

#: Close codes of our own (RFC 6455 leaves 4000-4999 to applications): no such counter; nobody can say.
NO_SUCH_COUNTER = 4404
TRY_AGAIN = 1013
#: RFC 6455, section 7.4.1: a message that the policy does not allow.
NOTHING_TO_SAY = 1008


class VisitsConsumer(AsyncWebsocketConsumer):
    """The WebSocket of one screen."""

    # It needs no channel layer, and one that had it would fail with Redis.
    channel_layer_alias = "none"

    name = ""
    screen: Outbox | None = None
    sender: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Show the number, then each greater one; or close with the reason."""
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
        if line is None:
            self.sender = start(self._send_frames(self.screen))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Close: screens have nothing to say, and whoever talks all the same costs the others time."""
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

"""The WebSocket of a poll's screens: it turns the hub's frames into messages, and nothing else."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as PostgresError

from polls import definitions, receipts, results
from polls.definitions import Definition
from polls.models import State
from polls.receipts import Receipt
from polls.screens import Screen, hub

#: Close codes of our own (RFC 6455 leaves 4000-4999 to applications): no such poll; nobody can say what it is.
NO_SUCH_POLL = 4404
TRY_AGAIN = 1013


class ResultsConsumer(AsyncWebsocketConsumer):
    """One screen."""

    # The hub holds the one subscription of this process; a consumer with a channel layer would fail with Redis.
    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Join the poll's room. Who may see totals is settled here."""
        self.screen: Screen | None = None
        self.sender: asyncio.Task[None] | None = None
        slug = self.scope["url_route"]["kwargs"]["slug"]
        await self.accept()
        try:
            self.definition = await database_sync_to_async(definitions.cache.get)(slug)
        except definitions.NobodyKnowsError:
            await self.close(TRY_AGAIN)
            return
        if self.definition is None or self.definition.state == State.DRAFT:
            await self.close(NO_SUCH_POLL)
            return
        if hub.is_full():
            await self.close(TRY_AGAIN)
            return
        self.screen = Screen(sees_totals=await self._sees_totals(self.definition))
        self.sender = asyncio.get_running_loop().create_task(self._send_frames(self.screen))
        await hub.join(self.definition.id, self.definition.result_rule, self.screen)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Screens have nothing to say."""

    async def disconnect(self, code: int) -> None:
        """Leave the room."""
        if self.sender is not None:
            self.sender.cancel()
        if self.screen is not None and self.definition is not None:
            hub.leave(self.definition.id, self.screen)

    async def _send_frames(self, screen: Screen) -> None:
        while True:
            await self.send(text_data=await screen.next_frame())

    async def _sees_totals(self, definition: Definition) -> bool:
        cookie = self.scope.get("cookies", {}).get(receipts.COOKIE, "")
        # The receipt's cookie is sent to the poll's own pages alone; they hand it on in the address.
        in_address = parse_qs(self.scope["query_string"].decode(errors="replace")).get("receipt", [""])[0]
        receipt = Receipt.read(cookie) or Receipt.read(in_address)
        has_voted = receipt is not None and receipt.poll_id == definition.id and receipt.round == definition.round
        if results.may_see(definition.result_rule, definition.state, has_voted=has_voted, is_staff=False):
            return True
        return await self._is_staff()

    async def _is_staff(self) -> bool:
        """Asked only where it matters: it needs Postgres, and nobody is staff while that can't say."""
        try:
            user: Any = await get_user(self.scope)
        except PostgresError:
            return False
        return bool(user.is_staff)

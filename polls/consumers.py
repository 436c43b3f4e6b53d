"""The WebSocket of a poll's screens: sends the hub's frames as messages, and does nothing else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import Error as PostgresError
from django.db import connection

from core.telemetry import metrics
from core.web.frames import NOTHING_TO_SAY
from core.web.iframes import Frame
from core.web.outbox import line_of, start
from core.web.texts import whole_number
from polls import people
from polls.box import definitions
from polls.box.definition import Definition
from polls.models import ResultRule, State
from polls.results.hub import HEARTBEAT_EVERY, hub
from polls.results.screens import HOST, PROJECTOR, Screen
from polls.results.snapshots import Viewer
from polls.voting import receipts

#: Threads that look up unknown polls for sockets, separate from those of pages.
_lookups = ThreadPoolExecutor(2, "sockets")

#: Close codes: no such poll (RFC 6455 leaves 4000-4999 to applications); neither store answers, or the hub is full.
NO_SUCH_POLL = 4404
TRY_AGAIN = 1013


class ResultsConsumer(AsyncWebsocketConsumer):
    """The WebSocket of one screen."""

    # The hub holds this process's one channel. A consumer with a channel layer would fail when Redis does.
    channel_layer_alias = "none"

    poll_id = 0
    screen: Screen | None = None
    sender: asyncio.Task[None] | None = None
    watch: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Join the screens of the poll, or close with the reason."""
        await self.accept()
        try:
            definition = await _definition(self.scope["url_route"]["kwargs"]["slug"])
        except definitions.NobodyKnowsError:
            await self.close(TRY_AGAIN)
            return
        if definition is None or definition.state == State.DRAFT:
            await self.close(NO_SUCH_POLL)
            return
        if hub.is_full():
            await self.close(TRY_AGAIN)
            return
        self.poll_id, self.screen = definition.id, await self._screen(definition)
        line = line_of(self.scope)
        if line is None:
            self.sender = start(self._send_frames(self.screen))
        if self.screen.viewer.is_staff:
            self.watch = start(self._watch_staff())
        try:
            await hub.join(self.poll_id, self.screen)
        except BaseException:
            # Channels calls disconnect only if connect succeeded.
            await self.disconnect(TRY_AGAIN)
            raise
        if line is not None and self.watch is None:
            line.stay_open(partial(hub.leave, self.poll_id, self.screen))
            raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Close the socket: screens send nothing, and reading would cost the others time."""
        await self.close(NOTHING_TO_SAY)

    async def disconnect(self, code: int) -> None:
        """Stop the tasks and leave the hub."""
        for task in (self.sender, self.watch):
            if task is not None:
                task.cancel()
        if self.screen is not None:
            hub.leave(self.poll_id, self.screen)

    async def _send_frames(self, screen: Screen) -> None:
        while True:
            await self.send(text_data=await screen.next_frame())
            metrics.frames.add()

    async def _watch_staff(self) -> None:
        """Close the socket once its user may no longer see the totals, as after signing out; the page reconnects."""
        while True:
            await asyncio.sleep(HEARTBEAT_EVERY)
            if await self._sees_totals() is False:
                await self.close(NOTHING_TO_SAY)
                return

    async def _screen(self, definition: Definition) -> Screen:
        """Return the screen with the rights of its viewer.

        With `view=audience` those of anybody; with `view=frame` those that its pass gives: a frame has other cookies.
        """
        line = line_of(self.scope)
        query = parse_qs(self.scope["query_string"].decode(errors="replace"))
        seen = whole_number(query.get("seen", [""])[0]) or 0
        # The page's own word on what it is gives no rights: it is counted apart and told of the room.
        kind = said if (said := query.get("screen", [""])[0]) in (PROJECTOR, HOST) else ""
        if query.get("view") == ["audience"]:
            return Screen(line, seen=seen, kind=kind)
        pass_ = query.get("pass", [""])[0]
        if query.get("view") == [Frame.view]:
            return Screen(line, viewer=Viewer(receipts.voted_in("", pass_, definition.id)), seen=seen, kind=kind)
        cookie = self.scope.get("cookies", {}).get(settings.BALLOT_COOKIE_NAME, "")
        voted_in = receipts.voted_in(cookie, pass_, definition.id)
        self.poll_id = definition.id
        is_staff = definition.result_rule != ResultRule.ALWAYS and bool(await self._sees_totals())
        return Screen(line, viewer=Viewer(voted_in, is_staff), seen=seen, kind=kind)

    async def _sees_totals(self) -> bool | None:
        """Tell whether the user may see the totals; None while Postgres does not answer."""
        scope = self.scope | {"session": SessionStore(self.scope["cookies"].get(settings.SESSION_COOKIE_NAME))}
        try:
            user: Any = await get_user(scope)
            return bool(await database_sync_to_async(people.may_see_totals)(user, self.poll_id))
        except PostgresError:
            return None


async def _definition(slug: str) -> Definition | None:
    """Return the poll of a screen. A fresh definition takes no thread: the sockets of a room connect all at once."""
    if (fresh := definitions.cache.fresh(slug)) is not None:
        return fresh
    return await asyncio.get_running_loop().run_in_executor(_lookups, _look_up, slug)


def _look_up(slug: str) -> Definition | None:
    try:
        return definitions.cache.get(slug)
    finally:
        connection.close()  # back into the pool

"""The hub, one per result process: every screen of every poll that is open here.

It holds one channel-layer subscription per poll, encodes a snapshot once, and hands the same frame to every screen of
that poll. A screen still busy with the last frame skips to the newest.

The consumers themselves take no channel layer: with Redis down sockets stay, new ones are accepted, and the hub reads
Postgres once a second for all of them.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from polls import broadcast, results
from polls.results import Snapshot

logger = logging.getLogger(__name__)

#: How often the hub looks for newer snapshots by itself, in seconds: the channel layer may drop messages silently.
REFRESH_EVERY = 1.0
#: Every so many looks each screen gets a frame, changed or not: a silent socket counts as broken.
HEARTBEAT_EVERY = 10
#: Screens that one process takes at most.
MAX_SCREENS = 20_000


class Screen:
    """One open socket: the newest frame that it has not sent yet."""

    def __init__(self, *, sees_totals: bool) -> None:
        self.sees_totals = sees_totals
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


class Room:
    """All screens of one poll in this process."""

    def __init__(self, poll_id: int, result_rule: str) -> None:
        self.poll_id = poll_id
        self.result_rule = result_rule
        self.screens: set[Screen] = set()
        self.snapshot: Snapshot | None = None
        self.task: asyncio.Task[None] | None = None
        #: Held while the first snapshot is read: a thousand screens that come at once read it once.
        self.first_read = asyncio.Lock()
        self._shown = self._hidden = ""

    def take(self, snapshot: Snapshot) -> None:
        """Show a snapshot, unless a newer one is shown; of equal ones, if `counting` differs."""
        present = self.snapshot
        if present is not None and not _is_newer(snapshot, present):
            return
        self.snapshot = snapshot
        self.show()

    def show(self) -> None:
        """Hand the present snapshot to every screen."""
        self._encode()
        for screen in self.screens:
            self.show_to(screen)

    def show_to(self, screen: Screen) -> None:
        """Hand the present frame to one screen."""
        frame = self._shown if screen.sees_totals else self._hidden
        if frame:
            screen.offer(frame)

    def _encode(self) -> None:
        if self.snapshot is None:
            return
        snapshot = results.sent(self.snapshot, counting=self.snapshot["counting"] == "live")
        state = snapshot["poll"]["state"]
        public = results.may_see(self.result_rule, state, has_voted=False, is_staff=False)
        self._shown = results.dump(snapshot)
        self._hidden = self._shown if public else results.dump(results.hidden(snapshot))


def _is_newer(snapshot: Snapshot, present: Snapshot) -> bool:
    if snapshot["version"] != present["version"]:
        return bool(snapshot["version"] > present["version"])
    return bool(snapshot["counting"] != present["counting"])


class Hub:
    """The rooms of this process. Everything in it runs in the one event loop that the sockets run in."""

    def __init__(self) -> None:
        self.rooms: dict[int, Room] = {}
        self._refresher: asyncio.Task[None] | None = None
        self._screens = 0
        self._counting = True

    def is_full(self) -> bool:
        """Whether this process takes no more screens."""
        return self._screens >= MAX_SCREENS

    async def join(self, poll_id: int, result_rule: str, screen: Screen) -> None:
        """Add a screen, then show it the newest snapshot there is, then each newer one."""
        room = self.rooms.get(poll_id)
        if room is None:
            room = self.rooms[poll_id] = Room(poll_id, result_rule)
            room.task = _start(self._listen(room))
        room.result_rule = result_rule
        room.screens.add(screen)
        self._screens += 1
        if self._refresher is None:
            self._refresher = _start(self._refresh_forever())
        async with room.first_read:
            if room.snapshot is None:
                await self._refresh([room])
        room.show_to(screen)

    def leave(self, poll_id: int, screen: Screen) -> None:
        """Take a screen away, and its room with the last one."""
        room = self.rooms.get(poll_id)
        if room is None or screen not in room.screens:
            return
        room.screens.remove(screen)
        self._screens -= 1
        if not room.screens:
            del self.rooms[poll_id]
            if room.task is not None:
                room.task.cancel()

    async def close(self) -> None:
        """End all that the hub has started in this event loop."""
        tasks = [room.task for room in self.rooms.values()] + [self._refresher]
        self.rooms.clear()
        self._refresher, self._screens = None, 0
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)

    async def _listen(self, room: Room) -> None:
        """Take the room's snapshots from the channel layer, for as long as it has screens."""
        while True:
            try:
                await self._subscribe(room)
            except (RedisError, OSError) as error:
                logger.info("Poll %s is read once a second, Redis does not answer: %s", room.poll_id, error)
                await asyncio.sleep(REFRESH_EVERY)

    async def _subscribe(self, room: Room) -> None:
        layer, group = get_channel_layer(), broadcast.group(room.poll_id)
        # Cut off half-way, the layer would stay subscribed and not know it: joining always runs to its end.
        joining = _start(_join(layer, group))
        try:
            channel = await asyncio.shield(joining)
            while True:
                message = await layer.receive(channel)
                room.take({**message["snapshot"], "counting": "live" if self._counting else "paused"})
        finally:
            # The layer gives up the channel by itself, but not the group.
            with suppress(RedisError, OSError):
                await layer.group_discard(group, await joining)

    async def _refresh_forever(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(REFRESH_EVERY)
            looks += 1
            rooms = list(self.rooms.values())
            try:
                await self._refresh(rooms)
            except Exception:
                # Whatever it is: the next look is in a second, and without looks every screen would stand still.
                logger.exception("The hub could not look for newer snapshots")
            if looks % HEARTBEAT_EVERY == 0:
                for room in rooms:
                    room.show()

    async def _refresh(self, rooms: list[Room]) -> None:
        if not rooms:
            return
        found = await database_sync_to_async(results.newest)([room.poll_id for room in rooms])
        for room in rooms:
            snapshot = found.get(room.poll_id)
            if snapshot is not None:
                self._counting = snapshot["counting"] == "live"
                room.take(snapshot)
            elif room.snapshot is not None:
                # Neither store answers: the last totals there are, and nobody counts.
                self._counting = False
                room.take({**room.snapshot, "counting": "paused"})


async def _join(layer: Any, group: str) -> str:
    channel: str = await layer.new_channel()
    await layer.group_add(group, channel)
    return channel


_Result = TypeVar("_Result")
_tasks: set[asyncio.Task[Any]] = set()


def _start(work: Coroutine[Any, Any, _Result]) -> asyncio.Task[_Result]:
    """A task that is kept from being collected while it runs."""
    task = asyncio.get_running_loop().create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


hub = Hub()

"""The hub, one per result process: every screen of every poll that is open here.

It has one channel of the channel layer, with one subscription per poll. It encodes a snapshot once and hands the same
frame to every screen of the poll. A screen that is still busy with the last frame skips to the newest.

The consumers have no channel layer: while Redis is down sockets stay open, new ones are accepted, and the hub reads
Postgres for all of them.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import Error as PostgresError

from core.stores import postgres
from core.stores.redis import RedisUnavailableError
from core.telemetry import memory, metrics
from core.web.outbox import start
from polls.events import agendas
from polls.events.agenda import Told
from polls.results import broadcast, room, snapshots
from polls.results.room import Remote, Room
from polls.results.screens import PollScreens, Screen

logger = logging.getLogger(__name__)

#: Seconds between two readings of the newest snapshots: the channel layer may drop messages silently.
REFRESH_EVERY = 1.0
#: Seconds after which every screen gets a frame, changed or not: pages take a silent socket for a broken one.
HEARTBEAT_EVERY = 10.0
#: The most screens of one process, and the bytes of each (31 KiB measured, docs/benchmarks.md): half of the memory is
#: for screens.
MAX_SCREENS = min(20_000, memory.available() // 2 // (40 * 1024))


class Hub:
    """The screens of this process, by poll. It runs in the event loop of the sockets."""

    def __init__(self) -> None:
        self.polls: dict[int, PollScreens] = {}
        #: The one thread that calls the stores.
        self.reader = ThreadPoolExecutor(1, "hub")
        self._screens = 0
        self._channel: str | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def is_full(self) -> bool:
        """Tell whether this process has as many screens as it may."""
        return self._screens >= MAX_SCREENS

    def screens(self) -> dict[int, int]:
        """Return the number of open screens by poll. May be called from another thread."""
        return {poll.poll_id: len(poll.screens) for poll in list(self.polls.values())}

    async def join(self, poll_id: int, screen: Screen) -> None:
        """Add a screen: it gets the newest snapshot, then each newer one."""
        if not self._tasks:
            self._tasks = [start(work()) for work in (self._listen, self._refresh_forever, self._beat)]
        poll = self.polls.get(poll_id)
        if poll is None:
            poll = self.polls[poll_id] = PollScreens(poll_id)
            start(self._follow(poll_id))
        poll.add(screen)
        self._screens += 1
        async with poll.first_read:
            if poll.snapshot is None:
                await self._refresh([poll])
        metrics.frames.add(poll.show_to(screen))

    def leave(self, poll_id: int, screen: Screen) -> None:
        """Remove a screen, and its poll with the last one. Does nothing if it is not there."""
        poll = self.polls.get(poll_id)
        if poll is None or screen not in poll.screens:
            return
        poll.remove(screen)
        self._screens -= 1
        if not poll.screens:
            del self.polls[poll_id]
            start(self._follow(poll_id))

    async def close(self) -> None:
        """End the tasks of the hub in this event loop."""
        for task in self._tasks:
            while not task.done():
                # Repeated, since asgiref swallows a cancellation while its thread is at work.
                task.cancel()
                await asyncio.wait([task], timeout=0.1)
        self.polls.clear()
        self._screens, self._channel, self._tasks = 0, None, []

    async def _listen(self) -> None:
        """Hand each message of the channel layer to the screens of its poll."""
        layer = get_channel_layer()
        while True:
            try:
                self._channel = self._channel or await layer.new_channel()
                for poll_id in list(self.polls):
                    await layer.group_add(broadcast.group(poll_id), self._channel)
                while True:
                    message = await layer.receive(self._channel)
                    poll = self.polls.get(message["poll_id"])
                    if poll is not None:
                        _hand(poll, message)
            except Exception as error:
                logger.info("The channel layer does not answer; looking for snapshots every second: %r", error)
                await asyncio.sleep(REFRESH_EVERY)

    async def _follow(self, poll_id: int) -> None:
        """Subscribe to a poll with screens, or unsubscribe from one without, as it is when Redis answers.

        Does nothing without a channel: `_listen` subscribes to all polls as soon as it has one.
        """
        layer, group = get_channel_layer(), broadcast.group(poll_id)
        while self._channel is not None:
            try:
                if poll_id in self.polls:
                    await layer.group_add(group, self._channel)
                else:
                    await layer.group_discard(group, self._channel)
            except Exception as error:
                logger.info("The channel layer does not answer for poll %s: %r", poll_id, error)
                await asyncio.sleep(REFRESH_EVERY)
            else:
                return

    async def _refresh_forever(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_EVERY)
            try:
                polls = list(self.polls.values())
                await self._refresh(polls)
                await self._look_into_rooms(polls)
                await self._look_into_events(polls)
            except Exception:
                # Any error: without further readings every screen would stand still.
                logger.exception("The hub could not look for newer snapshots")

    async def _refresh(self, polls: list[PollScreens]) -> None:
        if not polls:
            return
        # In its own thread: connecting sockets share others, and may wait in them for Postgres.
        look = database_sync_to_async(snapshots.newest, thread_sensitive=False, executor=self.reader)
        doubted = {poll.poll_id for poll in polls if poll.is_in_doubt}
        newest = await look([poll.poll_id for poll in polls], with_waiting=True, doubted=doubted)
        for poll in polls:
            if poll.poll_id in newest.snapshots:
                poll.take(newest.snapshots[poll.poll_id])
            if poll.poll_id in newest.confirmed:
                poll.settle()
            poll.say_counting(counting=newest.counting)

    async def _look_into_rooms(self, polls: list[PollScreens]) -> None:
        """Store the number of screens of this process, and tell the screens the sums over all processes."""
        if not polls:
            return
        screens = {poll.poll_id: (poll.people, poll.projectors) for poll in polls}
        try:
            rooms = await asyncio.get_running_loop().run_in_executor(self.reader, room.look, screens)
        except RedisUnavailableError as error:
            logger.debug("Nobody can say who is there: %s", error)
            rooms = {}
        for poll in polls:
            poll.enter(rooms.get(poll.poll_id, Room()))

    async def _look_into_events(self, polls: list[PollScreens]) -> None:
        """Tell the screens what is on, if a message was lost. While Postgres is away nothing can be put on."""
        if not polls:
            return
        look = database_sync_to_async(_told, thread_sensitive=False, executor=self.reader)
        told = await look([poll.poll_id for poll in polls])
        for poll in polls if told is not None else ():
            poll.attend(told.get(poll.poll_id))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_EVERY)
            for poll in list(self.polls.values()):
                poll.show()


def _hand(poll: PollScreens, message: dict[str, Any]) -> None:
    """Hand what is on in an event, a press of the remote or a snapshot to the screens of its poll."""
    if message["type"] == "poll.event":
        poll.attend(message["event"])
        return
    if message["type"] == "poll.remote":
        poll.enter(replace(poll.room or Room(), remote=Remote(**message["remote"])))
        return
    poll.take(message["snapshot"], message.get("pressed_ms"))
    poll.follow(message.get("followed", []))
    _log(poll, message)


def _told(poll_ids: list[int]) -> dict[int, Told] | None:
    """Return what is on in the events of these polls, by poll; None while Postgres does not answer."""
    try:
        with postgres.bounded():
            return agendas.told(poll_ids)
    except PostgresError:
        return None


def _log(poll: PollScreens, message: dict[str, Any]) -> None:
    fields = {"request_id": message.get("request_id", ""), "screens": len(poll.screens)}
    version = message["snapshot"]["version"]
    logger.debug("poll %s: version %s goes to %s screens", poll.poll_id, version, len(poll.screens), extra=fields)


hub = Hub()
metrics.screens = hub.screens

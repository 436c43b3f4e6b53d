"""The hub, one per result process: every screen of every poll that is open here.

It has one channel of the channel layer, subscribed once per poll, encodes a snapshot once, and hands the same frame to
every screen of that poll. A screen still busy with the last frame skips to the newest.

The consumers themselves take no channel layer: with Redis down sockets stay, new ones are accepted, and the hub reads
Postgres for all of them.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from core.telemetry import memory, metrics, tracing
from core.telemetry.tracing import Span
from core.web.frames import Frame, Line
from core.web.outbox import Outbox, start
from polls.results import broadcast, snapshots
from polls.results.snapshots import Snapshot

logger = logging.getLogger(__name__)

#: Seconds between two looks for newer snapshots: the channel layer may drop messages without a word.
REFRESH_EVERY = 1.0
#: Seconds after which every screen gets a frame, changed or not: to a page a silent socket is a broken one.
HEARTBEAT_EVERY = 10.0
#: Seconds between two rounds of one poll, at least: a round hands its newest frame to every screen.
FRAME_EVERY = 0.1
#: Share of the event loop's time that the rounds of one poll may take: the rest is for newcomers and for other polls.
_SHARE = 0.25
#: Screens that are handed a frame before others get their turn in the event loop: some five milliseconds.
_AT_ONCE = 500
#: Screens that one process takes at most, where the memory allows it: half of what there is, and so many bytes for
#: each (31 KiB were seen, docs/benchmarks.md).
MAX_SCREENS = min(20_000, memory.available() // 2 // (40 * 1024))


class Screen(Outbox):
    """An open socket, with the rights of its owner."""

    def __init__(
        self, line: Line | None = None, *, voted_in: int | None = None, is_staff: bool = False, seen: int = 0
    ) -> None:
        super().__init__(line)
        self.voted_in = voted_in
        self.is_staff = is_staff
        #: The version that its page shows already: an older one would take it backwards.
        self.seen = seen

    def catch_up(self) -> bool:
        """Send what has waited for the line, and count it."""
        sent = super().catch_up()
        metrics.frames.add(sent)
        return sent


class PollScreens:
    """All screens of one poll in this process."""

    def __init__(self, poll_id: int) -> None:
        self.poll_id = poll_id
        self.screens: set[Screen] = set()
        #: Those that have seen more than this process knows of.
        self.ahead: set[Screen] = set()
        self.snapshot: Snapshot | None = None
        #: Held while the first snapshot is read: a thousand screens that come at once read it once.
        self.first_read = asyncio.Lock()
        self._counting = True
        self._frames: dict[bool, Frame] = {}
        #: When the next round may begin and when the present one did (time.monotonic()), and what comes next of both.
        self._next_round = 0.0
        self._began_at = 0.0
        self._later: asyncio.Handle | None = None
        #: Whether something is new that no round has begun with.
        self._is_news = False
        #: When the oldest vote was pressed that is in the snapshot and in no round yet, and in the present round.
        self._pressed_ms: int | None = None
        self._began_with_ms: int | None = None
        #: Votes that are followed, and are in the snapshot and in no frame yet.
        self._followed: list[str] = []

    def take(self, snapshot: Snapshot, pressed_ms: int | None = None) -> None:
        """Show a snapshot, unless one as new is shown; its oldest new vote was pressed at `pressed_ms`."""
        if self.snapshot is None or _is_news(snapshot, self.snapshot):
            self.snapshot = snapshot
            self._pressed_ms = self._pressed_ms or pressed_ms
            self._show_soon()
        elif self._later is None:
            # The look of every second has found it before its message came.
            metrics.arrived(metrics.to_screen, pressed_ms)

    def say_counting(self, *, counting: bool) -> None:
        """Show whether votes are being counted, if that is news."""
        if counting != self._counting:
            self._counting = counting
            self._show_soon()

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether Postgres must be asked: a screen may have seen a newer snapshot than Redis has."""
        return self.snapshot is None or bool(self.ahead)

    def settle(self) -> None:
        """Postgres itself has said it: if it knows less than a screen has seen, it was put back to an older state."""
        ahead, self.ahead = self.ahead, set()
        for screen in ahead:
            screen.seen = 0
            self.show_to(screen)

    def show(self) -> None:
        """Hand the present snapshot to every screen, some at a time; the next round waits by what this one has cost."""
        if self._later is not None:
            self._later.cancel()
        self._frames.clear()
        self._is_news = False
        self._began_at = time.monotonic()
        self._began_with_ms, self._pressed_ms = self._began_with_ms or self._pressed_ms, None
        self._show_some(iter(list(self.screens)), 0.0)

    def _show_some(self, screens: Iterator[Screen], cost_s: float) -> None:
        """Hand it to the next _AT_ONCE. Whoever comes late in a round may get a newer snapshot than it began with."""
        began = time.monotonic()
        sent = sum(self.show_to(screen) for screen in islice(screens, _AT_ONCE))
        metrics.frames.add(sent)
        cost_s += time.monotonic() - began
        if (follower := next(screens, None)) is not None:
            rest = chain([follower], screens)
            self._later = asyncio.get_running_loop().call_soon(self._show_some, rest, cost_s)
            return
        self._end_round(cost_s)

    def _end_round(self, cost_s: float) -> None:
        self._later = None
        self._next_round = self._began_at + max(FRAME_EVERY, cost_s / _SHARE)
        metrics.arrived(metrics.to_screen, self._began_with_ms)
        self._began_with_ms = None
        self._write_spans()
        if self._is_news:
            self._show_soon()

    def follow(self, follow_ids: list[str]) -> None:
        """Somebody follows these votes, which are in the snapshot that was just taken."""
        self._followed += follow_ids
        if self._later is None:
            self._write_spans()

    def _write_spans(self) -> None:
        """They are on the screens. Written by another thread: the sockets' own never waits for Redis."""
        if self._followed:
            span = Span("screen", time.time(), detail={"screens": len(self.screens)})
            asyncio.get_running_loop().run_in_executor(None, tracing.write, self._followed, [span])
            self._followed = []

    def show_to(self, screen: Screen) -> bool:
        """Hand the present snapshot to one screen, with what its owner may see. Returns whether it was sent at once.

        One that has seen more is told only whether votes are counted: it knows that somebody is there, and shows what
        it has.
        """
        if self.snapshot is None or self.snapshot["version"] < screen.seen:
            self.ahead.add(screen)
            counting = snapshots.counting_word(counting=self._counting)
            return screen.offer(Frame(snapshots.dump({"type": "counting", "counting": counting})))
        self.ahead.discard(screen)
        totals = snapshots.may_see(self.snapshot, voted_in=screen.voted_in, is_staff=screen.is_staff)
        if totals not in self._frames:
            seen = snapshots.seen(self.snapshot, counting=self._counting, totals=totals)
            self._frames[totals] = Frame(snapshots.dump(seen))
        return screen.offer(self._frames[totals])

    def _show_soon(self) -> None:
        """Begin a round at once, or as soon as one may begin: then with the newest snapshot there is."""
        self._frames.clear()
        self._is_news = True
        if self._later is not None:
            return
        wait = self._next_round - time.monotonic()
        if wait <= 0:
            self.show()
        else:
            self._later = asyncio.get_running_loop().call_later(wait, self.show)


def _is_news(snapshot: Snapshot, shown: Snapshot) -> bool:
    """Tell whether a snapshot is newer than the one shown; of one version, the number of waiting votes may differ."""
    if snapshot["version"] == shown["version"]:
        return bool(snapshot.get("waiting") != shown.get("waiting"))
    return bool(snapshot["version"] > shown["version"])


class Hub:
    """The screens of this process, by poll. Everything in it runs in the one event loop that the sockets run in."""

    def __init__(self) -> None:
        self.polls: dict[int, PollScreens] = {}
        #: The one thread that asks the stores.
        self.reader = ThreadPoolExecutor(1, "hub")
        self._screens = 0
        self._channel: str | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def is_full(self) -> bool:
        """Tell whether this process has as many screens as it may."""
        return self._screens >= MAX_SCREENS

    def screens(self) -> dict[int, int]:
        """How many screens of each poll are open here. May be called from another thread."""
        return {poll.poll_id: len(poll.screens) for poll in list(self.polls.values())}

    async def join(self, poll_id: int, screen: Screen) -> None:
        """Add a screen, show it the newest snapshot there is, then each newer one."""
        if not self._tasks:
            self._tasks = [start(work()) for work in (self._listen, self._refresh_forever, self._beat)]
        poll = self.polls.get(poll_id)
        if poll is None:
            poll = self.polls[poll_id] = PollScreens(poll_id)
            start(self._follow(poll_id))
        poll.screens.add(screen)
        self._screens += 1
        async with poll.first_read:
            if poll.snapshot is None:
                await self._refresh([poll])
        metrics.frames.add(poll.show_to(screen))

    def leave(self, poll_id: int, screen: Screen) -> None:
        """Take a screen away, and its poll with the last one. Harmless when it is not there."""
        poll = self.polls.get(poll_id)
        if poll is None or screen not in poll.screens:
            return
        poll.screens.remove(screen)
        poll.ahead.discard(screen)
        self._screens -= 1
        if not poll.screens:
            del self.polls[poll_id]
            start(self._follow(poll_id))

    async def close(self) -> None:
        """End all that the hub has started in this event loop."""
        for task in self._tasks:
            while not task.done():
                # Again and again: asgiref swallows a cancellation that comes while its thread is at work.
                task.cancel()
                await asyncio.wait([task], timeout=0.1)
        self.polls.clear()
        self._screens, self._channel, self._tasks = 0, None, []

    async def _listen(self) -> None:
        """Hand what comes over the channel layer to the screens of its poll."""
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
                        poll.take(message["snapshot"], message.get("pressed_ms"))
                        poll.follow(message.get("followed", []))
                        _log(poll, message)
            except Exception as error:
                logger.info("Snapshots are looked for every second, the channel layer does not answer: %r", error)
                await asyncio.sleep(REFRESH_EVERY)

    async def _follow(self, poll_id: int) -> None:
        """Subscribe to a poll that has screens, or give up one that has none: whichever is so when Redis answers.

        Without a channel there is nothing to do: `_listen` subscribes to all polls as soon as it has one.
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
                await self._refresh(list(self.polls.values()))
            except Exception:
                # Whatever it is: the next look is in a second, and without looks every screen would stand still.
                logger.exception("The hub could not look for newer snapshots")

    async def _refresh(self, polls: list[PollScreens]) -> None:
        if not polls:
            return
        # In a thread of its own: sockets that connect share another, and may wait in it for Postgres.
        look = database_sync_to_async(snapshots.newest, thread_sensitive=False, executor=self.reader)
        doubted = {poll.poll_id for poll in polls if poll.is_in_doubt}
        newest = await look([poll.poll_id for poll in polls], with_waiting=True, doubted=doubted)
        for poll in polls:
            if poll.poll_id in newest.snapshots:
                poll.take(newest.snapshots[poll.poll_id])
            if poll.poll_id in newest.confirmed:
                poll.settle()
            poll.say_counting(counting=newest.counting)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_EVERY)
            for poll in list(self.polls.values()):
                poll.show()


def _log(poll: PollScreens, message: dict[str, Any]) -> None:
    fields = {"request_id": message.get("request_id", ""), "screens": len(poll.screens)}
    version = message["snapshot"]["version"]
    logger.debug("poll %s: version %s goes to %s screens", poll.poll_id, version, len(poll.screens), extra=fields)


hub = Hub()
metrics.screens = hub.screens

"""The screens of one poll in one process. In rounds each gets the newest snapshot, with what its viewer may see."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from core.telemetry import metrics, tracing
from core.telemetry.tracing import Span
from core.web.frames import Frame, Line
from core.web.outbox import Outbox
from polls.events.agenda import Told
from polls.results import snapshots
from polls.results.room import Room
from polls.results.snapshots import ANYBODY, Snapshot, Viewer

#: Least seconds between two rounds of one poll. A round hands the newest frame to every screen. It is half the pace at
#: which a worker counts a poll (polls.counting.drain.PACE): with the same one each snapshot waited some 20 ms for its
#: round, since the two don't beat together, and rounds were not fewer (docs/benchmarks.md).
FRAME_EVERY = 0.025
#: Share of a core for the rounds of one poll; the rest is for newcomers and other polls. It is CPU time: on a busy
#: machine a round takes longer than it costs, and fewer rounds would leave the core idle.
_SHARE = 0.25
#: Screens that get a frame in one turn of the event loop: some five milliseconds.
_AT_ONCE = 500
#: Kinds of screens that are not a voter's. They are told of the room.
PROJECTOR, HOST = "projector", "host"


class Screen(Outbox):
    """An open socket, with the rights of its viewer."""

    def __init__(
        self,
        line: Line | None = None,
        *,
        viewer: Viewer = ANYBODY,
        seen: int = 0,
        kind: str = "",
    ) -> None:
        super().__init__(line)
        self.viewer = viewer
        #: PROJECTOR or HOST; empty for a voter's.
        self.kind = kind
        #: The version that its page already shows. An older one must not replace it.
        self.seen = seen

    def catch_up(self) -> bool:
        """Send the frame that has waited for the connection, and count it."""
        sent = super().catch_up()
        metrics.frames.add(sent)
        return sent


class PollScreens:
    """All screens of one poll in this process."""

    def __init__(self, poll_id: int) -> None:
        self.poll_id = poll_id
        self.screens: set[Screen] = set()
        #: Screens that are told of the room, and the number of projectors among them.
        self.told: set[Screen] = set()
        self.projectors = 0
        #: The room as they know it; None before the first answer of Redis.
        self.room: Room | None = None
        #: What they know of the event that the poll stands in; None if it stands in none.
        self.event: Told | None = None
        #: Screens that show a newer version than this process has.
        self.ahead: set[Screen] = set()
        self.snapshot: Snapshot | None = None
        #: Held while the first snapshot is read, so that a thousand new screens read it once.
        self.first_read = asyncio.Lock()
        self._counting = True
        #: Frames by whether they have totals and whether they tell of the room.
        self._frames: dict[tuple[bool, bool], Frame] = {}
        #: The earliest begin of the next round, the begin of the present one (time.monotonic()), and the pending call.
        self._next_round = 0.0
        self._began_at = 0.0
        self._later: asyncio.Handle | None = None
        #: Whether there is news since the present round began.
        self._is_news = False
        #: The press of the oldest vote that is in the snapshot but in no round yet, and that of the present round.
        self._pressed_ms: int | None = None
        self._began_with_ms: int | None = None
        #: Followed votes that are in the snapshot but in no frame yet.
        self._followed: list[str] = []

    def add(self, screen: Screen) -> None:
        """Add a screen."""
        self.screens.add(screen)
        if screen.kind:
            self.told.add(screen)
            self.projectors += screen.kind == PROJECTOR

    def remove(self, screen: Screen) -> None:
        """Remove a screen that was added."""
        self.screens.remove(screen)
        self.ahead.discard(screen)
        if screen.kind:
            self.told.remove(screen)
            self.projectors -= screen.kind == PROJECTOR

    @property
    def people(self) -> int:
        """Return the number of voters' screens: open vote and result pages."""
        return len(self.screens) - len(self.told)

    def enter(self, room: Room) -> None:
        """Tell projectors and hosts of a changed room."""
        if self.room is not None and self.room.remote.press > room.remote.press:
            # The press's message was faster than this reading, or Redis has lost the press.
            room = replace(room, remote=self.room.remote)
        if room == self.room:
            return
        self.room = room
        if len(self.told) > _AT_ONCE:
            # More than any room has: they wait for a round as all others do.
            self._show_soon()
            return
        self._frames = {key: frame for key, frame in self._frames.items() if not key[1]}
        for screen in self.told:
            metrics.frames.add(self.show_to(screen))

    def attend(self, event: Told | None) -> None:
        """Tell the screens what is on in the event of the poll, if it is news."""
        known = self.event
        is_same = known is not None and event is not None and known["slug"] == event["slug"]
        if event == known or (is_same and event["version"] < known["version"]):  # type: ignore[index]
            return
        self.event = event
        self._show_soon()

    def take(self, snapshot: Snapshot, pressed_ms: int | None = None) -> None:
        """Show a snapshot if it is news. `pressed_ms` is the press of its oldest new vote."""
        if self.snapshot is None or _is_news(snapshot, self.snapshot):
            self.snapshot = snapshot
            self._pressed_ms = self._pressed_ms or pressed_ms
            self._show_soon()
        elif self._later is None:
            # The reading of every second was faster than the message.
            metrics.arrived(metrics.to_screen, pressed_ms)

    def say_counting(self, *, counting: bool) -> None:
        """Show whether votes are being counted, if it has changed."""
        if counting != self._counting:
            self._counting = counting
            self._show_soon()

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether to ask Postgres: a screen may show a newer snapshot than Redis has."""
        return self.snapshot is None or bool(self.ahead)

    def settle(self) -> None:
        """Show the snapshot, which Postgres confirmed, also to screens with a newer one: Postgres was restored."""
        ahead, self.ahead = self.ahead, set()
        for screen in ahead:
            screen.seen = 0
            self.show_to(screen)

    def show(self) -> None:
        """Hand the snapshot to every screen, some at a time. The cost decides when the next round may begin."""
        if self._later is not None:
            self._later.cancel()
        self._frames.clear()
        self._is_news = False
        self._began_at = time.monotonic()
        self._began_with_ms, self._pressed_ms = self._began_with_ms or self._pressed_ms, None
        self._show_some(iter(list(self.screens)), 0.0)

    def _show_some(self, screens: Iterator[Screen], cost_s: float) -> None:
        """Hand it to the next _AT_ONCE screens. The last screens of a round may get a newer snapshot than the first."""
        began = time.thread_time()
        sent = sum(self.show_to(screen) for screen in islice(screens, _AT_ONCE))
        metrics.frames.add(sent)
        cost_s += time.thread_time() - began
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
        """Note that these votes, which the present snapshot includes, are followed."""
        self._followed += follow_ids
        if self._later is None:
            self._write_spans()

    def _write_spans(self) -> None:
        """Record the span of the followed votes, in another thread: the event loop never waits for Redis."""
        if self._followed:
            span = Span("screen", time.time(), detail={"screens": len(self.screens)})
            asyncio.get_running_loop().run_in_executor(None, tracing.write, self._followed, [span])
            self._followed = []

    def show_to(self, screen: Screen) -> bool:
        """Hand the present snapshot to one screen, with what its viewer may see. Returns whether it was sent at once.

        A screen that shows a newer version is told only whether votes are being counted, and keeps what it shows.
        """
        if self.snapshot is None or self.snapshot["version"] < screen.seen:
            self.ahead.add(screen)
            counting = snapshots.counting_word(counting=self._counting)
            said = {"type": "counting", "counting": counting, **self._around(screen)}
            return screen.offer(Frame(snapshots.dump(said)))
        self.ahead.discard(screen)
        totals = screen.viewer.may_see(self.snapshot)
        key = totals, bool(screen.kind)
        if key not in self._frames:
            seen = snapshots.seen(self.snapshot, counting=self._counting, totals=totals)
            self._frames[key] = Frame(snapshots.dump(seen | self._around(screen)))
        return screen.offer(self._frames[key])

    def _around(self, screen: Screen) -> dict[str, Any]:
        """Return what a frame says besides the snapshot: of the event, and of the room to whom it may concern."""
        event = {} if self.event is None else {"event": self.event}
        return event if self.room is None or not screen.kind else event | {"room": self.room.sent()}

    def _show_soon(self) -> None:
        """Begin a round now or as soon as one may begin, with the newest snapshot then."""
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

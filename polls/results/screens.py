"""The screens of one poll in one process: each gets the newest snapshot, with what its owner may see, and in rounds."""

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
from polls.results import snapshots
from polls.results.room import Room
from polls.results.snapshots import ANYBODY, Snapshot, Viewer

#: Seconds between two rounds of one poll, at least: a round hands its newest frame to every screen.
FRAME_EVERY = 0.1
#: Share of the event loop's time that the rounds of one poll may take: the rest is for newcomers and for other polls.
_SHARE = 0.25
#: Screens that are handed a frame before others get their turn in the event loop: some five milliseconds.
_AT_ONCE = 500
#: What a screen is when it is no person's: it shows the poll to others, or leads it, and is told of the room.
PROJECTOR, HOST = "projector", "host"


class Screen(Outbox):
    """An open socket, with the rights of its owner."""

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
        #: PROJECTOR or HOST; empty for a person's.
        self.kind = kind
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
        #: Those of them that are told of the room, and how many of these are projectors.
        self.told: set[Screen] = set()
        self.projectors = 0
        #: What they are told; None until Redis was asked for the first time.
        self.room: Room | None = None
        #: Those that have seen more than this process knows of.
        self.ahead: set[Screen] = set()
        self.snapshot: Snapshot | None = None
        #: Held while the first snapshot is read: a thousand screens that come at once read it once.
        self.first_read = asyncio.Lock()
        self._counting = True
        #: By whether they have totals, and whether they tell of the room.
        self._frames: dict[tuple[bool, bool], Frame] = {}
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

    def add(self, screen: Screen) -> None:
        """Take in a screen."""
        self.screens.add(screen)
        if screen.kind:
            self.told.add(screen)
            self.projectors += screen.kind == PROJECTOR

    def remove(self, screen: Screen) -> None:
        """Let go of a screen that is here."""
        self.screens.remove(screen)
        self.ahead.discard(screen)
        if screen.kind:
            self.told.remove(screen)
            self.projectors -= screen.kind == PROJECTOR

    @property
    def people(self) -> int:
        """How many screens are people's: open vote and result pages."""
        return len(self.screens) - len(self.told)

    def enter(self, room: Room) -> None:
        """Tell those who show or lead the poll, and nobody else, if anything in the room has changed."""
        if self.room is not None and self.room.remote.press > room.remote.press:
            # A message was faster than the look, or Redis has forgotten it.
            room = replace(room, remote=self.room.remote)
        if room == self.room:
            return
        self.room = room
        if len(self.told) > _AT_ONCE:
            # More than any room has: they get their turns as all others do.
            self._show_soon()
            return
        self._frames = {key: frame for key, frame in self._frames.items() if not key[1]}
        for screen in self.told:
            metrics.frames.add(self.show_to(screen))

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
            said = {"type": "counting", "counting": counting, **self._room_for(screen)}
            return screen.offer(Frame(snapshots.dump(said)))
        self.ahead.discard(screen)
        totals = screen.viewer.may_see(self.snapshot)
        key = totals, bool(screen.kind)
        if key not in self._frames:
            seen = snapshots.seen(self.snapshot, counting=self._counting, totals=totals)
            self._frames[key] = Frame(snapshots.dump(seen | self._room_for(screen)))
        return screen.offer(self._frames[key])

    def _room_for(self, screen: Screen) -> dict[str, Any]:
        return {} if self.room is None or not screen.kind else {"room": self.room.sent()}

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

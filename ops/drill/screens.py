"""A screen: a WebSocket that reconnects as static/snapshot.js does, and remembers its snapshots."""

import asyncio
import random
import time
from typing import Any

import aiohttp

from ops.drill.history import Observation

#: Seconds, as in static/snapshot.js: of silence after which a socket is broken; of waits before the next one.
_SILENCE_S = 25
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 10

Snapshot = dict[str, Any]


class Screen:
    """A screen of a poll: all snapshots it has `seen`, and the one that a page would show now."""

    def __init__(self, url: str) -> None:
        self.seen: list[Observation] = []
        self.shown: Snapshot | None = None
        self._url = url

    async def follow(self, session: aiohttp.ClientSession) -> None:
        """Follow the poll until cancelled."""
        failures = 0
        while True:
            try:
                async with session.ws_connect(self._address, heartbeat=None) as socket:
                    first = True
                    while True:
                        message = await socket.receive_json(timeout=_LONGEST_WAIT_S if first else _SILENCE_S)
                        failures = 0
                        if message["type"] == "results":
                            self._take(message, first=first)
                            first = False
            except (aiohttp.ClientError, OSError, TimeoutError, TypeError, ValueError):
                # Every end is treated alike: sockets of killed parts end in any way.
                failures += 1
            wait = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (failures - 1))
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 -- as pages do, so that not all come at once

    @property
    def _address(self) -> str:
        return self._url if self.shown is None else f"{self._url}?seen={self.shown['version']}"

    def _take(self, snapshot: Snapshot, *, first: bool) -> None:
        """Record a snapshot, and show it if a page would."""
        votes = {choice["id"]: choice["votes"] for choice in snapshot["choices"]}
        state = snapshot["poll"]["state"]
        self.seen.append(Observation(time.monotonic(), snapshot["version"], snapshot["voters"], votes, state))
        if first or self.shown is None or snapshot["version"] >= self.shown["version"]:
            self.shown = snapshot

"""A phone: it loads the vote page with its files, opens its WebSocket, votes, and keeps watching."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import aiohttp

from core.web import hidden_fields
from ops.drill import vote_page

#: Seconds to wait for one answer.
PATIENCE_S = 30.0
#: Seconds from the page to the vote.
_THINKS_S = (0.2, 4.0)
NAMED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
SOCKET = re.compile(r'data-socket="(wss?://[^"]+)"')
_VOTERS = re.compile(r'"voters":\s*(\d+)')
#: The errors of a request without an answer.
_NOBODY_SPEAKS = (aiohttp.ClientError, OSError, TimeoutError)


@dataclass
class Notes:
    """The waits of all phones of a room, in seconds, and the failures."""

    pages: list[float] = field(default_factory=list)
    votes: list[float] = field(default_factory=list)
    #: From the moment at which N votes had been accepted until any screen showed N voters.
    stale: list[float] = field(default_factory=list)
    #: When each accepted vote was accepted (time.monotonic()).
    accepted: list[float] = field(default_factory=list)
    #: By what was asked for.
    failures: dict[str, int] = field(default_factory=dict)
    #: Phones whose vote has succeeded or failed.
    done: int = 0

    def fail(self, what: str) -> None:
        """Record a request without an answer, or with an error."""
        self.failures[what] = self.failures.get(what, 0) + 1

    def see(self, voters: int) -> None:
        """Record that a screen shows so many voters of this room."""
        late = time.monotonic() - self.accepted[voters] if 0 <= voters < len(self.accepted) else 0.0
        self.stale.append(late)


class Phone:
    """A phone of a room that had `before` voters at the beginning."""

    def __init__(self, page: str, before: int, notes: Notes) -> None:
        self._page, self._before, self._notes = page, before, notes
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(page))

    async def live(self, until: float) -> None:
        """Arrive now, and stay until then (time.monotonic())."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        # Without this, aiohttp ignores cookies of IP addresses.
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout) as browser:
            watching: asyncio.Task[None] | None = None
            try:
                text = await self._load(browser)
                if text is not None:
                    socket = SOCKET.search(text)
                    watching = asyncio.create_task(self._watch(browser, socket[1])) if socket else None
                    await asyncio.sleep(random.uniform(*_THINKS_S))  # noqa: S311
                    await self._vote(browser, text)
            finally:
                self._notes.done += 1
                await asyncio.sleep(max(0.0, until - time.monotonic()))
                if watching is not None:
                    watching.cancel()
                    await asyncio.gather(watching, return_exceptions=True)

    async def _load(self, browser: aiohttp.ClientSession) -> str | None:
        began = time.monotonic()
        try:
            async with browser.get(self._page) as answer:
                text = await answer.text()
            if answer.status != 200:
                self._notes.fail(f"page: {answer.status}")
                return None
            self._notes.pages.append(time.monotonic() - began)
            for path in dict.fromkeys(NAMED.findall(text)):
                async with browser.get(urljoin(self._origin, path)) as file:
                    await file.read()
        except _NOBODY_SPEAKS as error:
            self._notes.fail(f"page: {type(error).__name__}")
            return None
        return text

    async def _vote(self, browser: aiohttp.ClientSession, text: str) -> None:
        choice = random.choice(vote_page.choices(text))  # noqa: S311
        form = {**hidden_fields.of(text), "choice": choice, "pressed": "1000"}
        headers = {"Accept": "application/json", "Origin": self._origin, "Referer": self._page}
        began = time.monotonic()
        try:
            async with browser.post(self._page, data=form, headers=headers) as answer:
                await answer.read()
        except _NOBODY_SPEAKS as error:
            self._notes.fail(f"vote: {type(error).__name__}")
            return
        if answer.status in (200, 202):
            self._notes.votes.append(time.monotonic() - began)
            self._notes.accepted.append(time.monotonic())
        else:
            self._notes.fail(f"vote: {answer.status}")

    async def _watch(self, browser: aiohttp.ClientSession, address: str) -> None:
        try:
            async with browser.ws_connect(address, origin=self._origin, compress=15) as socket:
                first = True
                async for message in socket:
                    voters = _VOTERS.search(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
                    if voters and not first:
                        self._notes.see(int(voters[1]) - self._before)
                    first = False
        except _NOBODY_SPEAKS as error:
            self._notes.fail(f"socket: {type(error).__name__}")

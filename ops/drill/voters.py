"""A voter in front of the vote page, as static/vote.js behaves, with a second door to go to."""

import asyncio
import json
import random
import re
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from ops.drill import history
from ops.drill.history import Answer, Press, Try
from ops.drill.screens import Snapshot

#: Seconds after which a voter gives up on a door. Pages wait for 15 s; people have less patience.
PATIENCE_S = 4.0
#: Seconds over which a room spreads what all its pages do at once; in static/vote.js it is twice as long.
_CROWD_S = 1.0
#: Seconds before the first repeat, doubled each time, and the longest.
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 4.0

#: Seconds before somebody who got no page at one door asks at the other, doubled each time.
_BETWEEN_DOORS_S = 0.2
#: Seconds between two presses of a fickle voter, at least.
_THINKING_S = 0.3

#: How a request ends that nobody answers.
_NOBODY_SPEAKS = (aiohttp.ClientError, OSError, TimeoutError, UnicodeError)
_FIELD = re.compile(r'name="(csrfmiddlewaretoken|page)" value="([^"]*)"')


@dataclass
class _Page:
    """What a vote page gives: the fields of its form, and when the server answered with it."""

    fields: dict[str, str]
    answered: float

    def age_ms(self, now: float) -> int:
        return max(0, round((now - self.answered) * 1000))


@dataclass
class _Mine:
    """The receipt of the voter's newest accepted press."""

    press: Press
    #: What the door said, received or counted; or what became of it since: counted, or lost.
    status: str
    box: int
    position: str | None
    receipt: str


class Voter:
    """One browser: a cookie jar, a page, and a home door. Fickle ones press again and again, another choice each time.

    `doors` are the addresses of the vote page at every door, the voter's own first.
    """

    def __init__(
        self, doors: Sequence[str], choices: Sequence[int], connector: aiohttp.BaseConnector, *, fickle: bool
    ) -> None:
        self.presses: list[Press] = []
        self.page_waits: list[tuple[float, float]] = []
        self.fickle = fickle
        self._doors = list(doors)
        self._left = list(choices)
        # Cookies know no ports: both doors share them. IP addresses have to be allowed.
        self._jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=False,
            cookie_jar=self._jar,
            timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
            headers={"Accept": "application/json"},
        )
        self._page: _Page | None = None
        self._mine: _Mine | None = None
        self._at_it = 0
        self._reason_asked = ""
        self._asking = False

    async def close(self) -> None:
        """Close the browser."""
        await self._session.close()

    def record(self) -> history.Voter:
        """What the verdict needs of it."""
        id_ = next((cookie.value for cookie in self._jar if cookie.key == "voter"), "")
        # value:timestamp:signature, as Django signs cookies.
        return history.Voter(id_.strip('"').rsplit(":", 2)[0], self.presses)

    def may_press(self, now: float) -> bool:
        """Whether this voter is fickle, has a choice left, and has had a moment to think."""
        return self.fickle and bool(self._left) and bool(self.presses) and now - self.presses[-1].at > _THINKING_S

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way."""
        return not self._at_it and not self._asking

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way, and it is known what became of the accepted vote."""
        return self.is_quiet and (self._mine is None or self._mine.status != "received")

    async def arrive(self) -> None:
        """Load the page, at whichever door gives it, and press."""
        started = time.monotonic()
        wait = _BETWEEN_DOORS_S
        self._at_it += 1
        try:
            while not await self._load():
                self._doors.reverse()
                await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
                wait = min(_LONGEST_WAIT_S, wait * 2)
            self.page_waits.append((started, time.monotonic() - started))
            await self.press()
        finally:
            self._at_it -= 1

    async def press(self) -> None:
        """Make a choice, and stay with it until it is answered for good, or a newer choice has taken its place.

        Nothing is done where the last one was made just now: nobody presses twice in a millisecond, and the order of
        two such presses would be left to chance.
        """
        if self.presses and time.monotonic() - self.presses[-1].at < _THINKING_S:
            return
        self._at_it += 1
        try:
            press, wait = self._choose(), _FIRST_WAIT_S
            while not await self._hand_in(press):
                if self._left and self._has_given_up(press):
                    # And now wants something else, at the other door.
                    press = self._choose()
                else:
                    await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
                    wait = min(_LONGEST_WAIT_S, wait * 2)
        finally:
            self._at_it -= 1

    def heed(self, snapshot: Snapshot) -> Coroutine[Any, Any, None] | None:
        """Look whether the vote is counted; if its box is gone, or the poll is final without it, what asks a door."""
        mine = self._mine
        if mine is None or mine.status != "received" or not self.is_quiet:
            return None
        if snapshot["box"] == mine.box and _reached(snapshot["counted_through"], mine.position):
            mine.status = "counted"
            return None
        final = "final" if snapshot["poll"]["state"] == "final" else ""
        reason = f"box {snapshot['box']}" if snapshot["box"] > mine.box else final
        if not reason or reason == self._reason_asked:
            return None
        self._reason_asked = reason
        self._asking = True
        return self._ask_again(mine)

    async def _ask_again(self, mine: _Mine) -> None:
        """Send the receipt until a door knows what became of the vote, or there is a newer one."""
        wait = _FIRST_WAIT_S
        try:
            await asyncio.sleep(random.uniform(0, _CROWD_S))  # noqa: S311
            while mine is self._mine and not self._at_it:
                one = await self._send(mine.press, {"receipt": mine.receipt}, again=True)
                if one.answer is Answer.REFUSED:
                    mine.status = "lost"
                if one.answer is not Answer.UNKNOWN:
                    return
                await asyncio.sleep(wait)
                wait = min(_LONGEST_WAIT_S, wait * 2)
        finally:
            self._asking = False

    def _choose(self) -> Press:
        press = Press(self._left.pop(), time.monotonic())
        self.presses.append(press)
        return press

    async def _load(self) -> bool:
        """Get the vote page. Returns whether it came."""
        try:
            async with self._session.get(self._doors[0], headers={"Accept": "text/html"}) as response:
                answered = time.monotonic()
                fields = dict(_FIELD.findall(await response.text()))
        except _NOBODY_SPEAKS:
            return False
        if response.status != HTTPStatus.OK or "page" not in fields:
            return False
        self._page = _Page(fields, answered)
        return True

    async def _hand_in(self, press: Press) -> bool:
        """Send a press to one door, and to the next where nobody speaks.

        Returns whether that was all: it is answered for good, or a newer one has taken its place.
        """
        for _ in self._doors:
            if press is not self.presses[-1]:
                return True
            assert self._page
            one = await self._send(press, {"pressed": str(self._page.age_ms(press.at))})
            if one.status:
                # A 503 says that it may be tried again, whether it was recorded or not.
                return one.answer is Answer.ACCEPTED or one.status < HTTPStatus.INTERNAL_SERVER_ERROR
            if self._has_given_up(press):
                break
        return False

    def _has_given_up(self, press: Press) -> bool:
        """Whether this is a fickle voter who has just lost patience with a door that hangs."""
        last = press.tries[-1]
        hangs = not last.status and last.ended - last.sent > PATIENCE_S * 0.9
        return self.fickle and hangs and press is self.presses[-1]

    async def _send(self, press: Press, fields: dict[str, str], *, again: bool = False) -> Try:
        """One request, written down with its answer. Where nobody speaks, the next one goes to the other door."""
        assert self._page
        form = {**self._page.fields, "choice": str(press.choice), **fields}
        sent, status, content = time.monotonic(), 0, b""
        try:
            async with self._session.post(self._doors[0], data=form, allow_redirects=False) as response:
                content = await response.read()
                status = response.status
        except _NOBODY_SPEAKS:
            self._doors.reverse()
        body = _json(content)
        one = Try(sent, time.monotonic(), _meaning(status, body), status, again)
        press.tries.append(one)
        if one.answer is Answer.ACCEPTED and (self._mine is None or press.at >= self._mine.press.at):
            self._mine = _Mine(press, body["status"], body["box"], body["position"], body["receipt"])
        return one


def _json(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _meaning(status: int, body: dict[str, Any]) -> Answer:
    if status in (HTTPStatus.OK, HTTPStatus.ACCEPTED) and "receipt" in body:
        return Answer.ACCEPTED
    refused = 400 <= status < 500 or body.get("status") == "not_recorded"
    return Answer.REFUSED if refused else Answer.UNKNOWN


def _reached(through: str, position: str | None) -> bool:
    """Whether a position ("ms-seq") has been reached; both parts are numbers. A direct vote has none: it was."""
    return position is None or _numbers(through) >= _numbers(position)


def _numbers(position: str) -> list[int]:
    return [int(part) for part in position.split("-")]

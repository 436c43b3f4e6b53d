"""A voter with a vote page that behaves like static/vote.js, and with a second web service to try."""

import asyncio
import json
import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from core.web import hidden_fields
from ops.drill import history
from ops.drill.history import Attempt, Operation, Outcome
from ops.drill.screens import Snapshot
from ops.drill.stored import Ballot

#: Seconds after which a voter gives up on a web service. Pages wait for 15 s; people are less patient.
PATIENCE_S = 4.0
#: Seconds over which a room spreads simultaneous actions of its pages; twice as long in static/vote.js.
_CROWD_S = 1.0
#: Seconds before the first repeat, doubled each time, and at most.
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 4.0

#: Seconds before a voter without a page asks the other web service, doubled each time.
_BETWEEN_SERVICES_S = 0.2
#: Seconds between two presses of one voter, at least.
_THINKING_S = 0.3

#: The errors of a request without an answer.
_NOBODY_SPEAKS = (aiohttp.ClientError, OSError, TimeoutError, UnicodeError)


@dataclass
class _Page:
    """The fields of a vote page's form, and when the server answered with it."""

    fields: dict[str, str]
    answered: float

    def age_ms(self, now: float) -> int:
        return max(0, round((now - self.answered) * 1000))


@dataclass
class _VoteStatus:
    """The receipt of the voter's newest accepted press."""

    operation: Operation
    #: The web service's answer, received or counted; later the outcome, counted or lost.
    status: str
    box: int
    position: str | None
    receipt: str


class Voter:
    """A voter's browser: cookies, a page, and the web service that it asks first.

    `services` are the addresses of the vote page at every web service, the voter's own first. A voter who
    `changes_mind` presses again and again, a new ballot each time: the last of `ballots` first.
    """

    #: Hidden fields without which a page is no vote page.
    _needed = frozenset({"page"})

    def __init__(
        self,
        services: Sequence[str],
        ballots: Sequence[Ballot],
        connector: aiohttp.BaseConnector,
        *,
        changes_mind: bool,
    ) -> None:
        self.operations: list[Operation] = []
        self.page_waits: list[tuple[float, float]] = []
        self.changes_mind = changes_mind
        self._services = list(services)
        self._left = list(ballots)
        # Both web services share cookies, which ignore ports. `unsafe` allows cookies of IP addresses.
        self._jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=False,
            cookie_jar=self._jar,
            timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
            headers={"Accept": "application/json"},
        )
        self._page: _Page | None = None
        self._vote: _VoteStatus | None = None
        self._at_it = 0
        self._reason_asked = ""
        self._asking = False

    async def close(self) -> None:
        """Close the browser."""
        await self._session.close()

    def record(self) -> history.Voter:
        """Return the voter's history for the checker."""
        id_ = next((cookie.value for cookie in self._jar if cookie.key.startswith("voter")), "")
        # value:timestamp:signature, as Django signs cookies.
        return history.Voter(id_.strip('"').rsplit(":", 2)[0], self.operations)

    def may_press(self, now: float) -> bool:
        """Tell whether this voter changes their mind, has a ballot left, and has not pressed just now."""
        return (
            self.changes_mind
            and bool(self._left)
            and bool(self.operations)
            and now - self.operations[-1].at > _THINKING_S
        )

    @property
    def is_quiet(self) -> bool:
        """Tell whether no request is waiting for an answer."""
        return not self._at_it and not self._asking

    @property
    def is_settled(self) -> bool:
        """Tell whether no request is waiting, and the outcome of the accepted vote is known."""
        return self.is_quiet and (self._vote is None or self._vote.status != "received")

    async def arrive(self) -> None:
        """Load the page, from either web service, and press."""
        started = time.monotonic()
        wait = _BETWEEN_SERVICES_S
        self._at_it += 1
        try:
            while not await self._load():
                self._services.reverse()
                await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
                wait = min(_LONGEST_WAIT_S, wait * 2)
            self.page_waits.append((started, time.monotonic() - started))
            await self.press()
        finally:
            self._at_it -= 1

    async def press(self) -> None:
        """Make a choice, and repeat it until it has a final answer, or a newer choice replaces it.

        Nothing is done where the last one was made just now: nobody presses twice in a millisecond, and the order of
        two such presses would be left to chance.
        """
        if self.operations and time.monotonic() - self.operations[-1].at < _THINKING_S:
            return
        self._at_it += 1
        try:
            operation, wait = self._choose(), _FIRST_WAIT_S
            while not await self._hand_in(operation):
                if self._left and self._has_given_up(operation):
                    # The voter now makes another choice, at the other web service.
                    operation = self._choose()
                else:
                    await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311
                    wait = min(_LONGEST_WAIT_S, wait * 2)
        finally:
            self._at_it -= 1

    def heed(self, snapshot: Snapshot) -> Coroutine[Any, Any, None] | None:
        """Note whether the vote is counted. Returns work that asks for it if its box is gone or the poll is final."""
        vote = self._vote
        if vote is None or vote.status != "received" or not self.is_quiet:
            return None
        if snapshot["box"] == vote.box and _reached(snapshot["counted_through"], vote.position):
            vote.status = "counted"
            return None
        final = "final" if snapshot["poll"]["state"] == "final" else ""
        reason = f"box {snapshot['box']}" if snapshot["box"] > vote.box else final
        if not reason or reason == self._reason_asked:
            return None
        self._reason_asked = reason
        self._asking = True
        return self._ask_again(vote)

    async def _ask_again(self, vote: _VoteStatus) -> None:
        """Send the receipt until a web service knows the outcome of the vote, or there is a newer vote."""
        wait = _FIRST_WAIT_S
        try:
            await asyncio.sleep(random.uniform(0, _CROWD_S))  # noqa: S311
            while vote is self._vote and not self._at_it:
                one = await self._send(vote.operation, {"receipt": vote.receipt}, again=True)
                if one.outcome is Outcome.REFUSED:
                    vote.status = "lost"
                if one.outcome is not Outcome.UNKNOWN:
                    return
                await asyncio.sleep(wait)
                wait = min(_LONGEST_WAIT_S, wait * 2)
        finally:
            self._asking = False

    def _choose(self) -> Operation:
        operation = Operation(self._left.pop(), time.monotonic())
        self.operations.append(operation)
        return operation

    async def _load(self) -> bool:
        """Load the vote page. Returns whether that worked."""
        try:
            async with self._session.get(self._services[0], headers={"Accept": "text/html"}) as response:
                answered = time.monotonic()
                fields = hidden_fields.of(await response.text())
        except _NOBODY_SPEAKS:
            return False
        if response.status != HTTPStatus.OK or not self._needed <= fields.keys():
            return False
        self._page = _Page(fields, answered)
        return True

    async def _hand_in(self, operation: Operation) -> bool:
        """Send a press to one web service, and to the next if it does not answer.

        Returns whether the press is done: it has a final answer, or a newer one has replaced it.
        """
        for _ in self._services:
            if operation is not self.operations[-1]:
                return True
            assert self._page
            one = await self._send(operation, {"pressed": str(self._page.age_ms(operation.at))})
            if one.status:
                # After a 503 the press is repeated, recorded or not.
                return one.outcome is Outcome.ACCEPTED or one.status < HTTPStatus.INTERNAL_SERVER_ERROR
            if self._has_given_up(operation):
                break
        return False

    def _has_given_up(self, operation: Operation) -> bool:
        """Tell whether this voter changes their mind, and just gave up on a hanging web service."""
        last = operation.attempts[-1]
        hangs = not last.status and last.ended - last.sent > PATIENCE_S * 0.9
        return self.changes_mind and hangs and operation is self.operations[-1]

    async def _send(self, operation: Operation, fields: dict[str, str], *, again: bool = False) -> Attempt:
        """Make one request, and record the attempt. Without an answer the next one goes to the other web service."""
        assert self._page
        form = [*(self._page.fields | fields).items(), *(("choice", str(number)) for number in operation.ballot)]
        sent = time.monotonic()
        status, content = await self._post(form)
        body = _json(content)
        one = Attempt(sent, time.monotonic(), _meaning(status, body), status, again)
        operation.attempts.append(one)
        if one.outcome is Outcome.ACCEPTED and (self._vote is None or operation.at >= self._vote.operation.at):
            self._vote = _VoteStatus(operation, body["status"], body["box"], body["position"], body["receipt"])
        return one

    async def _post(self, form: Sequence[tuple[str, str]]) -> tuple[int, bytes]:
        """Return the status and the body of the answer; 0 without one, and the other web service is next."""
        try:
            async with self._session.post(self._services[0], data=form, allow_redirects=False) as response:
                return response.status, await response.read()
        except _NOBODY_SPEAKS:
            self._services.reverse()
            return 0, b""


def _json(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _meaning(status: int, body: dict[str, Any]) -> Outcome:
    if status in (HTTPStatus.OK, HTTPStatus.ACCEPTED) and "receipt" in body:
        return Outcome.ACCEPTED
    refused = 400 <= status < 500 or body.get("status") == "not_recorded"
    return Outcome.REFUSED if refused else Outcome.UNKNOWN


def _reached(through: str, position: str | None) -> bool:
    """Tell whether a position ("ms-seq", two numbers) is reached. A direct vote has none: it is counted at once."""
    return position is None or _numbers(through) >= _numbers(position)


def _numbers(position: str) -> list[int]:
    return [int(part) for part in position.split("-")]

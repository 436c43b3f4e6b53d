"""HTTP connections with limits that uvicorn lacks: size of heads, idle time, slow readers, number of connections.

They also write whole answers: one write instead of two ASGI messages and a task.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from core.web import watchdog
from core.web.answers import EXTENSION, Answer

#: Seconds between two looks at each connection.
LOOK_EVERY_S = 2.0
#: Bytes of a request's first line and headers.
HEAD_LIMIT = 16 * 1024
#: Seconds that a client may stay idle, or take to send the head of a request.
IDLE_S = 20.0
#: Seconds in which a client must read some of an answer that waits for it.
READS_WITHIN_S = 30.0
#: Connections of one process at most; a browser opens up to six. WebSockets are not among them.
MOST = 8192
#: From this many connections on, idle clients are disconnected after this many seconds.
SCARCE, SCARCE_IDLE_S = 4096, 3.0

#: Connections of this process that speak HTTP. (uvicorn's own set has the WebSockets, too.)
_open: "set[Connection]" = set()


_HEAD_TOO_LARGE = Answer(431, [(b"content-length", b"0"), (b"connection", b"close")], b"")


#: Requests of all clients that came before the one ahead of them was answered, and wait to be begun, by event loop.
_pipelined: "WeakKeyDictionary[asyncio.AbstractEventLoop, deque[Callable[[], None]]]" = WeakKeyDictionary()


def _begin_later(begin: Callable[[], None]) -> None:
    """Begin one such request in each round of the event loop.

    Hundreds of clients with twenty requests each would hold it up: while each of 250 clients had one request in a
    round, a round took 90 ms, and only one or two new connections are accepted in a round.
    """
    loop = asyncio.get_running_loop()
    waiting = _pipelined.setdefault(loop, deque())
    waiting.append(begin)
    if len(waiting) == 1:
        loop.call_soon(_begin_next, waiting)


def _begin_next(waiting: "deque[Callable[[], None]]") -> None:
    begin = waiting.popleft()
    if waiting:
        asyncio.get_running_loop().call_soon(_begin_next, waiting)
    begin()


async def _refuse_head(scope: Any, _receive: Any, send: Any) -> None:
    await _HEAD_TOO_LARGE.send(scope, send)


class Connection(HttpToolsProtocol):
    """uvicorn's side of one connection (`--http core.web.connections:Connection`)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection if there is room for one more, and begin to check it."""
        super().connection_made(transport)  # type: ignore[arg-type]
        watchdog.watch(self.loop)
        now = self.loop.time()
        #: Whether the next request is the first one of the data that has arrived last.
        self._is_first = False
        #: Bytes of a head that is not complete; None while none has begun.
        self._head: int | None = None
        #: Since when the client has asked for nothing.
        self._idle_since = now
        #: Bytes that wait for the client, and the time since which their number has not fallen.
        self._waiting, self._waiting_since = 0, now
        _open.add(self)
        if len(_open) > MOST:
            self.transport.abort()
        else:
            self.loop.call_later(LOOK_EVERY_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        _open.discard(self)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Stop checking: the connection is a WebSocket from now on."""
        _open.discard(self)
        super().handle_websocket_upgrade()
        # It refers back to this connection: only the garbage collector could free the two.
        self.parser = None  # type: ignore[assignment]

    def _look(self) -> None:
        """Close the connection if the client is too slow, or idle for too long."""
        if self not in _open:
            return
        now = self.loop.time()
        if self._is_too_slow(now):
            self.transport.abort()
        elif self._is_idle_too_long(now):
            # Read what has arrived meanwhile first: a browser may have sent its next request.
            self.loop.call_later(0.1, self._close_if_idle)
        self.loop.call_later(LOOK_EVERY_S, self._look)

    def _close_if_idle(self) -> None:
        if self in _open and self._is_idle_too_long(self.loop.time()):
            self.transport.close()

    def _is_too_slow(self, now: float) -> bool:
        waiting = self.transport.get_write_buffer_size()
        if not waiting or waiting < self._waiting:
            self._waiting_since = now
        self._waiting = waiting
        return now - self._waiting_since > READS_WITHIN_S

    def _is_idle_too_long(self, now: float) -> bool:
        if self._waiting or not (self.cycle is None or self.cycle.response_complete):
            return False
        may_be_idle_s = IDLE_S if len(_open) < SCARCE else SCARCE_IDLE_S
        return now - self._idle_since > may_be_idle_s

    def data_received(self, data: bytes) -> None:
        """Take the data, and refuse a head that is too large."""
        self._is_first = True
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > HEAD_LIMIT:
                self._head = None
                self.transport.write(_HEAD_TOO_LARGE.head + b"\r\n")
                self.transport.close()

    def on_message_begin(self) -> None:
        """Begin to count the bytes of a head."""
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        """Answer, unless the head came at once and is too large."""
        self._head = None
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_LIMIT:
            self.app = _refuse_head
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Answer at once where the application can (`at_once`), else let it answer as ASGI has it, or by `write`."""
        if app is not self.config.loaded_app:
            super()._start_asgi_task(cycle, app)
            return
        if not self._is_first:
            _begin_later(partial(self._start_task, cycle, app, asked=False))
            return
        self._is_first = False
        at_once = getattr(app, "at_once", None)
        answer = at_once(cycle.scope) if at_once is not None else None
        if answer is None or not self._write(cycle, answer):
            self._start_task(cycle, app, asked=at_once is not None and answer is None)

    def _start_task(self, cycle: RequestResponseCycle, app: Any, *, asked: bool) -> None:
        cycle.scope["extensions"] = {EXTENSION: {"write": partial(self._write, cycle), "asked": asked}}
        super()._start_asgi_task(cycle, app)

    def _write(self, cycle: RequestResponseCycle, answer: Answer) -> bool:
        """Write a whole answer. Returns False, and writes nothing, while earlier answers wait for the client."""
        if self.flow.write_paused:
            return False
        if cycle.disconnected or cycle.response_started:
            return True
        cycle.response_started = cycle.response_complete = True
        # It refers back to this cycle: only the garbage collector could free the two.
        cycle.scope.pop("extensions", None)
        ours = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        last = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        body = b"" if cycle.scope["method"] == "HEAD" else answer.body
        self.transport.write(b"".join([answer.head, *ours, last, body]))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._idle_since = self.loop.time()
        super().on_response_complete()

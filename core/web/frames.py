"""Frames: WebSocket messages that are encoded once and written to many sockets as they are.

A server's messages are not masked (RFC 6455, section 5.1), so one message is the same bytes for every client without
compression. Channels and ASGI would encode it again for each client, each time in a task.
"""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

#: The key in `scope["extensions"]` under which a socket has its Line, as {"line": line}.
EXTENSION = "votingsite.frames"
#: The first byte of a whole text message (RFC 6455, section 5.2): FIN, opcode 1.
_TEXT = b"\x81"
#: The close code for a message that the policy does not allow (RFC 6455, section 7.4.1).
NOTHING_TO_SAY = 1008


class Frame(str):
    """A text message and its bytes on the wire."""

    @cached_property
    def wire(self) -> bytes:
        """The message as one frame without a mask; made at the first use."""
        payload = self.encode()
        length = len(payload)
        if length < 126:
            return _TEXT + length.to_bytes(1, "big") + payload
        if length < 1 << 16:
            return _TEXT + b"\x7e" + length.to_bytes(2, "big") + payload
        return _TEXT + b"\x7f" + length.to_bytes(8, "big") + payload


#: Bytes that a client may send within a second: its head and one message. After that it sends answers to pings alone.
MOST_BYTES_A_SECOND = 20 * 1024


class _Never:
    """A timer that never ends."""

    def cancel(self) -> None:
        """Do nothing."""


_NEVER: Any = _Never()


class Line(WebSocketsSansIOProtocol):
    """uvicorn's side of one WebSocket (`--ws core.web.frames:Line`), which takes encoded frames.

    It takes a frame only after everything before it has left the process (`is_free`), so a slow client costs no memory.
    While pongs wait for a client, nothing is read from it, so one that pings and never reads costs no memory either.
    Who sends more than MOST_BYTES_A_SECOND is disconnected: ten clients with 8 MiB of pings held up all for 0.9 s.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Whether a frame may be written now.
        self.is_free = False
        #: Called whenever the line has become free again.
        self.when_free: Callable[[], object] | None = None
        self._when_closed: Callable[[], object] | None = None
        self._is_held = False
        #: The bytes that have come in the present second, and its begin.
        self._received, self._second = 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make the transport report every byte that it can't hand to the kernel at once."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Take the data, or disconnect a client that sends too much."""
        now = self.loop.time()
        if now >= self._second + 1:
            self._received, self._second = 0, now
        self._received += len(data)
        if self._received > MOST_BYTES_A_SECOND:
            self.transport.abort()
        else:
            super().data_received(data)

    def handle_connect(self, event: Any) -> None:
        """Offer this line to the application."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][EXTENSION] = {"line": self}

    def write(self, frame: Frame) -> None:
        """Send a frame. Call it only while the line is free; a closed line ignores it."""
        if not (self.close_sent or self.disconnected):
            self.transport.write(frame.wire)

    def stay_open(self, when_closed: Callable[[], object]) -> None:
        """Stay open when the application's task ends; close when the client sends anything. Call it in that task.

        A socket that only gets frames needs no task: with it, and with the request, it would take twice the memory.
        """
        if self.disconnected:
            when_closed()
            return
        self._when_closed = when_closed
        # uvicorn closes the connection after the task, unless a timer is going to.
        self.close_timer = _NEVER
        self.request.headers.clear()
        self.response.headers.clear()
        del self.scope, self.request, self.response
        if self.read_paused:
            self._refuse_messages()

    def send_receive_event_to_app(self) -> None:
        """Hand a message to the application; if it has ended, close: screens send nothing."""
        if self._when_closed is None:
            super().send_receive_event_to_app()
        elif not self.close_sent:
            self._refuse_messages()

    def _refuse_messages(self) -> None:
        task = self.loop.create_task(self.send({"type": "websocket.close", "code": NOTHING_TO_SAY}))
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    async def send(self, message: Any) -> None:
        """Send an ASGI message; frames may follow once the handshake is done."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            self.is_free = self.writable.is_set()

    def pause_writing(self) -> None:
        """Take no frame until the written bytes have left."""
        super().pause_writing()
        self.is_free = False

    def resume_writing(self) -> None:
        """Take frames again, and read again from a client whose pongs have waited."""
        super().resume_writing()
        self.is_free = self.handshake_complete
        if self._is_held:
            self._is_held = False
            if not self.read_paused:
                self.transport.resume_reading()
        if self.is_free and self.when_free is not None:
            self.when_free()

    def handle_ping(self) -> None:
        """Answer, and stop reading while the answer waits, so that pings can't fill our memory."""
        super().handle_ping()
        if not self.writable.is_set() and not self._is_held:
            self._is_held = True
            self.transport.pause_reading()

    def keepalive_timeout(self) -> None:
        """Drop a client that has not answered; closing in order would wait for ever for one that does not read."""
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the callbacks; tell that a socket is closed that has outlived its application's task."""
        super().connection_lost(exc)
        self.is_free, self.when_free = False, None
        when_closed, self._when_closed = self._when_closed, None
        if when_closed is not None:
            when_closed()

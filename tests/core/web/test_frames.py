"""Frames that are encoded once, on a real server and a real network, in front of clients that read or don't."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode

from core.web import frames
from core.web.frames import NOTHING_TO_SAY, Frame
from core.web.outbox import Outbox, line_of

#: Seconds in which what has to come must have come.
SOON = 20
#: So large that a few of them fill what the kernel buffers for a client that does not read.
LARGE = 200_000


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, LARGE])
def test_it_is_what_the_library_would_send(length: int) -> None:
    text = "é" + "x" * (length - 2) if length > 1 else "x" * length

    assert Frame(text).wire == TheirFrame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Service:
    """A server whose sockets show what is offered, as the hub's do."""

    def __init__(self, *, leaves: bool) -> None:
        #: Whether its task ends after the handshake.
        self.leaves = leaves
        self.closed = 0
        self.screens: list[Outbox] = []
        self.lines: list[Any] = []
        self.url = ""
        self.may_leave = asyncio.Event()
        self.may_leave.set()

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        line: Any = line_of(scope)
        self.lines.append(line)
        self.screens.append(Outbox(line))
        if self.leaves:
            await self.may_leave.wait()
            line.stay_open(self.note_closed)
            return
        while (await receive())["type"] != "websocket.disconnect":
            pass

    def note_closed(self) -> None:
        self.closed += 1

    def offer(self, text: str) -> list[bool]:
        frame = Frame(text)
        return [screen.offer(frame) for screen in self.screens]


@asynccontextmanager
async def running(*, leaves: bool) -> AsyncIterator[Service]:
    app = Service(leaves=leaves)
    config = uvicorn.Config(
        app,
        port=0,
        ws="core.web.frames:Line",
        ws_per_message_deflate=False,
        ws_ping_interval=0.5,
        ws_ping_timeout=0.5,
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    app.url = f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    yield app
    server.should_exit = True
    await serving


@pytest.fixture(params=[False, True], ids=["with its task", "after its task"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with running(leaves=request.param) as service:
        yield service


@pytest.fixture
async def left() -> AsyncIterator[Service]:
    """A service whose tasks end after the handshake."""
    async with running(leaves=True) as service:
        yield service


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON):
        while not condition():
            await asyncio.sleep(0.01)


async def opened(service: Service, **options: Any) -> ClientConnection:
    known = len(service.screens)
    client = await connect(service.url, max_size=None, **options)
    await until(lambda: len(service.screens) > known)
    return client


async def test_every_screen_gets_the_frame(service: Service) -> None:
    clients = [await opened(service) for _ in range(3)]

    assert service.offer(json.dumps({"number": 1})) == [True, True, True]

    assert [await asyncio.wait_for(client.recv(), SOON) for client in clients] == ['{"number": 1}'] * 3
    for client in clients:
        await client.close()


def unread(url: str) -> socket.socket:
    """A client that has shaken hands, and reads nothing more."""
    port = int(url.rpartition(":")[2].rstrip("/"))
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    return client


async def test_a_slow_screen_costs_one_frame_and_gets_the_newest(service: Service) -> None:
    client = await opened(service, ping_interval=None)
    line = service.lines[0]
    client.transport.pause_reading()
    sent = 0
    while service.offer(f"{sent} {'x' * LARGE}") == [True]:
        sent += 1
        await asyncio.sleep(0)
    for number in range(sent + 1, sent + 50):
        assert service.offer(f"{number} {'x' * LARGE}") == [False]

    assert line.transport.get_write_buffer_size() < 2 * LARGE
    client.transport.resume_reading()
    numbers: list[int] = []
    while not numbers or numbers[-1] < sent + 49:
        numbers.append(int((await asyncio.wait_for(client.recv(), SOON)).split()[0]))
    assert numbers == [*range(sent), sent + 49]
    await client.close()


async def test_a_screen_that_never_reads_is_let_go(service: Service) -> None:
    with unread(service.url) as client:
        await until(lambda: service.lines)
        while service.offer("x" * LARGE) == [True]:
            await asyncio.sleep(0)
        line = service.lines[0]

        await until(lambda: line.disconnected)

        assert line.transport.get_write_buffer_size() == 0
        assert service.offer("late") == [False]
        client.close()


PING = b"\x89\xfd" + b"\0\0\0\0" + b"p" * 125


async def test_who_floods_with_pings_is_let_go(service: Service) -> None:
    with unread(service.url) as client:
        await until(lambda: service.lines)
        line, answered = service.lines[0], []
        line.handle_ping = lambda: answered.append(1)
        client.sendall(PING * 500)

        await until(lambda: line.disconnected)
        assert len(answered) <= frames.MOST_BYTES_A_SECOND / len(PING)


async def test_pings_whose_answers_nobody_reads_cost_no_memory(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "MOST_BYTES_A_SECOND", 1_000_000_000)
    with unread(service.url) as client:
        await until(lambda: service.lines)
        line = service.lines[0]
        client.settimeout(0)
        largest = 0
        for _ in range(200):
            with suppress(OSError):  # it takes no more now, or the server has let go of this client
                client.send(PING * 500)
            await asyncio.sleep(0)
            largest = max(largest, line.transport.get_write_buffer_size())

        assert largest < 1_000_000


async def test_a_closed_socket_is_told_of(left: Service) -> None:
    client = await opened(left)
    line = left.lines[0]
    assert left.offer("1") == [True]

    await client.close()

    assert client.close_code == 1000
    await until(lambda: left.closed == 1)
    assert left.offer("late") == [False]
    assert not hasattr(line, "scope")


@pytest.mark.parametrize("message", ["text", b"bytes", ["in", " two"]])
async def test_who_sends_something_is_closed(left: Service, message: Any) -> None:
    client = await opened(left)

    await client.send(message)
    await asyncio.wait_for(client.wait_closed(), SOON)

    assert client.close_code == NOTHING_TO_SAY
    await until(lambda: left.closed == 1)


async def test_who_has_sent_something_before_is_closed(left: Service) -> None:
    left.may_leave.clear()
    client = await opened(left)
    await client.send("early")
    await until(lambda: left.lines[0].read_paused)

    left.may_leave.set()
    await asyncio.wait_for(client.wait_closed(), SOON)

    assert (client.close_code, left.closed) == (NOTHING_TO_SAY, 1)


async def test_who_has_gone_before_is_told_of(left: Service) -> None:
    left.may_leave.clear()
    client = await opened(left)
    await client.close()
    await until(lambda: left.lines[0].disconnected)

    left.may_leave.set()

    await until(lambda: left.closed == 1)


async def test_who_answers_pings_stays(left: Service) -> None:
    client = await opened(left)
    line = left.lines[0]

    await until(lambda: line.last_ping_rtt)

    assert (left.offer("1"), left.closed) == ([True], 0)
    await client.close()


async def test_a_server_without_lines_sends_as_asgi_has_it() -> None:
    screen = Outbox(line_of({"type": "websocket"}))

    assert screen.offer(Frame("1")) is False
    assert screen.offer(Frame("2")) is False
    assert await asyncio.wait_for(screen.next_frame(), SOON) == "2"

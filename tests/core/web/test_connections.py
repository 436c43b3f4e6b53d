"""Connections on a real server in this process, with short times."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from core.web import connections
from core.web.answers import Answer
from ops.launch import network

#: More than the sockets' buffers of both sides hold.
_LARGE = 20_000_000


class _Application:
    """Answers /now at once, and the rest as ASGI has it."""

    def __init__(self) -> None:
        #: The round of the event loop, where a test counts them, and the answers to /now in each.
        self.round, self.rounds = 0, Counter[int]()

    async def __call__(self, scope: dict[str, Any], _receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            await asyncio.sleep(0.5)
        await self._answer(scope).send(scope, send)

    def at_once(self, scope: dict[str, Any]) -> Answer | None:
        return self._answer(scope) if scope["path"] == "/now" else None

    def _answer(self, scope: dict[str, Any]) -> Answer:
        self.rounds[self.round] += scope["path"] == "/now"
        return _answer(scope)


def _answer(scope: dict[str, Any]) -> Answer:
    body = bytes(_LARGE if scope["path"] == "/large" or scope["query_string"] == b"large" else 2)
    return Answer(200, [(b"x-path", scope["path"].encode()), (b"content-length", b"%d" % len(body))], body)


@pytest.fixture
def application() -> _Application:
    """The application of `port`."""
    return _Application()


@pytest.fixture
async def port(application: _Application, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of a server."""
    for name, value in {"LOOK_EVERY_S": 0.05, "IDLE_S": 0.2, "READS_WITHIN_S": 0.2}.items():
        monkeypatch.setattr(connections, name, value)
    (port,) = network.free_ports(1)
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            port=port,
            http=connections.Connection,
            lifespan="off",
            proxy_headers=False,  # else the application is not ours but theirs
            log_level="error",
            timeout_keep_alive=60,
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield port
    server.should_exit = True
    await serving


async def _end(port: int, sent: bytes) -> bytes:
    """Send this, and return all that comes until the server ends the connection."""
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        said = await reader.read()
        writer.close()
        return said


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"\r\n", b"GET / HTTP/1.1\r\n\r\n\r\n", b"GET / HTTP/1.1\r\n\r\nGET"]
)
async def test_a_client_that_asks_for_nothing_is_let_go(port: int, sent: bytes) -> None:
    said = await _end(port, sent)

    assert said.startswith(b"HTTP/1.1 200 ") == (b"\r\n\r\n" in sent)


async def test_a_client_whose_answer_takes_long_is_not(port: int) -> None:
    assert (await _end(port, b"GET /slow HTTP/1.1\r\n\r\n")).endswith(bytes(2))


async def test_a_client_that_reads_nothing_is_let_go(port: int) -> None:
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(20):
        while not connections._open:
            await asyncio.sleep(0.01)
        while connections._open:
            await asyncio.sleep(0.01)
    writer.close()


async def test_a_client_that_reads_slowly_is_not(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Both ends are in this process: it may get no time for a moment on a busy machine.
    monkeypatch.setattr(connections, "READS_WITHIN_S", 1.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nconnection: close\r\n\r\n")
    size = 0
    async with asyncio.timeout(20):
        while chunk := await reader.read(500_000):
            size += len(chunk)
            await asyncio.sleep(0.01)
    writer.close()
    assert size > _LARGE


async def test_one_more_than_there_is_room_for_is_refused(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 2)
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]

    with suppress(ConnectionError):
        assert not await _end(port, b"GET / HTTP/1.1\r\n\r\n")
    for _reader, writer in clients:
        writer.close()


async def test_answers_come_in_the_order_of_the_requests(port: int) -> None:
    """Also where one is answered at once and the one before it is not."""
    several = b"GET /slow HTTP/1.1\r\n\r\n" + b"GET /now HTTP/1.1\r\n\r\n" * 3000
    assert len(several) < 2**18  # what asyncio reads at a time
    sent = several + b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"
    said = await _end(port, sent)

    assert said.count(b"HTTP/1.1 200 ") == 3002
    assert said.index(b"x-path: /slow") < said.index(b"x-path: /now") < said.index(b"x-path: /\r")
    assert said.count(b"connection: close") == 1


async def test_pipelined_requests_let_other_clients_in(port: int, application: _Application) -> None:
    async def count_rounds() -> None:
        while True:
            await asyncio.sleep(0)
            application.round += 1

    counting = asyncio.create_task(count_rounds())
    sent = b"GET / HTTP/1.1\r\n\r\n" + b"GET /now HTTP/1.1\r\n\r\n" * 20 + b"GET / HTTP/1.0\r\n\r\n"
    said = await asyncio.gather(*[_end(port, sent) for _ in range(50)])
    counting.cancel()

    assert [answers.count(b"HTTP/1.1 200 ") for answers in said] == [22] * 50
    assert application.rounds.total() == 50 * 20
    assert max(application.rounds.values()) == 1


async def test_an_answer_at_once_to_head_has_no_body(port: int) -> None:
    assert (await _end(port, b"HEAD /now HTTP/1.0\r\n\r\n")).endswith(b"\r\n\r\n")


async def test_who_asks_for_much_and_reads_nothing_waits(port: int) -> None:
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /now?large HTTP/1.1\r\n\r\n" * 100)
    async with asyncio.timeout(20):
        while not connections._open:
            await asyncio.sleep(0.01)
        while connections._open:
            (one,) = connections._open
            assert one.transport.get_write_buffer_size() < 3 * _LARGE
            await asyncio.sleep(0.01)
    writer.close()

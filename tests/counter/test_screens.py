"""The number that ticks: the counters' hub and its sockets, on the real stores."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections
from redis import Redis

from core.web.outbox import Outbox
from counter import counting
from counter.consumers import NO_SUCH_COUNTER, TRY_AGAIN
from counter.models import Counter
from counter.screens import hub
from tests.own_redis import OwnRedis
from tests.store_fixtures import Postgres
from votingsite.asgi import application

#: Seconds in which what has to come must have come.
SOON = 20


async def open_socket(name: str = "home") -> WebsocketCommunicator:
    socket = WebsocketCommunicator(application, f"/ws/counters/{name}/")
    assert (await socket.connect(timeout=SOON))[0]
    return socket


async def message(socket: WebsocketCommunicator) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await socket.receive_from(timeout=SOON))
    return found


async def visit() -> None:
    await sync_to_async(counting.visit)("home")


@pytest.fixture(autouse=True)
async def nobody_else(home: Counter) -> AsyncIterator[None]:
    """No screens, and no connection left in the threads that ask Postgres for them."""
    yield
    assert hub._screens == {}
    await asyncio.get_running_loop().run_in_executor(hub.reader, connections.close_all)
    await sync_to_async(connections.close_all)()


async def test_a_screen_gets_the_number_at_once_and_each_greater_one() -> None:
    await visit()
    socket = await open_socket()
    assert await message(socket) == {"type": "visits", "name": "home", "visits": 1}
    await visit()
    assert (await message(socket))["visits"] == 2
    await socket.disconnect()


async def test_all_screens_share_one_look(own_redis: OwnRedis) -> None:
    def calls() -> int:
        with Redis(**own_redis.address.connection_arguments) as client:
            return int(client.info("commandstats")["cmdstat_evalsha"]["calls"])

    await visit()
    sockets = [await open_socket() for _ in range(20)]
    assert [(await message(socket))["visits"] for socket in sockets] == [1] * 20
    before = calls()
    await visit()
    assert [(await message(socket))["visits"] for socket in sockets] == [2] * 20
    assert calls() - before < 10
    for socket in sockets:
        await socket.disconnect()


async def test_a_number_that_comes_with_a_newcomer_is_shown_to_all() -> None:
    before, newcomer = Outbox(), Outbox()
    hub.join("home", 1, before)
    hub.join("home", 2, newcomer)
    frames = [await asyncio.wait_for(screen.next_frame(), SOON) for screen in (before, newcomer)]
    assert [json.loads(frame)["visits"] for frame in frames] == [2, 2]
    for screen in (before, newcomer):
        hub.leave("home", screen)


async def test_it_ticks_without_redis(own_redis: OwnRedis) -> None:
    await visit()
    own_redis.stop()
    socket = await open_socket()
    first = (await message(socket))["visits"]
    await visit()
    assert (await message(socket))["visits"] == first + 1
    await socket.disconnect()


async def test_it_stays_without_any_store_and_goes_on_after(own_redis: OwnRedis, postgres: Postgres) -> None:
    await visit()
    socket = await open_socket()
    assert (await message(socket))["visits"] == 1
    own_redis.stop()
    await sync_to_async(postgres.stop)()
    assert await socket.receive_nothing(timeout=1.2)
    own_redis.start()
    await sync_to_async(postgres.start)()
    await visit()
    assert (await message(socket))["visits"] == 2
    await socket.disconnect()


async def test_an_unknown_counter_is_closed() -> None:
    socket = await open_socket("away")
    closed = await socket.receive_output(timeout=SOON)
    assert (closed["type"], closed["code"]) == ("websocket.close", NO_SUCH_COUNTER)


async def test_a_process_that_is_full_says_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counter.screens.MAX_SCREENS", 0)
    socket = await open_socket()
    assert (await socket.receive_output(timeout=SOON))["code"] == TRY_AGAIN

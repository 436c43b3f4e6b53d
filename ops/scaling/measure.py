"""`python -m ops.scaling.measure`: measures the CPU time that each part takes for a page, a file, a vote and so on.

It starts a copy of the system and sends it one kind of request after the other. Only CPU time is taken, so the machine
may do other things meanwhile. Prints each cost in microseconds and in sends: a `send()` of 500 bytes over loopback,
measured in the same run, which makes figures of different machines comparable.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil

from core.web import hidden_fields
from ops.drill import vote_page
from ops.drill.runner import a_copy
from ops.drill.system import System
from ops.entrypoint.services import allow_open_files
from ops.loadtest.in_process import send_cost
from ops.loadtest.phone import NAMED, SOCKET

_PHONES, _AT_ONCE, _JOBS = 1000, 50, 40
_PARTS = ("vote", "result", "worker", "redis", "db")
#: Seconds between two votes that are a job each.
_JOB_EVERY_S = 0.2


@dataclass
class Phone:
    """A phone that has its page."""

    browser: aiohttp.ClientSession
    text: str = ""
    frames: int = 0
    watching: list[asyncio.Task[None]] = field(default_factory=list)


class Meter:
    """The CPU time of all parts and of this program, which is the phones."""

    def __init__(self, system: System) -> None:
        names = {part: system.workers if part == "worker" else [part] for part in _PARTS}
        self._processes = {part: [psutil.Process(system.pid(name)) for name in names[part]] for part in _PARTS}
        self._idle: dict[str, float] = {}

    def _seconds(self) -> dict[str, float]:
        used = {part: sum(map(_cpu, processes)) for part, processes in self._processes.items()}
        return {**used, "phones": time.process_time()}

    async def idle(self, seconds: float) -> None:
        """Learn what the parts take while nobody asks."""
        before = self._seconds()
        await asyncio.sleep(seconds)
        self._idle = {part: (used - before[part]) / seconds for part, used in self._seconds().items()}

    async def cost(self, name: str, work: Awaitable[int]) -> None:
        """Print the microseconds of each part for one of the things that were done, without what it takes idle."""
        before, began = self._seconds(), time.monotonic()
        number = await work
        took = time.monotonic() - began
        used = {part: seconds - before[part] - self._idle[part] * took for part, seconds in self._seconds().items()}
        unit = send_cost()
        costs = [f"{1e6 * seconds / number:,.0f} ({1e6 * seconds / number / unit:.1f})" for seconds in used.values()]
        print("|", " | ".join([name, *costs]), "|", flush=True)


def _cpu(process: psutil.Process) -> float:
    """Return its CPU time with that of its children."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


async def _each(phones: Sequence[Phone], do: Callable[[Phone], Awaitable[int]]) -> int:
    """Do it with all phones, some at a time; returns the sum."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(phone: Phone) -> int:
        async with turns:
            return await do(phone)

    return sum(await asyncio.gather(*map(one, phones)))


class Room:
    """A poll, and what phones do with it."""

    def __init__(self, page: str) -> None:
        self._page, self._origin = page, page.partition("/p/")[0]

    async def load(self, phone: Phone) -> int:
        """Load the page on a new connection."""
        async with phone.browser.get(self._page) as answer:
            phone.text = await answer.text()
        return 1

    async def load_files(self, phone: Phone) -> int:
        """Load the files that it names."""
        files = dict.fromkeys(NAMED.findall(phone.text))
        for path in files:
            async with phone.browser.get(self._origin + path) as file:
                await file.read()
        return len(files)

    async def vote(self, phone: Phone) -> int:
        """Vote."""
        form = {**hidden_fields.of(phone.text), "choice": vote_page.choices(phone.text)[0], "pressed": "1000"}
        headers = {"Accept": "application/json", "Origin": self._origin, "Referer": self._page}
        async with phone.browser.post(self._page, data=form, headers=headers) as answer:
            assert answer.status in (200, 202), await answer.text()
        return 1

    async def connect(self, phone: Phone) -> int:
        """Open the socket, and return with the first frame."""
        first = asyncio.Event()
        phone.watching.append(asyncio.create_task(self._watch(phone, first)))
        await first.wait()
        return 1

    async def _watch(self, phone: Phone, first: asyncio.Event) -> None:
        address = SOCKET.search(phone.text)
        assert address is not None
        async with phone.browser.ws_connect(address[1], origin=self._origin, compress=15) as socket:
            async for _message in socket:
                first.set()
                phone.frames += 1


async def _vote_one_by_one(room: Room, phones: Sequence[Phone]) -> int:
    """Vote so slowly that each vote is a job; returns the number of frames."""
    before = sum(phone.frames for phone in phones)
    for phone in phones[:_JOBS]:
        await room.vote(phone)
        await asyncio.sleep(_JOB_EVERY_S)
    return sum(phone.frames for phone in phones) - before


async def _measure(system: System, page: str) -> None:
    meter, room = Meter(system), Room(page)
    async with AsyncExitStack() as stack:
        jars = [aiohttp.CookieJar(unsafe=True) for _ in range(_PHONES)]
        phones = [Phone(await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))) for jar in jars]
        await meter.idle(5)
        await meter.cost("page", _each(phones, room.load))
        await meter.cost("file", _each(phones, room.load_files))
        await meter.cost("vote", _each(phones, room.vote))
        await meter.cost("job", _number(_vote_one_by_one(room, phones), _JOBS))
        await meter.cost("socket", _each(phones, room.connect))
        await meter.cost("frame", _vote_one_by_one(room, phones))
        for task in [task for phone in phones for task in phone.watching]:
            task.cancel()


async def _number(work: Awaitable[Any], number: int) -> int:
    await work
    return number


def main() -> None:
    """Measure a copy of the system."""
    allow_open_files()
    print(f"send() of 500 bytes: {send_cost()} µs")
    print("|", " | ".join(["µs (sends)", *_PARTS, "phones"]), "|")
    with a_copy() as system:
        made = system.manage("-m", "ops.drill.poll", "costs", "2")
        assert made.returncode == 0, made.stderr
        asyncio.run(_measure(system, f"{system.vote_url}/p/costs/"))


if __name__ == "__main__":
    main()

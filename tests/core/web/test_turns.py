"""Turns: who gets a thread next, and who waits in vain."""

import asyncio
from collections.abc import Callable
from threading import Event

import pytest

from core.web import turns
from core.web.turns import SHARES, THREADS, BusyError, Kind, Turns


class Desk:
    """Threads that are all busy until they are let go, and a list of who was served."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.served: list[str] = []
        self._gates: list[Event] = []
        self._tasks: list[asyncio.Task[None]] = []

    def come(self, kind: Kind, name: str = "") -> "asyncio.Task[None]":
        """Ask for a turn, in which one stays until it is let go."""
        gate = Event()
        self._gates.append(gate)
        task = asyncio.create_task(self.turns.take(kind, self._stay(name or kind.name, gate)))
        self._tasks.append(task)
        return task

    def _stay(self, name: str, gate: Event) -> Callable[[], None]:
        def stay() -> None:
            self.served.append(name)
            assert gate.wait(20)

        return stay

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)

    def let_go(self, number: int) -> None:
        """Let the first so many go that came."""
        for gate in self._gates[:number]:
            gate.set()

    async def close(self) -> None:
        self.let_go(len(self._gates))
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def full(desk: Desk) -> None:
    """All threads but the last are taken by votes."""
    for _ in range(THREADS - 1):
        desk.come(Kind.VOTE, "first")
    await desk.until(lambda: len(desk.served) == THREADS - 1)


async def test_whoever_had_to_wait_may_have_it_without_work() -> None:
    desk = Desk()
    await full(desk)
    worked: list[str] = []

    def work() -> str:
        worked.append("work")
        return "made"

    waiting = [asyncio.create_task(desk.turns.take(Kind.PAGE, work, lambda: "kept")) for _ in range(3)]
    await desk.until(lambda: desk.turns.waiting() == 3)
    desk.let_go(1)

    assert await asyncio.gather(*waiting) == ["kept"] * 3
    assert await desk.turns.take(Kind.PAGE, lambda: "made", lambda: "kept") == "made"
    assert worked == []
    await desk.close()


async def test_votes_go_before_pages_and_pages_before_results() -> None:
    desk = Desk()
    await full(desk)
    for kind in (Kind.LOGIN, Kind.RESULTS, Kind.PAGE, Kind.VOTE):
        desk.come(kind)
    await desk.until(lambda: desk.turns.waiting() == 4)
    for served in range(1, 5):
        desk.let_go(served)
        await desk.until(lambda served=served: len(desk.served) == THREADS - 1 + served)  # type: ignore[misc]
    await desk.close()

    assert desk.served[THREADS - 1 :] == ["VOTE", "PAGE", "RESULTS", "LOGIN"]


async def test_a_probe_has_a_thread_whatever_else_goes_on() -> None:
    desk = Desk()
    await full(desk)
    desk.come(Kind.PROBE)
    await desk.until(lambda: desk.served[-1] == "PROBE")
    await desk.close()


@pytest.mark.parametrize("kind", [Kind.PAGE, Kind.RESULTS, Kind.LOGIN])
async def test_no_kind_takes_more_than_its_share(kind: Kind) -> None:
    desk = Desk()
    for _ in range(2 * THREADS):
        desk.come(kind)
    await desk.until(lambda: len(desk.served) == SHARES[kind])
    desk.come(Kind.VOTE)
    await desk.until(lambda: desk.served[-1] == "VOTE")
    await desk.close()

    assert desk.served.count(kind.name) == 2 * THREADS


async def test_nobody_waits_for_longer_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_S", 0.1)
    desk = Desk()
    await full(desk)
    with pytest.raises(BusyError):
        await desk.come(Kind.PAGE)
    assert "PAGE" not in desk.served
    # What was given up does not stand in the way of who comes next.
    monkeypatch.setattr(turns, "WAIT_S", 20)
    desk.come(Kind.PAGE, "next")
    desk.let_go(1)
    await desk.until(lambda: desk.served[-1] == "next")
    await desk.close()


async def test_no_more_wait_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PLACES", 2)
    desk = Desk()
    await full(desk)
    for _ in range(2):
        desk.come(Kind.PAGE)
    await desk.until(lambda: desk.turns.waiting() == 2)
    with pytest.raises(BusyError):
        await desk.come(Kind.PAGE)
    await desk.close()


async def test_an_error_is_of_whoever_asked_and_frees_the_thread() -> None:
    served = Turns()

    def fail() -> None:
        raise ValueError("mine")

    for _ in range(2 * THREADS):
        with pytest.raises(ValueError, match="mine"):
            await served.take(Kind.LOGIN, fail)
    assert await served.take(Kind.LOGIN, lambda: 5) == 5

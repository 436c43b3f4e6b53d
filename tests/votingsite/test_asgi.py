"""The ASGI application: what a web service does when its server ends."""

import asyncio
import threading

import pytest

from votingsite import asgi


async def test_what_has_to_be_done_before_the_end_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    both = threading.Barrier(2)

    def end(name: str) -> None:
        both.wait(10)  # at the same time, since a server has a few seconds
        done.append(name)

    monkeypatch.setattr(asgi, "_ends", [lambda: end("one"), lambda: end("other")])
    asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    said: list[tuple[str, int]] = []

    async def send(message: dict[str, str]) -> None:
        said.append((message["type"], len(done)))

    for kind in ("startup", "shutdown"):
        asked.put_nowait({"type": f"lifespan.{kind}"})
    await asgi.application({"type": "lifespan"}, asked.get, send)
    assert said == [("lifespan.startup.complete", 0), ("lifespan.shutdown.complete", 2)]

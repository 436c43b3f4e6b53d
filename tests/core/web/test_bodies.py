"""Bodies: read whole, under a limit of size and of time."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from core.web import bodies
from core.web.bodies import LARGE_LIMIT, LIMIT, Bodies, FullError, GoneError, Receive, TooLargeError, TooSlowError


def sends(*parts: bytes, then: Any = None) -> Receive:
    """A client that sends its body in these parts, and then hangs, leaves, or is done."""
    messages = [
        {"type": "http.request", "body": part, "more_body": number + 1 < len(parts) or then is not None}
        for number, part in enumerate(parts)
    ]
    waiting: Iterable[Any] = iter([*messages, *([then] if isinstance(then, dict) else [])])

    async def receive() -> Any:
        for message in waiting:
            return message
        return await asyncio.sleep(60)

    return receive


CHUNKED = {b"transfer-encoding": b"chunked"}


async def test_a_body_in_parts_is_read_whole() -> None:
    assert await Bodies().read({b"content-length": b"6"}, sends(b"ab", b"cd", b"ef")) == b"abcdef"
    assert await Bodies().read(CHUNKED, sends(b"ab", b"c")) == b"abc"


async def test_where_none_is_announced_none_is_waited_for() -> None:
    assert await Bodies().read({}, sends(then="hang")) == b""


@pytest.mark.parametrize("size", [b"%d" % (LIMIT + 1), b"9" * 5000, b"-1", b"1e3", b"", b"\xb2"])
async def test_a_bad_size_is_refused_before_anything_is_read(size: bytes) -> None:
    """Too large, or no number."""
    with pytest.raises(TooLargeError):
        await Bodies().read({b"content-length": size}, sends(then="hang"))


async def test_the_largest_one_is_taken() -> None:
    assert len(await Bodies().read({b"content-length": b"%d" % LIMIT}, sends(bytes(LIMIT)))) == LIMIT


@pytest.mark.parametrize("parts", [[bytes(LIMIT + 1)], [bytes(LIMIT), b"a"], [bytes(LIMIT // 2)] * 3])
async def test_one_that_grows_too_large_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(TooLargeError):
        await Bodies().read(CHUNKED, sends(*parts, then="hang"))


@pytest.mark.parametrize("parts", [[], [b"a"]])
async def test_one_that_does_not_come_in_time_is_refused(parts: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WITHIN_S", 0.1)
    with pytest.raises(TooSlowError):
        await Bodies().read(CHUNKED, sends(*parts, then="hang"))


async def test_a_client_that_leaves_is_noticed() -> None:
    with pytest.raises(GoneError):
        await Bodies().read(CHUNKED, sends(b"a", then={"type": "http.disconnect"}))


async def test_no_more_is_held_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes read so far are let go."""
    monkeypatch.setattr(bodies, "HELD_AT_MOST", 5)
    held = Bodies()
    slow = asyncio.create_task(held.read(CHUNKED, sends(b"abc", then="hang")))
    await asyncio.sleep(0.05)
    with pytest.raises(FullError):
        await held.read(CHUNKED, sends(b"ab", b"cd"))
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    assert await held.read(CHUNKED, sends(b"ab", b"cd")) == b"abcd"


async def test_a_large_one_is_taken_only_where_it_may_be() -> None:
    size = {b"content-length": b"%d" % LARGE_LIMIT}
    assert len(await Bodies().read(size, sends(bytes(LARGE_LIMIT)), LARGE_LIMIT)) == LARGE_LIMIT
    with pytest.raises(TooLargeError):
        await Bodies().read({b"content-length": b"%d" % (LARGE_LIMIT + 1)}, sends(then="hang"), LARGE_LIMIT)


async def test_large_ones_leave_room_for_votes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LARGE_HELD_AT_MOST", 5)
    held = Bodies()
    with pytest.raises(FullError):
        await held.read(CHUNKED, sends(b"abc", b"def"), LARGE_LIMIT)
    slow = asyncio.create_task(held.read(CHUNKED, sends(b"abcde", then="hang"), LARGE_LIMIT))
    await asyncio.sleep(0.05)
    assert await held.read(CHUNKED, sends(b"abcdefg")) == b"abcdefg"
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)

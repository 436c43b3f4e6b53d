"""Request bodies: read before a thread is taken, with a limit of size and of time.

A thread that reads a body waits for a slow client. As many slow clients as threads would stop the service.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

#: Bytes of one body. A ballot is a few hundred; the largest form is a poll of many long choices in the admin.
LIMIT = 256 * 1024
#: Bytes of a body that may have pictures in it.
LARGE_LIMIT = 6 * 1024 * 1024
#: Bytes of all the bodies that one process holds at a time, and of those that may be large: they take no vote's room.
HELD_AT_MOST = 64 * 1024 * 1024
LARGE_HELD_AT_MOST = 32 * 1024 * 1024
#: Seconds that a client has to send its body.
WITHIN_S = 10.0


class Receive(Protocol):
    """The `receive` of ASGI."""

    async def __call__(self) -> Any:
        """Return the next message."""


class TooLargeError(Exception):
    """The body is larger than it may be."""


class TooSlowError(Exception):
    """The body did not arrive within WITHIN_S."""


class GoneError(Exception):
    """The client left before its body was complete."""


class FullError(Exception):
    """The process holds as many as it may."""


class Bodies:
    """The bodies that one process holds. Belongs to one event loop."""

    def __init__(self) -> None:
        self._held = Counter[int]()

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive, limit: int = LIMIT) -> bytes:
        """Read the body of a request with these headers; `limit` is one of the two. Raises the four errors above."""
        size = headers.get(b"content-length", b"0")
        if not size.isdigit() or len(size) > len(str(limit)) or int(size) > limit:
            raise TooLargeError
        if size == b"0" and b"transfer-encoding" not in headers:
            return b""
        return await self._read(receive, limit)

    async def _read(self, receive: Receive, limit: int) -> bytes:
        most = LARGE_HELD_AT_MOST if limit > LIMIT else HELD_AT_MOST
        parts: list[bytes] = []
        size = 0
        now = asyncio.get_running_loop().time
        end = now() + WITHIN_S
        try:
            while True:
                message = await _message(receive, end - now())
                parts.append(message["body"])
                size += len(parts[-1])
                self._held[limit] += len(parts[-1])
                if size > limit:
                    raise TooLargeError
                if self._held[limit] > most:
                    raise FullError
                if not message.get("more_body", False):
                    return b"".join(parts)
        finally:
            self._held[limit] -= size


async def _message(receive: Receive, within_s: float) -> Any:
    try:
        async with asyncio.timeout(within_s):
            message = await receive()
    except TimeoutError:
        raise TooSlowError from None
    if message["type"] == "http.disconnect":
        raise GoneError
    return message

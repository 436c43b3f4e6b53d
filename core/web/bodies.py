"""Bodies of requests: read before a thread is taken, under a limit of size and of time.

A thread that reads a body is a slow client's for as long as it likes: as many of them as there are threads would close
the service for everybody.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

#: Bytes of one body. A ballot is a few hundred; the largest form is a poll of many long choices in the admin.
LIMIT = 256 * 1024
#: Bytes of all the bodies that one process holds at a time.
HELD_AT_MOST = 64 * 1024 * 1024
#: Seconds that a client has to send its body.
WITHIN_S = 10.0


class Receive(Protocol):
    """The `receive` of ASGI."""

    async def __call__(self) -> Any:
        """Return the next message."""


class TooLargeError(Exception):
    """The body is larger than LIMIT."""


class TooSlowError(Exception):
    """The body has not come WITHIN_S."""


class GoneError(Exception):
    """The client has left before its body was complete."""


class FullError(Exception):
    """The process holds HELD_AT_MOST."""


class Bodies:
    """The bodies that one process holds. Belongs to one event loop."""

    def __init__(self) -> None:
        self._held = 0

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """Read the body of a request with these headers. Raises the four errors above."""
        size = headers.get(b"content-length", b"0")
        if not size.isdigit() or int(size) > LIMIT:
            raise TooLargeError
        if size == b"0" and b"transfer-encoding" not in headers:
            return b""
        first = await _message(receive, WITHIN_S)
        if not first.get("more_body"):
            return _checked(first["body"])
        return await self._rest(first["body"], receive)

    async def _rest(self, body: bytes, receive: Receive) -> bytes:
        parts, size = [body], len(body)
        self._held += size
        end = asyncio.get_running_loop().time() + WITHIN_S
        try:
            more = True
            while more:
                message = await _message(receive, end - asyncio.get_running_loop().time())
                parts.append(message["body"])
                size += len(message["body"])
                self._held += len(message["body"])
                more = message.get("more_body", False)
                if size > LIMIT:
                    raise TooLargeError
                if self._held > HELD_AT_MOST:
                    raise FullError
        finally:
            self._held -= size
        return b"".join(parts)


def _checked(body: bytes) -> bytes:
    if len(body) > LIMIT:
        raise TooLargeError
    return body


async def _message(receive: Receive, within_s: float) -> Any:
    try:
        async with asyncio.timeout(within_s):
            message = await receive()
    except TimeoutError:
        raise TooSlowError from None
    if message["type"] == "http.disconnect":
        raise GoneError
    return message

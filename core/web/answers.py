"""HTTP answers, and how they are sent: most are complete before their first byte is sent, long ones come in pieces."""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from django.http import HttpResponseBase, StreamingHttpResponse
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

logger = logging.getLogger(__name__)

#: The key in `scope["extensions"]` of a request: "write" writes a whole answer, "asked" says that none was ready at
#: once.
EXTENSION = "votingsite.answers"


class Send(Protocol):
    """The `send` of ASGI."""

    async def __call__(self, message: Any, /) -> None:
        """Send one message."""


def headers_of(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """Return the headers of a Django response as ASGI has them, without its cookies."""
    return [(name.lower().encode("ascii"), value.encode("latin1")) for name, value in response.items()]


def cookies_of(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """Return the cookies that a Django response sets, as headers."""
    return [(b"set-cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]


@dataclass(frozen=True)
class Answer:
    """A status, headers as ASGI has them (names in small letters), and the body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @cached_property
    def head(self) -> bytes:
        """The status and the headers as they are on the wire, without the empty line; made at the first use."""
        lines = [b"%s: %s\r\n" % header for header in self.headers]
        return b"".join([STATUS_LINE[self.status], *lines])

    @classmethod
    def of(cls, response: HttpResponseBase) -> "Answer":
        """Return what a Django response says, and close it. Streams are read to their end."""
        headers = [*headers_of(response), *cookies_of(response)]
        body = b"".join(response)
        response.close()
        if not response.has_header("Content-Length") and response.status_code not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        return cls(response.status_code, headers, body)

    async def send(self, scope: dict[str, Any], send: Send) -> None:
        """Send it, in one write where the server takes whole answers; HEAD gets no body."""
        extension = scope.get("extensions", {}).get(EXTENSION)
        if extension is not None and extension["write"](self):
            return
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


#: Makes the pieces of all long answers, one after another: they never keep more than one processor busy.
_maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pieces")


@dataclass(frozen=True)
class Pieces:
    """An answer that is made piece by piece, each once the client has taken the one before; never in memory whole.

    The pieces are made in a thread of their own, so they must not rely on what belongs to the request's thread. If one
    can't be made the connection is cut, which tells the client that the answer is not complete.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    pieces: Iterator[bytes]

    @classmethod
    def of(cls, response: StreamingHttpResponse) -> "Pieces":
        """Return what a Django response says, and close it."""
        headers = [*headers_of(response), *cookies_of(response)]
        pieces = iter(response)
        response.close()
        return cls(response.status_code, headers, pieces)

    async def send(self, scope: dict[str, Any], send: Send) -> None:
        """Send it; HEAD gets no body."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        loop = asyncio.get_running_loop()
        while scope["method"] != "HEAD":
            try:
                piece = await loop.run_in_executor(_maker, next, self.pieces, None)
            except Exception as error:
                logger.warning("An answer was cut off: %r", error)
                return
            if piece is None:
                break
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

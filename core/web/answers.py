"""HTTP answers that are complete before their first byte is sent, and how they are sent."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from django.http import HttpResponseBase
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

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

"""Answers of HTTP that are whole before their first byte is sent, and how ASGI sends one."""

from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpResponseBase


class Send(Protocol):
    """The `send` of ASGI."""

    async def __call__(self, message: Any, /) -> None:
        """Send one message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers as ASGI has them (names in small letters), and the body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @classmethod
    def of(cls, response: HttpResponseBase) -> "Answer":
        """Return what a Django response says, and close it. Streams are read to their end."""
        headers = [(name.lower().encode("ascii"), value.encode("latin1")) for name, value in response.items()]
        headers += [(b"set-cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
        body = b"".join(response)
        response.close()
        if not response.has_header("Content-Length") and response.status_code not in (204, 304):
            headers.append((b"content-length", b"%d" % len(body)))
        return cls(response.status_code, headers, body)

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        """Hand it to the server; an answer to HEAD goes without its body."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body if with_body else b""})

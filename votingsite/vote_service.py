"""The vote service as browsers use it, for commands that cast votes from outside."""

import http.client
import socket
import threading
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from core.web import hidden_fields

#: Seconds that one answer may take.
TIMEOUT = 10.0


class VoteService:
    """A page for each voter, with its cookies, then its form. Threads may share it: each has its own connection."""

    def __init__(self, origin: str, path: str) -> None:
        self.origin = origin
        self._path = path
        self._local = threading.local()

    def vote(self, choice: int) -> None:
        """Cast one vote of a new voter. Raises OSError or HTTPException if it is not taken."""
        page, cookies = self._ask("GET", None, {})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Cookie": "; ".join(f"{name}={cookie.coded_value}" for name, cookie in cookies.items()),
            "Referer": self.origin + self._path,
        }
        fields = hidden_fields.of(page) | {"choice": str(choice)}
        self._ask("POST", urlencode(fields), headers)

    def _ask(self, method: str, body: str | None, headers: dict[str, str]) -> tuple[str, "SimpleCookie"]:
        """Return the text of an answer, and the cookies that it sets."""
        connection = self._connection()
        try:
            connection.request(method, self._path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            del self._local.connection
            connection.close()
            raise
        if response.status not in (200, 202):
            raise http.client.HTTPException(f"it answered {response.status}: {text[:200]!r}")
        cookies: SimpleCookie = SimpleCookie()
        for header in response.headers.get_all("Set-Cookie", []):
            cookies.load(header)
        return text, cookies

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            parts = urlsplit(self.origin)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.netloc, timeout=TIMEOUT)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._local.connection = connection
        found: http.client.HTTPConnection = self._local.connection
        return found

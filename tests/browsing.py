"""A browser without a screen: cookies and the CSRF token, as a program votes through the real web service."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

#: Seconds for one answer.
TIMEOUT = 10


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Browser:
    """One voter at one web service. Raises OSError when the web service is not there."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _NoRedirect)

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self.origin + path))

    def vote(self, path: str, choice: int, **fields: Any) -> Answer:
        """Fetch the page for its cookies, the first time, and send the form, asking for JSON."""
        token = self._token()
        if token is None:
            self.get(path)
            token = self._token()
        data = urlencode({"choice": choice, **fields}, doseq=True).encode()
        headers = {"Accept": "application/json", "X-CSRFToken": token or "", "Referer": self.origin + path}
        return self._ask(urllib.request.Request(self.origin + path, data, headers))

    def _token(self) -> str | None:
        return next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), None)

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

"""A browser without a screen: cookies and the CSRF token, as a program votes through the real web service."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

from core.web import hidden_fields

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
    """A voter at one web service, perhaps with another's cookies. Raises OSError when the service is not there."""

    def __init__(self, origin: str, cookies: CookieJar | None = None) -> None:
        self.origin = origin
        self.cookies = CookieJar() if cookies is None else cookies
        #: The hidden fields of the vote pages that are open, by their addresses.
        self._forms: dict[str, dict[str, str]] = {}
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _NoRedirect)

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self.origin + path))

    def vote(self, path: str, choice: int, **fields: Any) -> Answer:
        """Send the form of the page, asking for JSON. The page is loaded the first time, and in a new round."""
        answer = self._send(path, choice, fields)
        if answer.status == HTTPStatus.CONFLICT and answer.json()["status"] == "other_round":
            del self._forms[path]
            answer = self._send(path, choice, fields)
        return answer

    def _send(self, path: str, choice: int, fields: Mapping[str, Any]) -> Answer:
        if path not in self._forms:
            form = hidden_fields.of(self.get(path).body.decode())
            if not form:  # a page of an error
                return self._post(path, {"choice": choice, **fields})
            self._forms[path] = form
        return self._post(path, {**self._forms[path], "choice": choice, **fields})

    def _post(self, path: str, fields: Mapping[str, Any]) -> Answer:
        headers = {"Accept": "application/json", "Referer": self.origin + path}
        return self._ask(urllib.request.Request(self.origin + path, urlencode(fields, doseq=True).encode(), headers))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

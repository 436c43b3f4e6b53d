"""Answers that are kept for a moment, and sent without Django and without a thread.

There are two kinds: answers that are the same for everybody, and pages that differ between newcomers in a few values,
such as their cookies.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from core.telemetry import metrics
from core.web import request_ids
from core.web.answers import Answer, cookies_of, headers_of

Header = tuple[bytes, bytes]

#: Answers that one process keeps, at most: one for each address, and for each language and host name of a page.
MOST = 1024
#: Seconds by which an answer may be too old while one request fetches a newer one, and seconds after which another
#: request is sent for it.
OLD_AT_MOST_S = 5.0
_RENEWED_WITHIN_S = 1.0
#: Headers that belong to one answer, and those that an answer without a body leaves out (RFC 9110, section 15.4.5).
_OF_ONE = {request_ids.HEADER.lower().encode(), b"content-length", b"set-cookie"}
_OF_A_BODY = {b"content-type", b"content-length"}
#: Headers of a request on which a newcomer's page depends.
_DECIDES = {b"host", b"accept-language", b"x-forwarded-proto", b"sec-fetch-dest"}


@dataclass(frozen=True)
class _Keep:
    """The mark on a response that may be kept: until when (time.monotonic()), for whom, and what they get."""

    until: float
    respond: Callable[[], HttpResponse]
    for_newcomers: bool = False


def keep(response: HttpResponse, whole: HttpResponse, seconds: float) -> HttpResponse:
    """Answer all requests for the same address within so many seconds with `whole`, which has an ETag.

    `response` is this caller's answer: the same, or 304. For views whose answer depends on path and query alone, not on
    the caller or the language.
    """
    response.kept = _Keep(time.monotonic() + seconds, lambda: whole)  # type: ignore[attr-defined]
    return response


def keep_for_all(request: HttpRequest, whole: HttpResponse, seconds: float) -> HttpResponse:
    """Keep an answer that is the same for everybody, give it an ETag, and return what this caller gets of it."""
    etag = whole["ETag"] = f'"{hashlib.sha256(whole.content).hexdigest()[:12]}"'
    return keep(get_conditional_response(request, etag=etag, response=whole) or whole, whole, seconds)


def keep_for_newcomers(response: HttpResponse, again: Callable[[], HttpResponse], until: float) -> HttpResponse:
    """Answer requests for the same page without cookies with what `again` returns, until then (time.monotonic()).

    `again` is called in the event loop for each of them, so it must not ask a store. Only its body and its cookies are
    used. For views whose answer to a newcomer depends on path, query, host name, scheme, language and the place of the
    page (a window or a frame) alone.
    """
    response.kept = _Keep(until, again, for_newcomers=True)  # type: ignore[attr-defined]
    return response


@dataclass(frozen=True)
class ToKeep:
    """An answer to keep. `headers` are the same for everybody."""

    keep: _Keep
    status: int
    headers: list[Header]

    def giver(self) -> Callable[[dict[str, Any]], Answer]:
        """Return the function that answers a request."""
        return self._to_newcomers() if self.keep.for_newcomers else self._to_all()

    def _to_newcomers(self) -> Callable[[dict[str, Any]], Answer]:
        def give(_scope: dict[str, Any]) -> Answer:
            response = self.keep.respond()
            length = (b"content-length", b"%d" % len(response.content))
            return Answer(self.status, [*self.headers, *cookies_of(response), length], response.content)

        return give

    def _to_all(self) -> Callable[[dict[str, Any]], Answer]:
        body = self.keep.respond().content
        whole = Answer(self.status, [*self.headers, (b"content-length", b"%d" % len(body))], body)
        unchanged = Answer(304, _without(self.headers, _OF_A_BODY), b"")
        etag = dict(self.headers)[b"etag"]

        def give(scope: dict[str, Any]) -> Answer:
            known = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
            return unchanged if known.removeprefix(b"W/") == etag else whole

        return give


def of(response: Any) -> ToKeep | None:
    """Return what to keep of a response that has passed Django's middleware; None for nothing."""
    found: _Keep | None = getattr(response, "kept", None)
    if found is None:
        return None
    if found.for_newcomers:
        return ToKeep(found, response.status_code, _without(headers_of(response), _OF_ONE))
    # Middleware added its headers to the answer that passed through it.
    whole = found.respond()
    headers = dict([*headers_of(whole), *headers_of(response)])
    return ToKeep(found, whole.status_code, _without(headers.items(), _OF_ONE))


@dataclass
class _Entry:
    """A kept answer."""

    give: Callable[[dict[str, Any]], Answer]
    until: float
    #: Until then one request is fetching a newer one.
    renewed_by: float = 0.0

    def is_given(self, now: float) -> bool:
        """Tell whether to send it. When it is too old, one request goes on to Django, and the others don't wait for it.

        Otherwise all would go there together, take longer, and bring answers that are soon too old.
        """
        if now < self.until or (now < self.renewed_by and now < self.until + OLD_AT_MOST_S):
            return True
        self.renewed_by = now + _RENEWED_WITHIN_S
        return False


class Kept:
    """The kept answers of one process. Belongs to one event loop."""

    def __init__(self) -> None:
        self._entries: dict[tuple[Any, ...], _Entry] = {}

    def answer(self, scope: dict[str, Any]) -> Answer | None:
        """Return the kept answer to a request, which may be 304; None if there is none."""
        if scope["method"] not in ("GET", "HEAD") or not self._entries:
            return None
        began = time.perf_counter()
        entry = self._entries.get(_address(scope)) or self._entries.get(_as_newcomer(scope))
        if entry is None or not entry.is_given(time.monotonic()):
            return None
        answer = entry.give(scope)
        metrics.requests.add(time.perf_counter() - began)
        return answer

    def take(self, scope: dict[str, Any], to_keep: ToKeep | None) -> None:
        """Keep an answer, if allowed."""
        if to_keep is None:
            return
        if len(self._entries) >= MOST:
            self._entries.clear()
        key = _as_newcomer(scope) if to_keep.keep.for_newcomers else _address(scope)
        self._entries[key] = _Entry(to_keep.giver(), to_keep.keep.until)


def _address(scope: dict[str, Any]) -> tuple[Any, ...]:
    return scope["path"], scope["query_string"]


def _as_newcomer(scope: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a newcomer's page depends on; empty for a request with a cookie."""
    decides = []
    for header in scope["headers"]:
        if header[0] in _DECIDES:
            decides.append(header)
        elif header[0] == b"cookie":
            return ()
    return (*_address(scope), scope["scheme"], *decides)


def _without(headers: Iterable[Header], names: set[bytes]) -> list[Header]:
    return [(name, value) for name, value in headers if name not in names]

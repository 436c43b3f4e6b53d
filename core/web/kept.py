"""Answers that are kept for a moment, and given without Django and without a thread.

Two kinds: what is the same for everybody who asks for an address, and pages that differ between newcomers in a few
values, such as the cookies that they get.
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
#: Seconds by which an answer may be too old while somebody is on the way to a newer one, and how long that may take
#: before somebody else is sent.
OLD_AT_MOST_S = 5.0
_RENEWED_WITHIN_S = 1.0
#: Headers that belong to one answer, and those that an answer without a body leaves out (RFC 9110, section 15.4.5).
_OF_ONE = {request_ids.HEADER.lower().encode(), b"content-length", b"set-cookie"}
_OF_A_BODY = {b"content-type", b"content-length"}
#: Headers of a request on which a newcomer's page depends.
_DECIDES = {b"host", b"accept-language", b"x-forwarded-proto"}


@dataclass(frozen=True)
class _Keep:
    """The marks on a response that may be kept: until when (time.monotonic()), for whom, and what they get."""

    until: float
    respond: Callable[[], HttpResponse]
    for_newcomers: bool = False


def keep(response: HttpResponse, whole: HttpResponse, seconds: float) -> HttpResponse:
    """Let whoever asks for the same address within so many seconds have `whole`, which has an ETag.

    `response` is what this caller gets: the same, or that nothing has changed. For views whose answer depends on
    nothing but path and query: not on who asks, and in which language.
    """
    response.kept = _Keep(time.monotonic() + seconds, lambda: whole)  # type: ignore[attr-defined]
    return response


def keep_for_all(request: HttpRequest, whole: HttpResponse, seconds: float) -> HttpResponse:
    """Keep an answer that is the same for everybody, give it an ETag, and return what this caller gets of it."""
    etag = whole["ETag"] = f'"{hashlib.sha256(whole.content).hexdigest()[:12]}"'
    return keep(get_conditional_response(request, etag=etag, response=whole) or whole, whole, seconds)


def keep_for_newcomers(response: HttpResponse, again: Callable[[], HttpResponse], until: float) -> HttpResponse:
    """Let whoever asks for the same page without any cookie until then (time.monotonic()) have what `again` returns.

    It is called in the event loop for each of them: it asks no store. Only its body and its cookies are used. For
    views whose answer to a newcomer depends on nothing but path, query, host name, scheme and language.
    """
    response.kept = _Keep(until, again, for_newcomers=True)  # type: ignore[attr-defined]
    return response


@dataclass(frozen=True)
class ToKeep:
    """An answer to keep. `headers` are those that everybody gets."""

    keep: _Keep
    status: int
    headers: list[Header]

    def giver(self) -> Callable[[dict[str, Any]], Answer]:
        """Return what answers a request."""
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
    """Return what is kept of a response that has passed Django's middleware; None where nothing is."""
    found: _Keep | None = getattr(response, "kept", None)
    if found is None:
        return None
    if found.for_newcomers:
        return ToKeep(found, response.status_code, _without(headers_of(response), _OF_ONE))
    # What middleware has added stands in the answer that went through it.
    whole = found.respond()
    headers = dict([*headers_of(whole), *headers_of(response)])
    return ToKeep(found, whole.status_code, _without(headers.items(), _OF_ONE))


@dataclass
class _Entry:
    """A kept answer."""

    give: Callable[[dict[str, Any]], Answer]
    until: float
    #: Until then somebody is taken to be on the way to a newer one.
    renewed_by: float = 0.0

    def is_given(self, now: float) -> bool:
        """Tell whether to give it. When it is too old one request goes on to Django, and the others don't wait for it.

        Else all would go there at once, each would take longer for it, and what they bring would be too old at once.
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
        """Return the kept answer to a request, which may be that nothing has changed; None if there is none."""
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
        """Keep what was answered, if it may be."""
        if to_keep is None:
            return
        if len(self._entries) >= MOST:
            self._entries.clear()
        key = _as_newcomer(scope) if to_keep.keep.for_newcomers else _address(scope)
        self._entries[key] = _Entry(to_keep.giver(), to_keep.keep.until)


def _address(scope: dict[str, Any]) -> tuple[Any, ...]:
    return scope["path"], scope["query_string"]


def _as_newcomer(scope: dict[str, Any]) -> tuple[Any, ...]:
    """The address, and what else a newcomer's page depends on. Who has a cookie is none."""
    decides = []
    for header in scope["headers"]:
        if header[0] in _DECIDES:
            decides.append(header)
        elif header[0] == b"cookie":
            return ()
    return (*_address(scope), scope["scheme"], *decides)


def _without(headers: Iterable[Header], names: set[bytes]) -> list[Header]:
    return [(name, value) for name, value in headers if name not in names]

"""Answers that are kept for a moment, and given without Django and without a thread.

Two kinds: what is the same for everybody who asks for an address, and pages that differ between newcomers in a few
values, such as the cookies that they get.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from core.telemetry import metrics
from core.web import request_ids
from core.web.answers import Answer, cookies_of, headers_of

Header = tuple[bytes, bytes]

#: Answers that one process keeps, at most: one for each address, and for each language and host name of a page.
MOST = 1024
#: Headers that belong to one answer, and those that an answer without a body leaves out (RFC 9110, section 15.4.5).
_OF_ONE = {request_ids.HEADER.lower().encode(), b"content-length", b"set-cookie"}
_OF_A_BODY = {b"content-type", b"content-length"}
#: Headers of a request on which a newcomer's page depends.
_DECIDES = {b"host", b"accept-language", b"x-forwarded-proto"}


@dataclass(frozen=True)
class _Keep:
    """What a response says of itself: until when it is kept (time.monotonic()), for whom, and what they get."""

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


def keep_for_newcomers(response: HttpResponse, again: Callable[[], HttpResponse], until: float) -> HttpResponse:
    """Let whoever asks for the same page without any cookie until then (time.monotonic()) have what `again` returns.

    It is called in the event loop for each of them: it asks no store. Only its body and its cookies are used. For
    views whose answer to a newcomer depends on nothing but path, query, host name, scheme and language.
    """
    response.kept = _Keep(until, again, for_newcomers=True)  # type: ignore[attr-defined]
    return response


@dataclass(frozen=True)
class ToKeep:
    """What is kept of an answer. `headers` are those that all who get it have in common."""

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


class Kept:
    """The kept answers of one process. Belongs to one event loop."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Any, ...], tuple[float, Callable[[dict[str, Any]], Answer]]] = {}

    def answer(self, scope: dict[str, Any]) -> Answer | None:
        """Return the kept answer to a request, which may be that nothing has changed; None if there is none."""
        if scope["method"] not in ("GET", "HEAD") or not self._answers:
            return None
        began = time.perf_counter()
        until, give = self._answers.get(_address(scope)) or self._answers.get(_as_newcomer(scope)) or (0.0, None)
        if give is None or until < time.monotonic():
            return None
        answer = give(scope)
        metrics.requests.add(time.perf_counter() - began)
        return answer

    def take(self, scope: dict[str, Any], to_keep: ToKeep | None) -> None:
        """Keep what was answered, if it may be."""
        if to_keep is None:
            return
        if len(self._answers) >= MOST:
            self._answers.clear()
        key = _as_newcomer(scope) if to_keep.keep.for_newcomers else _address(scope)
        self._answers[key] = (to_keep.keep.until, to_keep.giver())


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

"""Answers that are the same for everybody who asks for an address: kept for a moment, and given without Django."""

import time
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from core.web import request_ids
from core.web.answers import Answer, headers_of

#: Addresses whose answers one process keeps, at most.
MOST = 256
#: Headers that belong to one answer, and those that an answer without a body leaves out (RFC 9110, section 15.4.5).
_OF_ONE = {request_ids.HEADER.lower().encode(), b"content-length", b"set-cookie"}
_OF_A_BODY = {b"content-type", b"content-length"}


def keep(response: HttpResponse, whole: HttpResponse, seconds: float) -> HttpResponse:
    """Let whoever asks for the same address within so many seconds have `whole`, which has an ETag.

    `response` is what this caller gets: the same, or that nothing has changed. For views whose answer depends on
    nothing but path and query: not on who asks, and in which language.
    """
    response.kept = (seconds, whole)  # type: ignore[attr-defined]
    return response


class Kept:
    """The kept answers of one process. Belongs to one event loop."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, bytes], tuple[float, Answer, Answer, bytes]] = {}

    def answer(self, scope: dict[str, Any]) -> Answer | None:
        """Return the kept answer to a request, which may be that nothing has changed; None if there is none."""
        kept = self._answers.get((scope["path"], scope["query_string"]))
        if kept is None or kept[0] < time.monotonic() or scope["method"] not in ("GET", "HEAD"):
            return None
        _until, whole, unchanged, etag = kept
        known = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
        return unchanged if known.removeprefix(b"W/") == etag else whole

    def take(self, scope: dict[str, Any], kept: tuple[float, Answer] | None) -> None:
        """Keep what was answered, if it may be."""
        if kept is None:
            return
        seconds, whole = kept
        if len(self._answers) >= MOST:
            self._answers.clear()
        etag = next(value for name, value in whole.headers if name == b"etag")
        unchanged = Answer(304, _without(whole.headers, _OF_A_BODY), b"")
        self._answers[scope["path"], scope["query_string"]] = (time.monotonic() + seconds, whole, unchanged, etag)


def of(response: Any) -> tuple[float, Answer] | None:
    """Return for how long an answer of Django's may be kept, and what is kept; None where it may not."""
    if not hasattr(response, "kept"):
        return None
    seconds, whole = response.kept
    # What middleware has added stands in the answer that went through it.
    headers = dict([*headers_of(whole), *headers_of(response)])
    length = (b"content-length", b"%d" % len(whole.content))
    return seconds, Answer(whole.status_code, [*_without(headers.items(), _OF_ONE), length], whole.content)


def _without(headers: Iterable[tuple[bytes, bytes]], names: set[bytes]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name not in names]

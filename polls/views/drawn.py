"""Pages that are the same for all who have not voted: drawn once for many visitors, with holes for their own values.

Drawing takes nine tenths of the time of a page (docs/benchmarks.md), and a room of newcomers wants the same page.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.template.loader import render_to_string
from django.utils import timezone

from core.web import iframes
from core.web.kept import keep_for_newcomers

Context = Callable[[], Mapping[str, Any]]
#: Returns the visitor's own values for a request and its response. A newcomer's request is empty.
Own = Callable[[HttpRequest, HttpResponse], Mapping[str, str]]

#: Seconds for which a page is kept. Its numbers may be so old; the snapshot for its script is always new.
KEPT_S = 0.25
#: The most pages that one process keeps: one for each poll, language and host name in use.
_MOST = 256


def may_be_shared(request: HttpRequest) -> bool:
    """Tell whether the page for this request shows nothing about the visitor."""
    if request.method not in ("GET", "HEAD"):
        return False
    if iframes.is_framed(request):  # what its query asks for is part of what the page is about, and nobody is signed in
        return True
    return not request.GET and settings.SESSION_COOKIE_NAME not in request.COOKIES


def nothing(_request: HttpRequest, _response: HttpResponse) -> dict[str, str]:
    """Return no values, for a page that has none of the visitor's own."""
    return {}


def respond(request: HttpRequest, template: str, about: Hashable, context: Context, own: Own = nothing) -> HttpResponse:
    """Answer with a shared page, kept or drawn now.

    The page is about `about`; `context` is called only when it is drawn. `own` returns the values that are the
    visitor's own or newer than the page, by their names in the template, and sets the visitor's cookies. No value may
    occur in the page by chance. Newcomers within KEPT_S get it without a thread, so `own` calls no store.
    """
    page = _page((template, about, request.LANGUAGE_CODE, request.scheme, request.get_host()))
    response = HttpResponse()
    values = _values(request, response, own)

    def drawn() -> str:
        return render_to_string(template, {**context(), **values}, request)

    def again() -> HttpResponse:
        newcomer, response = HttpRequest(), HttpResponse()
        response.content = page.filled(_values(newcomer, response, own).values())
        _csrf.process_response(newcomer, response)
        return response

    page.renew(values.values(), drawn)
    response.content = page.filled(values.values())
    return response if request.COOKIES else keep_for_newcomers(response, again, page.drawn_at + KEPT_S)


def _values(request: HttpRequest, response: HttpResponse, own: Own) -> dict[str, str]:
    # More digits than any other time on the page has.
    moment = timezone.localtime().isoformat(timespec="microseconds")
    return {"csrf_token": get_token(request), "moment": moment, **own(request, response)}


#: Sets the cookie of a token that was made for a request.
_csrf = CsrfViewMiddleware(lambda _request: HttpResponse())


@dataclass
class _Page:
    """A drawn page: pieces of text, and the numbers of the holes between them."""

    lock: Lock = field(default_factory=Lock)
    drawn_at: float = 0.0
    pieces: list[str | int] = field(default_factory=list)

    def renew(self, holes: Iterable[str], draw: Callable[[], str]) -> None:
        """Draw the page with these values and cut them out, if it is too old."""
        if not self._is_old() or not self.lock.acquire(blocking=not self.pieces):
            return
        try:
            if self._is_old():
                self.pieces = _cut(draw(), holes)
                self.drawn_at = time.monotonic()
        finally:
            self.lock.release()

    def _is_old(self) -> bool:
        return time.monotonic() - self.drawn_at > KEPT_S

    def filled(self, holes: Iterable[str]) -> str:
        """Return the page with these values in its holes."""
        values = list(holes)
        return "".join(values[piece] if isinstance(piece, int) else piece for piece in self.pieces)


def _cut(text: str, holes: Iterable[str]) -> list[str | int]:
    """Cut a text at each of these values, and put the value's number there."""
    pieces: list[str | int] = [text]
    for number, value in enumerate(holes):
        pieces = [part for piece in pieces for part in _around(piece, value, number)]
    return pieces


def _around(piece: str | int, value: str, number: int) -> list[str | int]:
    if isinstance(piece, int):
        return [piece]
    first, *others = piece.split(value)
    return [first, *(part for other in others for part in (number, other))]


_pages: OrderedDict[Hashable, _Page] = OrderedDict()
_lock = Lock()


def _page(key: Hashable) -> _Page:
    with _lock:
        page = _pages.setdefault(key, _Page())
        _pages.move_to_end(key)
        if len(_pages) > _MOST:
            _pages.popitem(last=False)
        return page


def forget() -> None:
    """Draw each page anew."""
    with _lock:
        _pages.clear()

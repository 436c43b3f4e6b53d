"""Pages that are the same for all who have not voted: drawn once for many, with holes for what is the visitor's own.

Drawing takes nine tenths of the time of a page (docs/benchmarks.md), and a room of newcomers asks for the same one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone

Context = Callable[[], Mapping[str, Any]]

#: Seconds for which a page is kept. Its numbers may be so old; the snapshot in it, which its script shows, is not.
KEPT_S = 0.25
#: Pages that one process keeps: one for each poll, language and host name that people use now.
_MOST = 256


def may_be_shared(request: HttpRequest) -> bool:
    """Tell whether nothing on a page of this request is about who asks."""
    return request.method in ("GET", "HEAD") and not request.GET and settings.SESSION_COOKIE_NAME not in request.COOKIES


def draw(request: HttpRequest, template: str, about: Hashable, context: Context, own: Sequence[str] = ()) -> str:
    """Return a page that may be shared, the kept one or drawn now.

    It shows `about`, with what `context` returns, which is asked only when it is drawn. `own` are the values in it that
    are the visitor's own or newer than the page; none may stand in the page by chance.
    """
    # As many digits as no other time on the page has.
    token, moment = get_token(request), timezone.localtime().isoformat(timespec="microseconds")

    def drawn() -> str:
        return render_to_string(template, {**context(), "csrf_token": token, "moment": moment}, request)

    key = (template, about, request.LANGUAGE_CODE, request.scheme, request.get_host())
    return _page(key).filled((token, moment, *own), drawn)


@dataclass
class _Page:
    """A page as it was drawn last: pieces of text, and the numbers of the holes between them."""

    lock: Lock = field(default_factory=Lock)
    drawn_at: float = 0.0
    pieces: list[str | int] = field(default_factory=list)

    def filled(self, holes: tuple[str, ...], draw: Callable[[], str]) -> str:
        """The page with these values in its holes; drawn anew where it is too old."""
        if time.monotonic() - self.drawn_at > KEPT_S and self.lock.acquire(blocking=not self.pieces):
            try:
                if time.monotonic() - self.drawn_at > KEPT_S:
                    self.pieces = _cut(draw(), holes)
                    self.drawn_at = time.monotonic()
            finally:
                self.lock.release()
        return "".join(holes[piece] if isinstance(piece, int) else piece for piece in self.pieces)


def _cut(text: str, holes: tuple[str, ...]) -> list[str | int]:
    """Cut a text at all places that have one of these values, and put the value's number there."""
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

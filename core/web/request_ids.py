"""Request ids: in the answer, in the log, in the jobs that a request enqueues, and in the broadcast.

An id says nothing about the caller. A trusted proxy's own id is kept, so that its log and ours can be compared.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from core.web import proxies

HEADER = "X-Request-ID"
#: The ids taken from a proxy: of bounded length, and without line breaks for the log.
_LEGAL = re.compile(r"[A-Za-z0-9._-]{1,64}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Return the id of the request that this code runs for; empty without one."""
    return _current.get()


@contextmanager
def working_for(request_id: str) -> Iterator[None]:
    """Do the work of this block on behalf of that request."""
    mark = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(mark)


def _of(request: HttpRequest) -> str:
    """Return the id from a trusted proxy, or a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID")
    if given and proxies.is_trusted(request.META.get("REMOTE_ADDR", "")) and _LEGAL.fullmatch(given):
        return str(given)
    return secrets.token_hex(8)


def name_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request its id, and put it into the answer. The first middleware, so that every answer has one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with working_for(_of(request)):
            response = get_response(request)
            response.headers[HEADER] = current()
        return response

    return middleware

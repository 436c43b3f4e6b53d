"""The id of a request, which goes with what is done for it: into answer, log, the job that it rings, the broadcast.

It says nothing of who has asked. A proxy's own id is taken, so that its log and ours can be read side by side.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from core.web import proxies

HEADER = "X-Request-ID"
#: What is taken of a proxy: no id is longer, and none can break a line of a log.
_LEGAL = re.compile(r"[A-Za-z0-9._-]{1,64}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of the request that this is done for; empty where it is for none."""
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
    """The one that a trusted proxy has given it, or a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID")
    if given and proxies.is_trusted(request.META.get("REMOTE_ADDR", "")) and _LEGAL.fullmatch(given):
        return str(given)
    return secrets.token_hex(8)


def name_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: give each request its id, and say it in the answer. The first of all: every answer has one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with working_for(_of(request)):
            response = get_response(request)
            response.headers[HEADER] = current()
        return response

    return middleware

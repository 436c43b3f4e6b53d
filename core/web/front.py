"""The front of both web services: all HTTP passes it before and after Django.

The event loop reads bodies and writes answers, which slow clients may delay. Threads run Django; a request has one only
while Django works on it.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core import signals
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

from core.telemetry import metrics
from core.web import bodies, kept, refusals
from core.web.answers import EXTENSION, Answer, Pieces, Send
from core.web.bodies import Bodies, FullError, GoneError, Receive, TooLargeError, TooSlowError
from core.web.kept import Kept, ToKeep
from core.web.static_files import StaticFiles
from core.web.turns import BusyError, Kind, Turns


class Front:
    """The ASGI application for HTTP. `kind_of` returns the kind of a request from its method and path.

    `limit_of` returns how many bytes its body may have, one of the two limits of core.web.bodies.
    """

    def __init__(
        self, kind_of: Callable[[str, str], Kind], limit_of: Callable[[str, str], int] = lambda *_: bodies.LIMIT
    ) -> None:
        self._kind_of, self._limit_of = kind_of, limit_of
        self._static = StaticFiles()
        self._kept = Kept()
        self._bodies = Bodies()
        self._turns = Turns()
        metrics.queued = self._turns.waiting
        self._django = Django()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = self._not_asked_before(scope) or await self._ask_django(scope, receive)
        except GoneError:
            return
        await answer.send(scope, send)

    def at_once(self, scope: dict[str, Any]) -> Answer | None:
        """Return the answer to a request that needs neither its body nor Django; None for all others."""
        return self._static.answer(scope) or self._kept.answer(scope)

    def _not_asked_before(self, scope: dict[str, Any]) -> Answer | None:
        """Ask for a kept answer once: a request that is to fetch a newer one must not get the old one afterwards."""
        was_asked = scope.get("extensions", {}).get(EXTENSION, {}).get("asked", False)
        return None if was_asked else self.at_once(scope)

    async def _ask_django(self, scope: dict[str, Any], receive: Receive) -> Answer | Pieces:
        try:
            asked = scope["method"], scope["path"]
            body = await self._bodies.read(dict(scope["headers"]), receive, self._limit_of(*asked))
            kind = self._kind_of(*asked)
            answer, to_keep = await self._turns.take(
                kind, lambda: self._django.answer(scope, body), lambda: self._kept_meanwhile(scope)
            )
        except TooLargeError:
            return refusals.too_large(scope)
        except TooSlowError:
            return refusals.too_slow(scope)
        except (BusyError, FullError):
            metrics.shed.add()
            return refusals.busy(scope)
        self._kept.take(scope, to_keep)
        return answer

    def _kept_meanwhile(self, scope: dict[str, Any]) -> tuple[Answer, None] | None:
        answer = self._kept.answer(scope)
        return None if answer is None else (answer, None)


class Django(BaseHandler):
    """Django, in the caller's thread; its own ASGI handler starts a thread for each request."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def answer(self, scope: dict[str, Any], body: bytes) -> tuple[Answer | Pieces, ToKeep | None]:
        """Return the answer to a request with its whole body, and what may be kept of it."""
        set_script_prefix(scope.get("root_path", ""))
        signals.request_started.send(sender=type(self), scope=scope)
        response = self._respond(scope, body)
        if isinstance(response, StreamingHttpResponse):
            return Pieces.of(response), None
        to_keep = kept.of(response)
        return Answer.of(response), to_keep

    def _respond(self, scope: dict[str, Any], body: bytes) -> HttpResponseBase:
        # Django would confuse X_Forwarded_For with the header with hyphens that a proxy writes.
        scope = {**scope, "headers": [header for header in scope["headers"] if b"_" not in header[0]]}
        try:
            request = ASGIRequest(scope, BytesIO(body))
        except (UnicodeDecodeError, RequestDataTooBig):
            return refusals.unreadable()
        return self.get_response(request)

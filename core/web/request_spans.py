"""Requests as spans of OpenTelemetry; imported only where it is on (core.telemetry.otel).

A span has the route and not the path, in which an invitation may stand, and nothing of who asks: no address, header,
cookie or field. A trace that a request names (`traceparent`) is not taken up: a proxy's has the address of the voter.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from opentelemetry.trace import Span

from core.telemetry import otel
from core.telemetry.otel_sdk import fail
from core.web import request_ids

#: Where in an ASGI scope the moment is at which the request came, in nanoseconds since 1970.
_CAME = "votingsite.came"
#: Programs ask here every few seconds.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

App = Callable[[Any, Any, Any], Awaitable[None]]


def note_arrival(app: App) -> App:
    """Note when a request comes, so that its span shows how long it waits for its turn."""

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        scope[_CAME] = time.time_ns()
        await app(scope, receive, send)

    return noting


def trace(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Make a span of each request that Django answers, but for those of probes. Right after `request_ids`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path in _PROBES or not otel.is_on():
            return get_response(request)
        method = str(request.method) if request.method in _METHODS else "_OTHER"
        now = time.time_ns()
        came = getattr(request, "scope", {}).get(_CAME, now)
        attributes = {
            "http.request.method": method,
            "votingsite.request_id": request_ids.current(),
            "votingsite.waited_ms": round((now - came) / 1_000_000, 3),
        }
        with otel.span(method, attributes, kind="server", began_ns=came) as span:
            response = get_response(request)
            if span is not None:
                _describe(span, method, request, response)
        return response

    return middleware


def _describe(span: Span, method: str, request: HttpRequest, response: HttpResponse) -> None:
    """Note the route, which is known by now, and the answer."""
    if request.resolver_match is not None:
        route = f"/{request.resolver_match.route}"
        span.set_attribute("http.route", route)
        span.update_name(f"{method} {route}")
    span.set_attribute("http.response.status_code", response.status_code)
    if response.status_code >= 500:
        fail(span, str(response.status_code))

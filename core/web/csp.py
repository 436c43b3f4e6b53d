"""The Content-Security-Policy of each page."""

from collections.abc import Sequence

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase


class Middleware(CSPMiddleware):
    """django-csp's middleware, without a policy for answers that no browser draws: it builds each policy anew."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Give the answer its policy, unless it sends the browser elsewhere or is JSON."""
        is_drawn = not (300 <= response.status_code < 400 or response.headers.get("Content-Type") == "application/json")
        return super().process_response(request, response) if is_drawn else response


def allow(response: HttpResponse, directive: str, *sources: str) -> HttpResponse:
    """Return the page, allowed to use these sources beside its own site for one directive, such as `style-src`."""
    # django-csp reads this attribute; its decorators take only what is known before the request.
    response._csp_update = {directive: ["'self'", *sources]}  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def let_frame(response: HttpResponse, origins: Sequence[str]) -> None:
    """Let pages of these origins show the page in a frame."""
    response._csp_replace = {"frame-ancestors": [*origins]}  # type: ignore[attr-defined]  # noqa: SLF001

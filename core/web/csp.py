"""The Content-Security-Policy of each page."""

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase


class Middleware(CSPMiddleware):
    """django-csp's, which builds the policy anew for each answer. Those that no browser draws need none."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Give the answer its policy, unless it sends the browser elsewhere or is JSON."""
        is_drawn = not (300 <= response.status_code < 400 or response.headers.get("Content-Type") == "application/json")
        return super().process_response(request, response) if is_drawn else response

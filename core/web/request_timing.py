"""Middleware that measures how long requests take."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.telemetry import metrics


def measure(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Record in `metrics.requests` how long each request took."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        metrics.requests.add(time.perf_counter() - began)
        return response

    return middleware

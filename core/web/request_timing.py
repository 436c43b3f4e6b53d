"""Middleware that measures how long requests take."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from core.telemetry import metrics


@sync_and_async_middleware
def measure(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Note in `metrics.requests` how long each request took."""
    if iscoroutinefunction(get_response):
        return _measure_async(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response: HttpResponse = get_response(request)
        metrics.requests.add(time.perf_counter() - began)
        return response

    return middleware


def _measure_async(
    get_response: Callable[[HttpRequest], Awaitable[HttpResponse]],
) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    async def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = await get_response(request)
        metrics.requests.add(time.perf_counter() - began)
        return response

    return middleware

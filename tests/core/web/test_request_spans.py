"""Requests as spans: which have one, what it is called, and what a caller can do to it."""

import asyncio
import time
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory

from core.web import request_spans
from core.web.front import Front
from core.web.turns import Kind
from tests.collector import Collector, attributes
from tests.core.telemetry.conftest import clean, client, collector
from tests.polls.poll_driver import Client

__all__ = ["clean", "client", "collector"]


def test_the_name_is_the_route_and_not_the_path(client: Client, collector: Collector) -> None:
    client.get("/account/invitation/a-secret/")
    client.get("/p/nothing-here/")
    client.get("/nowhere/at/all/")
    collector.wait_for("GET /p/<slug:slug>/", "GET")
    assert not [span for _, span in collector.spans if "secret" in str(span) or "nowhere" in str(span)]


def test_probes_have_none(client: Client, collector: Collector) -> None:
    for address in ("/healthz", "/readyz", "/metrics", "/p/nothing-here/"):
        client.get(address)
    collector.wait_for("GET /p/<slug:slug>/")
    assert collector.names() == ["GET /p/<slug:slug>/"]


@pytest.mark.parametrize("sampled", ["00", "01"])
def test_a_trace_that_a_caller_names_is_not_taken_up(client: Client, collector: Collector, sampled: str) -> None:
    client.get("/p/nothing-here/", headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-{sampled}"})
    (span,) = collector.wait_for("GET /p/<slug:slug>/")
    assert (span.trace_id.hex() == "ab" * 16, span.parent_span_id) == (False, b"")


def test_any_word_may_be_a_method(client: Client, collector: Collector) -> None:
    client.generic("BREW", "/p/nothing-here/")
    (span,) = collector.wait_for("_OTHER /p/<slug:slug>/")
    assert attributes(span)["http.request.method"] == "_OTHER"


@pytest.mark.parametrize(("status", "error"), [(503, "503"), (404, None)])
def test_a_fault_of_ours_is_one(collector: Collector, status: int, error: str | None) -> None:
    request_spans.trace(lambda _: HttpResponse(status=status))(RequestFactory().get("/p/a/"))
    (span,) = collector.wait_for("GET")
    told = attributes(span)
    assert (told["http.response.status_code"], told.get("error.type"), span.status.code == 2) == (
        *(status, error),
        error is not None,
    )


def test_it_begins_when_the_request_has_come(collector: Collector) -> None:
    async def app(scope: Any, *_: Any) -> None:
        request = AsyncRequestFactory().get("/p/a/")
        request.scope = {**request.scope, **scope}
        time.sleep(0.05)  # the line of those that wait for a thread
        request_spans.trace(lambda _: HttpResponse())(request)

    began = time.time_ns()
    asyncio.run(request_spans.note_arrival(app)({}, None, None))  # type: ignore[arg-type]
    (span,) = collector.wait_for("GET")
    assert 50 <= attributes(span)["votingsite.waited_ms"] < 1000
    assert began <= span.start_time_unix_nano < span.end_time_unix_nano - 50_000_000


async def test_the_front_hands_on_when_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    front, seen = Front(lambda *_: Kind.PAGE), list[Any]()

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request.scope)  # type: ignore[attr-defined]
        return HttpResponse()

    monkeypatch.setattr(front._django, "get_response", answer)
    scope = {"type": "http", "method": "GET", "path": "/p/a/", "headers": [], "query_string": b"", "server": ("a", 1)}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None:
        pass

    await request_spans.note_arrival(front)(scope, receive, send)
    assert seen[0]["votingsite.came"] <= time.time_ns()

"""OpenTelemetry: what is traced, and that nobody can trace a ballot by it."""

import logging
import os
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from pytest_django import Settings
from redis import Redis

from core.telemetry import otel
from core.web.request_ids import HEADER
from polls.models import Ballot
from tests.collector import Collector, attributes
from tests.polls.poll_driver import JSON, Client, PollDriver, post
from tests.promises.parts import run_worker
from votingsite.logs import JsonFormatter, LineFormatter

POST = "POST /p/<slug:slug>/"


def vote(client: Client, driver: PollDriver, choice: int = 0, **headers: str) -> Any:
    answer = post(client, driver, choice=driver.choices[choice], headers=headers)
    assert answer.status_code == 202, answer.content
    return answer


# What is traced ------------------------------------------------------------------------------------------------------


def test_requests_jobs_and_batches_are_spans(client: Client, driver: PollDriver, collector: Collector) -> None:
    answer = vote(client, driver)
    run_worker()
    request, job, batch = collector.wait_for(POST, "job tally_poll", "batch")
    told = attributes(request)
    assert told.pop("votingsite.waited_ms") >= 0
    assert told == {
        "http.request.method": "POST",
        "http.route": "/p/<slug:slug>/",
        "http.response.status_code": 202,
        "votingsite.request_id": answer[HEADER],
    }
    assert (request.kind, job.kind) == (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CONSUMER)
    assert [*attributes(job)] == ["votingsite.waited_ms"]
    assert attributes(batch) == {"votingsite.poll": driver.poll.pk, "votingsite.box": 1, "votingsite.casts": 1}
    assert (batch.trace_id, batch.parent_span_id) == (job.trace_id, job.span_id)
    assert request.trace_id != job.trace_id
    assert (list(job.links), list(batch.links), request.parent_span_id) == ([], [], b"")
    assert all(span.start_time_unix_nano < span.end_time_unix_nano for span in (request, job, batch))


def follow(staff: Client, driver: PollDriver) -> None:
    picked = {"vote": f"{driver.poll.slug}:{driver.choices[1]}"}
    assert staff.post("/admin/pipeline/follow/", picked, headers=JSON).status_code == 200


def test_a_followed_vote_has_its_stations_and_a_linked_batch(
    admin_client: Client, client: Client, driver: PollDriver, collector: Collector
) -> None:
    vote(client, driver)
    follow(admin_client, driver)
    run_worker()
    collector.wait_for("vote: broadcast", "batch")
    (request,) = [span for _, span in collector.spans if span.name.startswith("POST /admin/pipeline/follow")]
    stations = [span for _, span in collector.spans if span.name.startswith("vote: ")]
    assert [span.name.removeprefix("vote: ") for span in stations] == [
        *("pressed", "accepted", "answered", "bell", "job", "batch", "transaction", "broadcast")
    ]
    assert {(span.trace_id, span.parent_span_id) for span in stations} == {(request.trace_id, request.span_id)}
    assert [span.start_time_unix_nano for span in stations[4:]] == [span.end_time_unix_nano for span in stations[3:-1]]
    (batch,) = collector.wait_for("batch")
    assert attributes(batch)["votingsite.casts"] == 2
    assert [(link.trace_id, link.span_id) for link in batch.links] == [(request.trace_id, request.span_id)]


def test_one_that_is_followed_without_it_has_no_spans(
    admin_client: Client, driver: PollDriver, collector: Collector, redis: Redis
) -> None:
    otel.stop()
    follow(admin_client, driver)
    otel.start("worker")
    run_worker()
    (batch,) = collector.wait_for("batch")
    (key,) = redis.keys("follow:*")
    assert (list(batch.links), redis.hget(key, "parent")) == ([], None)
    assert [name for name in collector.names() if name.startswith("vote: ")] == []


def test_a_process_says_who_it_is(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    with otel.span("one", {}):
        pass
    collector.wait_for("one")
    said = collector.resources[0]
    assert (said["service.name"], said["service.namespace"]) == ("votingsite-vote", "votingsite")
    assert said["service.instance.id"].startswith(f"vote-{os.getpid()}@")
    otel.stop()
    monkeypatch.setenv("OTEL_SERVICE_NAME", "ours")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=class")
    otel.start("vote")
    with otel.span("two", {}):
        pass
    collector.wait_for("two")
    said = collector.resources[-1]
    assert (said["service.name"], said["deployment.environment.name"]) == ("ours", "class")


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"},
        {"OTEL_SDK_DISABLED": "true"},
    ],
    ids=["sampler", "disabled"],
)
def test_the_variables_of_the_sdk_hold(
    admin_client: Client,
    driver: PollDriver,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
) -> None:
    otel.stop()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    otel.start("vote")
    follow(admin_client, driver)
    run_worker()
    otel.stop()
    assert (driver.totals, collector.names()) == ([0, 1], [])


def test_a_collector_gets_its_key(collector: Collector, settings: Settings) -> None:
    otel.stop()
    settings.OTEL_EXPORTER_OTLP_HEADERS = "api-key=s%3Ccret, tenant=votes"
    otel.start("vote")
    with otel.span("one", {}):
        pass
    collector.wait_for("one")
    assert (collector.headers["api-key"], collector.headers["tenant"]) == ("s<cret", "votes")


def test_logs_carry_the_trace(collector: Collector) -> None:
    made = logging.LogRecord("polls", logging.INFO, "x", 1, "counted", (), None)
    assert "trace" not in JsonFormatter().format(made)
    with otel.span("one", {}):
        line, entry = LineFormatter("%(message)s").format(made), JsonFormatter().format(made)
    (span,) = collector.wait_for("one")
    assert line == f"counted [trace {span.trace_id.hex()}]"
    assert f'"trace_id": "{span.trace_id.hex()}"' in entry


# Who voted what is not in it -----------------------------------------------------------------------------------------


def test_no_trace_is_in_a_ballot(client: Client, driver: PollDriver, collector: Collector, redis: Redis) -> None:
    """Keep P9, while a vote waits and when it is stored."""
    vote(client, driver)
    waiting = [(redis.type(key), redis.dump(key)) for key in redis.keys("*")]
    run_worker()
    request, job, batch = collector.wait_for(POST, "job tally_poll", "batch")
    stored = repr([waiting, list(Ballot.objects.values())])
    for span in (request, job, batch):
        assert span.trace_id.hex() not in stored
        assert repr(span.trace_id)[2:-1] not in stored


def test_no_span_tells_who_voted_what(client: Client, driver: PollDriver, collector: Collector) -> None:
    answer = vote(client, driver, 1, **{"User-Agent": "Voter's browser", "X-Forwarded-For": "192.0.2.7"})
    client.get(f"{driver.poll.get_absolute_url()}?secret=1")
    run_worker()
    collector.wait_for("batch", "GET /p/<slug:slug>/")
    (ballot,) = Ballot.objects.all()
    told = " ".join(str(span) for _, span in collector.spans)
    kept = [morsel.value for morsel in client.cookies.values()]
    people = ["127.0.0.1", "192.0.2.7", "Voter's browser", driver.poll.slug, "secret"]
    theirs = [str(ballot.voter_key), str(ballot.cast_id), answer.json()["receipt"], answer.json()["receipt_code"]]
    assert len(kept) >= 2
    assert [who for who in [*kept, *people, *theirs, answer.json()["position"]] if who in told] == []
    allowed = {"http.request.method", "http.route", "http.response.status_code"} | {
        f"votingsite.{name}" for name in ("request_id", "waited_ms", "poll", "box", "casts")
    }
    assert {name for _, span in collector.spans for name in attributes(span)} <= allowed


def test_no_text_of_an_error_is_in_a_span(collector: Collector) -> None:
    """That of a constraint has the voter key in it."""
    with pytest.raises(LookupError), otel.span("one", {}):
        raise LookupError("voter_key=hers-0198")
    (span,) = collector.wait_for("one")
    assert (span.status.code, attributes(span)) == (Status.STATUS_CODE_ERROR, {"error.type": "LookupError"})
    assert [word for word in ("voter_key", "hers-0198") if word in str(span)] == []

"""`/metrics`: the pipeline's figures for Prometheus. They are read from the stores, so every process tells the same."""

import hmac
from collections.abc import Iterable, Iterator
from itertools import accumulate

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from core.telemetry import metrics as process_metrics
from core.web.errors import answer
from inspection import pipeline, staff_pass
from inspection.pipeline.state import Is, PostgresSide, Process, RedisSide, State
from inspection.staff_pass import Access

_OUTCOMES = ("received", "direct", "refused", "failed")
_COUNTERS = {
    "shed": ("requests_turned_away", "Requests turned away because too many waited."),
    "counted": ("votes_counted", "Votes counted in batches."),
    "broadcasts": ("broadcasts", "Snapshots that were broadcast."),
    "sweeps": ("safety_net_looks", "Looks of the safety net that got through."),
    "frames": ("frames", "Messages sent to screens."),
}
_TIMES = {
    "requests": ("request_seconds", "From a request's arrival to its answer."),
    "batches": ("batch_seconds", "One batch's transactions."),
    "to_broadcast": ("tap_to_broadcast_seconds", "From the press to the broadcast of the snapshot that has the vote."),
    "to_screen": ("tap_to_screen_seconds", "From the press to the frame that has the vote."),
}


class PipelineCollector(Collector):
    """Turns a reading of the pipeline into metrics. Of a store that is away there are none but that it is down."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of one reading."""
        state = pipeline.read()
        yield from _parts(state)
        running = [process for process in state.processes if process.state == Is.UP and "counters" in process.said]
        yield from _processes(running)
        yield from _counters(running)
        yield from _times(running)
        if state.redis is not None:
            yield from _redis(state.redis)
            yield _gauge("screens", "Open screens.", state.screens)
        if state.postgres is not None:
            yield from _postgres(state.postgres)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"votingsite_{name}", text, value=value)


def _labelled(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"votingsite_{name}", text, labels=[label])
    for named, value in values:
        family.add_metric([named], value)
    return family


def _parts(state: State) -> Iterator[Metric]:
    up = [(part.name, float(part.state == Is.UP)) for part in state.parts.values() if part.state != Is.UNKNOWN]
    yield _labelled("part_up", "1 while the part runs, 0 while it is down; missing where nobody can say.", "part", up)
    running = [(part.name, part.running) for part in state.parts.values() if part.processes]
    yield _labelled("processes", "Processes of the part that run.", "part", running)
    missing = [
        (part.name, sum(process.state == Is.DOWN for process in part.processes)) for part in state.parts.values()
    ]
    yield _labelled("processes_missing", "Processes that ended and were not replaced.", "part", missing)


_PROCESS = ("part", "process")


def _names(process: Process) -> list[str]:
    return [process.part, process.name]


def _processes(running: Iterable[Process]) -> Iterator[Metric]:
    memory = GaugeMetricFamily("votingsite_process_memory_bytes", "Memory in use.", labels=_PROCESS)
    started = GaugeMetricFamily("votingsite_process_start_time_seconds", "When it started (Unix).", labels=_PROCESS)
    ahead = GaugeMetricFamily(
        "votingsite_process_clock_ahead_seconds", "How far its clock is before that of Redis.", labels=_PROCESS
    )
    queued = GaugeMetricFamily("votingsite_requests_waiting", "Requests that wait for their turn.", labels=_PROCESS)
    breakers = GaugeMetricFamily(
        "votingsite_breaker_open",
        "1 while it does not ask the store, which did not answer.",
        labels=[*_PROCESS, "store"],
    )
    for process in running:
        said = process.said
        if said["memory"] is not None:
            memory.add_metric(_names(process), said["memory"])
        started.add_metric(_names(process), said["started_at"])
        queued.add_metric(_names(process), said.get("queued", 0))
        if said["clock_ahead"] is not None:
            ahead.add_metric(_names(process), said["clock_ahead"])
        for store, is_open in said["breakers"].items():
            breakers.add_metric([*_names(process), store], float(is_open))
    yield from (memory, started, ahead, queued, breakers)


def _counters(running: Iterable[Process]) -> Iterator[Metric]:
    text = "Votes by what became of them at the web service: received, direct, refused, failed."
    votes = CounterMetricFamily("votingsite_votes", text, labels=[*_PROCESS, "outcome"])
    for process in running:
        for outcome in _OUTCOMES:
            votes.add_metric([*_names(process), outcome], process.said["counters"][outcome])
    yield votes
    for counter, (name, text) in _COUNTERS.items():
        family = CounterMetricFamily(f"votingsite_{name}", text, labels=_PROCESS)
        for process in running:
            family.add_metric(_names(process), process.said["counters"].get(counter, 0))
        yield family


def _times(running: Iterable[Process]) -> Iterator[Metric]:
    bounds = [*map(str, process_metrics.BOUNDS), "+Inf"]
    for times, (name, text) in _TIMES.items():
        family = HistogramMetricFamily(f"votingsite_{name}", text, labels=_PROCESS)
        for process in running:
            if times in process.said["times"]:
                buckets, total = process.said["times"][times]
                family.add_metric(_names(process), list(zip(bounds, accumulate(buckets), strict=True)), total)
        yield family


def _redis(redis: RedisSide) -> Iterator[Metric]:
    yield _gauge("votes_waiting", "Votes received and not counted yet.", redis.waiting)
    yield _gauge("polls_with_waiting_votes", "Polls in which a vote waits to be counted.", redis.waiting_polls)
    yield _gauge("oldest_vote_seconds", "How long the oldest of them waits.", redis.oldest_s)
    yield _gauge("boxes", "Ballot boxes.", redis.boxes)
    yield _labelled("jobs", "RQ jobs by state.", "state", redis.jobs.items())
    yield _gauge("rq_workers", "Workers on RQ's list.", redis.rq_workers)
    yield _gauge("redis_memory_bytes", "Memory that Redis uses.", redis.memory)
    yield _gauge("redis_max_memory_bytes", "Memory that Redis may use; 0: no limit.", redis.max_memory)
    yield _gauge("redis_operations_per_second", "Commands a second, by Redis.", redis.operations)
    yield _gauge("redis_clients", "Connections to Redis.", redis.clients)
    yield _gauge("redis_start_time_seconds", "When Redis started (Unix).", redis.started_at)


def _postgres(postgres: PostgresSide) -> Iterator[Metric]:
    yield _gauge("ballots", "Ballots counted, of all polls.", postgres.ballots)
    yield _gauge("polls", "Polls.", postgres.polls)
    yield _gauge("casts_set_aside", "Casts that could not be counted.", postgres.set_aside)
    yield _gauge("postgres_size_bytes", "Size of the database.", postgres.size)
    connections = postgres.connections.items()
    yield _labelled("postgres_connections", "Connections by application name.", "application", connections)
    yield _gauge("postgres_max_connections", "Connections that Postgres allows.", postgres.max_connections)
    yield _gauge("postgres_start_time_seconds", "When Postgres started (Unix).", postgres.started_at)


_registry = CollectorRegistry()
_registry.register(PipelineCollector())


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For staff, or with `Authorization: Bearer` and METRICS_TOKEN."""
    if not _has_token(request) and staff_pass.access(request) is not Access.STAFF:
        detail = _("This is for staff, or for programs that send METRICS_TOKEN.")
        response = answer(request, 401, "unauthorized", detail)
        response["WWW-Authenticate"] = "Bearer"
        return response
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry), content_type=content_type)


def _has_token(request: HttpRequest) -> bool:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    if not wanted or kind.lower() != "bearer":
        return False
    # In a time that says nothing of how much of it was right.
    return hmac.compare_digest(token.strip().encode(), wanted.encode())

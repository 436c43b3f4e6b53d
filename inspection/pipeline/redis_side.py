"""Redis's side of the pipeline: two round trips, however many polls there are."""

import time
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError
from rq import Queue
from rq.registry import DeferredJobRegistry, FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry
from rq.registry import StartedJobRegistry as Started
from rq.worker_registration import REDIS_WORKER_KEYS

from core.stores import redis
from core.stores.redis import NoAnswerError
from core.telemetry import reports
from core.telemetry.reports import Reports
from inspection.pipeline.state import Box, RedisSide
from polls.box import ballot_box

#: Boxes that are named; of the others only the sum is known.
NAMED = 10

_REGISTRIES = {
    "started": Started,
    "finished": FinishedJobRegistry,
    "failed": FailedJobRegistry,
    "deferred": DeferredJobRegistry,
    "scheduled": ScheduledJobRegistry,
}


@dataclass(frozen=True, slots=True)
class Found:
    """All that Redis has of the pipeline. `clock` is Redis's, in seconds since 1970."""

    clock: float
    side: RedisSide
    reports: Reports


def read() -> Found:
    """Ask Redis. Raises RedisUnavailableError."""
    began = time.perf_counter()
    boxes = ballot_box.boxes()
    round_trip = time.perf_counter() - began
    try:
        with redis.client().pipeline(transaction=False) as pipeline:
            pipeline.time()
            pipeline.info()
            # The names of RQ's keys, from RQ. Its own way of counting tidies up and asks for each.
            pipeline.llen(Queue.redis_queue_namespace_prefix + "default")
            for registry in _REGISTRIES.values():
                pipeline.zcard(registry.key_template.format("default"))
            pipeline.scard(REDIS_WORKER_KEYS)
            reports.ask(pipeline)
            (seconds, microseconds), info, *counts = pipeline.execute()
    except RedisError as error:
        raise NoAnswerError(str(error)) from error
    answers = counts[-reports.ANSWERS :]
    clock = seconds + microseconds / 1e6
    return Found(clock, _side(clock, info, counts, boxes, round_trip), reports.read(answers))


def _side(
    clock: float, info: dict[str, Any], counts: list[Any], boxes: list[ballot_box.Box], round_trip: float
) -> RedisSide:
    # Valkey says redis_version too, for clients that know only Redis.
    name = "Valkey" if "valkey_version" in info else "Redis"
    fullest = sorted(boxes, key=lambda box: (box.waiting, box.poll_id), reverse=True)[:NAMED]
    return RedisSide(
        name=name,
        version=str(info.get(f"{name.lower()}_version", "")),
        started_at=clock - info["uptime_in_seconds"],
        memory=info["used_memory"],
        max_memory=info.get("maxmemory", 0),
        operations=info["instantaneous_ops_per_sec"],
        clients=info["connected_clients"],
        round_trip=round_trip,
        jobs=dict(zip(["queued", *_REGISTRIES], counts, strict=False)),
        rq_workers=counts[1 + len(_REGISTRIES)],
        boxes=len(boxes),
        waiting=sum(box.waiting for box in boxes),
        waiting_polls=len({box.poll_id for box in boxes if box.waiting}),
        oldest_s=max((box.age_ms for box in boxes), default=0) / 1000,
        fullest=tuple(Box(box.poll_id, box.number, box.waiting, box.age_ms / 1000, box.closed) for box in fullest),
    )

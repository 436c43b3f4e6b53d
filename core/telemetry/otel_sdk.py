"""OpenTelemetry's SDK as this project uses it; imported only where traces are on (core.telemetry.otel).

Spans wait in a bounded queue, from which a thread of the SDK sends them by OTLP over HTTP. While the collector is away,
slow or full, spans are dropped; nothing here waits for it. The variables OTEL_* of the SDK hold.
"""

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from django.conf import settings
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers

Kind = Literal["server", "consumer", "internal"]

#: Seconds for which the end of a process waits for a collector.
STOP_S = 1.0
_KINDS: dict[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
_FIELD = "traceparent"
_propagator = TraceContextTextMapPropagator()


class Sdk:
    """Makes the spans of one process."""

    def __init__(self, part: str) -> None:
        self._provider = TracerProvider(resource=_resource(part))
        self._provider.add_span_processor(_Queue(_exporter()))
        self._tracer = self._provider.get_tracer("votingsite")

    def stop(self) -> None:
        """Send what is left, for STOP_S at most."""
        self._provider.shutdown()

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Mapping[str, str | int | float],
        kind: Kind,
        links: Sequence[str],
        began_ns: int | None,
    ) -> Iterator[Span]:
        """Make a span of this block: see core.telemetry.otel."""
        linked = [Link(_span_of(link)) for link in links]
        span = self._tracer.start_span(name, None, _KINDS[kind], attributes, linked, began_ns)
        before = attach(trace.set_span_in_context(span))
        try:
            yield span
        except BaseException as error:
            # Its text may say who voted; the SDK's own context manager would record it.
            fail(span, type(error).__qualname__)
            raise
        finally:
            detach(before)
            span.end()

    def record(
        self, name: str, attributes: Mapping[str, str | int | float], parent: str, began: float, ended: float
    ) -> None:
        """Record a span that has ended."""
        span = self._tracer.start_span(name, _context(parent), attributes=attributes, start_time=_nanoseconds(began))
        span.end(_nanoseconds(ended))

    def traceparent(self) -> str:
        """Return the id of the present span; empty without one."""
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        return carrier.get(_FIELD, "")

    def trace_id(self) -> str:
        """Return the id of the present trace; empty without one that is sent."""
        context = trace.get_current_span().get_span_context()
        return trace.format_trace_id(context.trace_id) if context.trace_flags.sampled else ""


def fail(span: Span, error_type: str) -> None:
    """Mark a span as failed."""
    span.set_attribute("error.type", error_type)
    span.set_status(StatusCode.ERROR)


class _Queue(BatchSpanProcessor):
    """The SDK's queue of spans. It would wait for a hanging collector for 30 seconds at the end of a process."""

    def shutdown(self) -> None:
        self._batch_processor.shutdown(timeout_millis=int(1000 * STOP_S))


def _exporter() -> OTLPSpanExporter:
    base = settings.OTEL_EXPORTER_OTLP_ENDPOINT
    return OTLPSpanExporter(
        os.environ.get(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) or f"{base.removesuffix('/')}/v1/traces",
        headers=parse_env_headers(settings.OTEL_EXPORTER_OTLP_HEADERS, liberal=True),
    )


def _resource(part: str) -> Resource:
    """Return what is said of this process; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come before ours."""
    ours = {
        "service.name": f"votingsite-{part}",
        "service.namespace": "votingsite",
        "service.instance.id": f"{part}-{os.getpid()}@{socket.gethostname()}",
    }
    return Resource.create(ours).merge(OTELResourceDetector().detect())


def _context(traceparent: str) -> Context:
    return _propagator.extract({_FIELD: traceparent}, Context())


def _span_of(traceparent: str) -> SpanContext:
    return trace.get_current_span(_context(traceparent)).get_span_context()


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1_000_000_000)

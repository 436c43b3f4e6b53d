"""OpenTelemetry, where it is on: spans of requests, jobs and batches go to a collector (docs/decisions/0042).

It is off by default. Then nothing of it is imported, and each function here returns at once.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.conf import settings

from core.stores.errors import one_line

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from core.telemetry.otel_sdk import Kind, Sdk

logger = logging.getLogger(__name__)

#: What an attribute of a span may be. None of them says who voted, or what.
Attributes = Mapping[str, str | int | float]

#: What makes spans; None while it is off.
_sdk: "Sdk | None" = None
_no_span: AbstractContextManager[None] = nullcontext()


def is_installed() -> bool:
    """Tell whether the packages of the extra `otel` are there."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def start(part: str) -> None:
    """Trace this process from now on, if the settings say so. It ends with the process, or by `stop`."""
    global _sdk  # one for each process
    if settings.OTEL and _sdk is None:
        from core.telemetry import otel_sdk

        try:
            _sdk = otel_sdk.Sdk(part)
        except Exception as error:
            # Whatever the SDK finds wrong with its variables: votes do not depend on it.
            logger.warning("Nothing is traced, since OpenTelemetry could not start: %s", one_line(error))


def stop() -> None:
    """Send what is left, for a second at most, and trace no more."""
    global _sdk
    if _sdk is not None:
        _sdk.stop()
        _sdk = None


def is_on() -> bool:
    """Tell whether this process is traced."""
    return _sdk is not None


def span(
    name: str, attributes: Attributes, *, kind: "Kind" = "internal", links: Sequence[str] = (), began_ns: int = 0
) -> AbstractContextManager["Span | None"]:
    """Return a context manager that makes a span of its block; it gives the span, or None while it is off.

    It is linked to the spans whose `traceparent` is in `links`. It may have begun earlier (nanoseconds since 1970).
    """
    return _no_span if _sdk is None else _sdk.span(name, attributes, kind, links, began_ns or None)


def record(name: str, attributes: Attributes, parent: str, began: float, ended: float) -> None:
    """Record a span that has ended, below another one; moments are seconds since 1970."""
    if _sdk is not None:
        _sdk.record(name, attributes, parent, began, ended)


def traceparent() -> str:
    """Return the id of the present span, as W3C's header of that name has it; empty without one.

    Other processes refer to the span by it. It is never in a ballot: nobody may trace one.
    """
    return "" if _sdk is None else _sdk.traceparent()


def trace_id() -> str:
    """Return the id of the present trace, for log lines; empty without one that is sent."""
    return "" if _sdk is None else _sdk.trace_id()

"""OpenTelemetry, where it is on: spans of requests, jobs and batches go to a collector (docs/decisions/0042).

It is off by default. Then nothing of it is imported, and each function here returns at once.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from core.telemetry.otel_sdk import Kind, Sdk

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

        _sdk = otel_sdk.Sdk(part)


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
    name: str, attributes: Attributes, *, kind: "Kind" = "internal", parents: Sequence[str] = (), began_ns: int = 0
) -> AbstractContextManager["Span | None"]:
    """Return a context manager that makes a span of its block; it gives the span, or None while it is off.

    The span is linked to those that `parents` names. It may have begun before the block (nanoseconds since 1970).
    """
    return _no_span if _sdk is None else _sdk.span(name, attributes, kind, parents, began_ns or None)


def record(name: str, attributes: Attributes, parent: str, began: float, ended: float) -> None:
    """Record a span that has ended, below another one; moments are seconds since 1970."""
    if _sdk is not None:
        _sdk.record(name, attributes, parent, began, ended)


def name_of_span() -> str:
    """Return the name of the present span, by which other processes can refer to it (a `traceparent`); empty if none.

    Not for ballots: nobody may trace one.
    """
    return "" if _sdk is None else _sdk.name_of_span()


def trace_id() -> str:
    """Return the id of the present trace, for log lines; empty without one that is sent."""
    return "" if _sdk is None else _sdk.trace_id()

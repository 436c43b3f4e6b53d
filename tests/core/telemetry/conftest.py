"""Fixtures of the tests of telemetry: a collector of OpenTelemetry, and this process as one that is traced."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from core.telemetry import otel
from tests.collector import Collector, collecting
from tests.polls.conftest import clean, client, driver, poll

__all__ = ["clean", "client", "driver", "poll"]


@pytest.fixture
def collector(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector to which this process sends its spans."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")  # milliseconds
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "core.web.request_spans.trace", *settings.MIDDLEWARE[1:]]
    settings.OTEL = True
    with collecting() as collector:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url
        otel.start("vote")
        yield collector
        otel.stop()

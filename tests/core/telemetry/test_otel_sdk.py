"""How spans are sent: nothing waits for a collector, and no process ends without its last ones."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from core.telemetry import otel
from tests.collector import Collector
from tests.core.telemetry.test_otel import POST, vote
from tests.polls.poll_driver import Client, PollDriver

ROOT = Path(__file__).parents[3]


# A collector that does not take them ---------------------------------------------------------------------------------


def votes_take(client: Client, driver: PollDriver) -> float:
    """Return the longest of twenty votes, in seconds."""
    took = []
    for number in range(20):
        began = time.monotonic()
        vote(client, driver, number % 2)
        took.append(time.monotonic() - began)
    return max(took)


def test_votes_do_not_wait_for_a_collector_that_hangs(
    client: Client, driver: PollDriver, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    otel.stop()
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
    collector.hangs = True
    otel.start("vote")
    assert votes_take(client, driver) < 1
    assert collector.asked == 1
    collector.hangs = False
    collector.wait_for(POST)
    # The four that were on their way, and the last eight; the others were dropped.
    assert len([name for name in collector.names() if name == POST]) <= 12
    began = time.monotonic()
    collector.hangs = True
    vote(client, driver)
    otel.stop()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [429, 503, 404, 401])
def test_votes_do_not_wait_for_a_collector_that_refuses(
    client: Client, driver: PollDriver, collector: Collector, status: int
) -> None:
    collector.status = status
    assert votes_take(client, driver) < 1
    began = time.monotonic()
    otel.stop()
    assert time.monotonic() - began < 3


def test_votes_do_not_wait_for_a_collector_that_is_gone(
    client: Client, driver: PollDriver, collector: Collector, settings: Settings
) -> None:
    otel.stop()
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:9"
    otel.start("vote")
    assert votes_take(client, driver) < 1
    began = time.monotonic()
    otel.stop()
    assert time.monotonic() - began < 3


# Processes -----------------------------------------------------------------------------------------------------------

_SETUP = """
import django, os, sys, time
django.setup()
from core.telemetry import otel
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Python in the project, as one part of it."""
    environment |= {"DJANGO_SETTINGS_MODULE": "votingsite.settings"}
    command = [sys.executable, "-P", "-c", _SETUP + program]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


def test_nothing_of_it_is_imported_while_it_is_off() -> None:
    """Leave out the half of it that measures, which redis-py imports where it is installed."""
    program = """
import votingsite.asgi, workers.worker, workers.jobs
otel.start("vote")
ours = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "core.telemetry.otel_sdk", "core.web.request_spans")
print([name for name in sys.modules if name.startswith(ours)])
"""
    done = run(program)
    assert (done.stdout, done.stderr) == ("[]\n", "")


_LAST = """
otel.start("worker")
with otel.span("last", {}):
    pass
"""


def test_a_process_sends_its_last_spans(collector: Collector) -> None:
    done = run(_LAST, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert (done.returncode, done.stderr, collector.names()) == (0, "", ["last"])


def test_a_process_ends_though_the_collector_hangs(collector: Collector) -> None:
    collector.hangs = True
    ends = """
import atexit
began = time.monotonic()
atexit._run_exitfuncs()
print(time.monotonic() - began < 3)
"""
    done = run(_LAST + ends, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert (done.returncode, done.stdout, collector.asked) == (0, "True\n", 1)


def test_a_forked_process_sends_its_own_spans(collector: Collector) -> None:
    program = """
otel.start("worker")
is_child = os.fork() == 0
with otel.span("of the child" if is_child else "of the parent", {}):
    pass
if is_child:
    otel.stop()
    os._exit(0)
os.wait()
"""
    done = run(program, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert (done.returncode, sorted(collector.names())) == (0, ["of the child", "of the parent"]), done.stderr


def test_a_bad_variable_of_the_sdk_stops_no_part() -> None:
    done = run(
        f"{_LAST}print('voted')", OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318", OTEL_BSP_MAX_QUEUE_SIZE="1"
    )
    assert (done.returncode, done.stdout) == (0, "voted\n")
    assert "Nothing is traced, since OpenTelemetry could not start: " in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_packages_one_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").touch()  # has no exporter
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "OpenTelemetry is not installed, so nothing is traced." in done.stderr
    assert "Traceback" not in done.stderr

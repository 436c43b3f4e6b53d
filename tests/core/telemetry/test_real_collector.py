"""A whole system, its processes ended in order, and a collector of another maker (Rotel, written in Rust)."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.tools import packages
from ops.launch import network
from tests.browsing import Browser
from tests.collector import Collector, attributes, collecting
from tests.system import System
from tests.waiting import eventually

pytestmark = pytest.mark.slow

_REQUIREMENTS = Path(__file__).parents[2] / "data" / "rotel.txt"
POLL = "/p/cats-vs-dogs/"


@contextmanager
def rotel(folder: Path, behind: Collector) -> Iterator[str]:
    """Run that collector, which hands all that it takes to another one; its address."""
    grpc, http = network.free_ports(2)
    files = ["--log-file", str(folder / "log"), "--pid-file", str(folder / "pid")]
    ours = ["--otlp-grpc-endpoint", f"127.0.0.1:{grpc}", "--otlp-http-endpoint", f"127.0.0.1:{http}", *files]
    theirs = ["--exporter", "otlp", "--otlp-exporter-endpoint", behind.url, "--otlp-exporter-protocol", "http"]
    program = packages(_REQUIREMENTS) / "rotel" / "rotel-agent"
    command = [str(program), "start", *ours, *theirs]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: listens(http), what="a collector that listens")
            yield f"http://127.0.0.1:{http}"
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port)):
        return True


def test_a_collector_gets_the_spans_of_all_parts(tmp_path: Path) -> None:
    """Let each process send all of its spans at its end."""
    with collecting() as behind, rotel(tmp_path, behind) as url:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "3600000", "VOTE_PROCESSES": "2"}
        with System(tmp_path / "data", environment=environment) as system:
            answer = Browser(system.vote_url).vote(POLL, 1)
            position = answer.json()["position"]
            result = Browser(system.result_url)
            eventually(lambda: result.get(f"{POLL}results.json").json()["counted_through"] >= position, what="a count")
        behind.wait_for("POST /p/<slug:slug>/", "GET /p/<slug:slug>/results.json", "job tally_poll", "batch")
    by_name = {span.name: (service, span) for service, span in behind.spans}
    services = {name: service for name, (service, _) in by_name.items()}
    assert services["POST /p/<slug:slug>/"] == "votingsite-vote"
    assert services["GET /p/<slug:slug>/results.json"] == "votingsite-result"
    assert services["job tally_poll"] == services["batch"] == "votingsite-worker"
    assert attributes(by_name["batch"][1])["votingsite.casts"] == 1

import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pytest_django import Settings

from ops.entrypoint import __main__ as container
from ops.entrypoint import health
from workers import worker


def test_a_worker_is_well_while_its_file_is_young(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pulse = tmp_path / "pulse"
    monkeypatch.setenv("PULSE_FILE", str(pulse))
    assert health.trouble("worker") == f"There is no {pulse} yet."

    pulse.touch()
    assert health.trouble("worker") is None

    long_ago = time.time() - 300
    os.utime(pulse, (long_ago, long_ago))
    assert health.trouble("worker") == "The last beat was 300 s ago."


def test_a_beat_is_a_touch_of_the_file(tmp_path: Path, settings: Settings):
    settings.PULSE_FILE = None
    worker._beat()
    settings.PULSE_FILE = tmp_path / "pulse"
    worker._beat()

    assert [path.name for path in tmp_path.iterdir()] == ["pulse"]


class Service(BaseHTTPRequestHandler):
    """Answers with the status that the server has."""

    def do_GET(self) -> None:
        self.send_response(self.server.status if self.path == "/healthz" else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_service_is_well_while_it_answers(monkeypatch: pytest.MonkeyPatch):
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        monkeypatch.setitem(health._PORTS, "vote", server.server_port)
        Thread(target=server.serve_forever, daemon=True).start()
        server.status = 200  # type: ignore[attr-defined]
        assert health.trouble("vote") is None
        server.status = 500  # type: ignore[attr-defined]
        assert health.trouble("vote") == "/healthz answers 500"
        server.shutdown()

    assert str(health.trouble("vote")).startswith("/healthz gives no answer")


def test_services_are_asked_where_they_listen():
    assert health._PORTS == {"vote": container.VOTE_PORT, "result": container.RESULT_PORT}

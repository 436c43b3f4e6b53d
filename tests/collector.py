"""A collector of OpenTelemetry for tests: it takes spans by OTLP over HTTP, or is slow, full or gone."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.waiting import eventually


class Collector:
    """Answers each batch of spans with `status`; or with nothing, until `hangs` is False again."""

    def __init__(self) -> None:
        self.status = 200
        self.hangs = False
        #: Batches that came, whatever the answer.
        self.asked = 0
        #: The headers of the last one.
        self.headers: dict[str, str] = {}
        #: Spans that were taken, with the name of their service.
        self.spans: list[tuple[str, Span]] = []
        self.resources: list[dict[str, str]] = []
        self._ends = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def run(self) -> None:
        """Serve until it is closed."""
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Refuse connections from now on."""
        self._ends.set()
        self._server.shutdown()
        self._server.server_close()

    def names(self) -> list[str]:
        """Return the names of the spans that were taken."""
        return [span.name for _, span in self.spans]

    def wait_for(self, *names: str) -> list[Span]:
        """Wait until spans of these names have come, and return the first of each."""
        eventually(lambda: set(names) <= {*self.names()}, what=f"the spans {names} among {self.names()}")
        return [next(span for _, span in self.spans if span.name == name) for name in names]

    def _take(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        self.asked += 1
        self.headers = headers
        while self.hangs and not self._ends.wait(0.02):
            pass
        if self.status == 200 and path == "/v1/traces":
            for batch in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = {value.key: value.value.string_value for value in batch.resource.attributes}
                self.resources.append(resource)
                self.spans += [(resource["service.name"], span) for scope in batch.scope_spans for span in scope.spans]
        return self.status if path == "/v1/traces" else 404

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                self.send_response(collector._take(self.path, body, dict(self.headers)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector."""
    collector = Collector()
    thread = threading.Thread(target=collector.run, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.close()
        thread.join()


def attributes(span: Span) -> dict[str, Any]:
    """Return the attributes of a span."""
    return {one.key: getattr(one.value, str(one.value.WhichOneof("value"))) for one in span.attributes}

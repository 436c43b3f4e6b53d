"""A stand-in for the API of Kubernetes, which keeps Secrets: no API server can run here."""

import base64
import json
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Api:
    """The stand-in: Secrets that are read and applied, as Kubernetes documents it."""

    namespace: str = "votes"
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: A status to refuse with.
    refusal: int = 0
    tokens: set[str] = field(default_factory=set)

    def answer(self, method: str, path: str, body: bytes, headers: Any) -> tuple[int, dict[str, Any]]:
        self.tokens.add(headers["Authorization"])
        name = urlsplit(path).path.removeprefix(f"/api/v1/namespaces/{self.namespace}/secrets/")
        if self.refusal:
            return self.refusal, {"message": f"may not {method} {name}"}
        if method == "PATCH":
            assert headers["Content-Type"] == "application/apply-patch+yaml"
            assert urlsplit(path).query == "fieldManager=votingsite&force=true"
            self.secrets[name] = json.loads(body)
        return (200, self.secrets[name]) if name in self.secrets else (404, {"message": "not found"})

    def text(self, name: str, key: str) -> str:
        return base64.b64decode(self.secrets[name]["data"][key]).decode()


def make_certificate(path: Path, address: str = "127.0.0.1") -> None:
    """Write a certificate for that address, and its key."""
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=api"]
    command = [
        "openssl",
        "req",
        *kind,
        "-addext",
        f"subjectAltName=IP:{address}",
        "-keyout",
        str(path),
        "-out",
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def serving(api: Api, certificate: Path, address: str = "127.0.0.1") -> Iterator[int]:
    """Serve it at that address with TLS; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = api.answer(self.command, self.path, body, self.headers)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_PATCH = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((address, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A Service of Kubernetes, as kube-proxy does it: one address, and behind it the pods that are ready."""

import random
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_CONNECT_S = 5
_CHUNK = 64 * 1024

Address = tuple[str, int]


class Service:
    """A port of this machine; each connection goes to one of the pods that are ready at that moment."""

    def __init__(self, ready: Callable[[], list[Address]]) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if pods := ready():
                    _join(self.request, random.choice(pods))

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Leave it to the caller, whose connection ends."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()


def _join(caller: socket.socket, address: Address) -> None:
    """Carry bytes both ways until both have ended."""
    with socket.create_connection(address, timeout=_CONNECT_S) as pod:
        pod.settimeout(None)
        there = threading.Thread(target=_carry, args=(caller, pod), daemon=True)
        there.start()
        _carry(pod, caller)
        there.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    # The end is handed on, and a broken connection is broken on both sides.
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_WR if end is sink else socket.SHUT_RD)

"""The vote service on its real server, in front of clients that mean harm or are many."""

import os
import socket
import struct
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from ops.entrypoint import services
from ops.launch import network
from tests.waiting import eventually

_ANSWER_S = 5
#: More than the 1,024 connections at which Granian stops answering unless it is told otherwise.
_IDLE = 1100
#: One more than the threads that read bodies.
_STREAMS = 17


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """The address of a running vote service."""
    host, (port,) = network.LOOPBACK, network.free_ports(1)
    command = services.vote(host, port)
    services.allow_open_files()
    service = subprocess.Popen(command.arguments, env={**os.environ, **command.environment})
    try:
        eventually(lambda: _is_healthy((host, port)), 30, "a vote service that answers")
        yield host, port
    finally:
        service.terminate()
        service.wait(20)


def _is_healthy(address: tuple[str, int]) -> bool:
    try:
        with urllib.request.urlopen("http://{}:{}/healthz".format(*address), timeout=_ANSWER_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _http2_frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame as RFC 9113, section 4.1, lays it out."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _open_posts(host: str, port: int) -> bytes:
    """Return the opening of an HTTP/2 connection with POSTs whose bodies never come."""
    headers = b"\x83\x86\x84" + b"".join(
        # HPACK (RFC 7541): POST, http and / by their index, the others as a literal whose name has an index.
        prefix + bytes([len(value)]) + value
        for prefix, value in [
            (b"\x01", f"{host}:{port}".encode()),  # :authority
            (b"\x0f\x0d", b"100"),  # content-length
            (b"\x0f\x10", b"application/x-www-form-urlencoded"),  # content-type
            (b"\x0f\x11", b"csrftoken=" + b"a" * 32),  # cookie: with it, Django reads the body for the form's token
        ]
    )
    posts = [_http2_frame(0x01, 0x04, 2 * number + 1, headers) for number in range(_STREAMS)]
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _http2_frame(0x04, 0, 0) + b"".join(posts)


def test_http2_posts_without_bodies_leave_it_alive(address: tuple[str, int]) -> None:
    with socket.create_connection(address, _ANSWER_S) as client:
        client.sendall(_open_posts(*address))
        with suppress(OSError):  # a server that refuses HTTP/2 may reset the connection
            client.recv(4096)

    assert _is_healthy(address)


def test_idle_connections_of_a_room_leave_it_open(address: tuple[str, int]) -> None:
    with ExitStack() as stack:
        for _ in range(_IDLE):
            stack.enter_context(socket.create_connection(address, _ANSWER_S))

        assert _is_healthy(address)


def test_headers_past_their_limit_are_refused(address: tuple[str, int]) -> None:
    with socket.create_connection(address, _ANSWER_S) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: " + b"a" * 260_000 + b"\r\n\r\n")

        assert client.recv(64).startswith(b"HTTP/1.1 431 ")

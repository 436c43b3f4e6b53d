"""The web services on their real server, in front of clients that mean harm or are many."""

import gzip
import http.client
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import psutil
import pytest
from django.templatetags.static import static

from core.stores import redis
from core.telemetry import reports
from core.web.bodies import LIMIT
from core.web.turns import THREADS
from ops.entrypoint import services
from ops.launch import network
from tests.waiting import eventually

Address = tuple[str, int]

_ANSWER_S = 5
_IDLE = 1100
_SLOW = 200
_FORM = "Content-Type: application/x-www-form-urlencoded"
#: With this cookie Django reads the body for the form's token.
_HEADERS = f"Host: 127.0.0.1\r\n{_FORM}\r\nCookie: csrftoken={'a' * 32}\r\n"


@pytest.fixture(params=["vote", "result"], scope="module")
def service(request: pytest.FixtureRequest) -> Iterator[tuple[Address, psutil.Process]]:
    """A running web service, alone."""
    host, (port,) = network.LOOPBACK, network.free_ports(1)
    command = {"vote": services.vote, "result": services.result}[request.param](host, port)
    services.allow_open_files()
    process = subprocess.Popen(command.arguments, env={**os.environ, **command.environment})
    try:
        eventually(lambda: _is_healthy((host, port)), 30, "a service that answers")
        yield (host, port), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def address(service: tuple[Address, psutil.Process]) -> Address:
    """The address of a running web service."""
    return service[0]


def _reported(pid: int) -> list[str]:
    """The processes with this id that have reported and not taken leave."""
    with redis.client().pipeline() as pipeline:
        reports.ask(pipeline)
        found = reports.read(pipeline.execute()).reports
    return [report.process for report in found if report.said["pid"] == pid]


def _is_healthy(address: Address) -> bool:
    try:
        with urllib.request.urlopen("http://{}:{}/healthz".format(*address), timeout=_ANSWER_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _ask(address: Address, request: bytes) -> bytes:
    """Send this, and return what is answered first."""
    with socket.create_connection(address, _ANSWER_S) as client:
        client.sendall(request)
        return client.recv(4096)


def test_an_http2_preface_leaves_it_alive(address: Address) -> None:
    with suppress(OSError):  # a server that refuses HTTP/2 may reset the connection
        _ask(address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))

    assert _is_healthy(address)


def test_idle_connections_of_a_room_leave_it_open(address: Address) -> None:
    with ExitStack() as stack:
        for _ in range(_IDLE):
            stack.enter_context(socket.create_connection(address, _ANSWER_S))

        assert _is_healthy(address)


@pytest.mark.parametrize("pieces", [1, 30], ids=["at once", "in pieces"])
def test_headers_past_their_limit_are_refused(address: Address, pieces: int) -> None:
    with socket.create_connection(address, _ANSWER_S) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: ")
        with suppress(OSError):  # it may be refused before all of it is sent
            for _ in range(pieces):
                client.sendall(b"a" * (260_000 // pieces))
                time.sleep(0.01 if pieces > 1 else 0)
            client.sendall(b"\r\n\r\n")

        assert client.recv(64).startswith(b"HTTP/1.1 431 ")


def test_clients_that_send_no_body_hold_no_thread(address: Address) -> None:
    head = f"POST /p/x/ HTTP/1.1\r\n{_HEADERS}Content-Length: 100\r\n\r\nc".encode()
    with ExitStack() as stack:
        for _ in range(_SLOW):
            stack.enter_context(socket.create_connection(address, _ANSWER_S)).sendall(head)

        assert _is_healthy(address)


def test_clients_that_read_no_answer_hold_no_thread(address: Address) -> None:
    request = b"GET /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 50
    with ExitStack() as stack:
        for _ in range(2 * THREADS):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(address)
            client.sendall(request)

        assert _is_healthy(address)


def test_a_large_body_is_refused_before_it_is_sent(address: Address) -> None:
    head = f"POST /accounts/login/ HTTP/1.1\r\n{_HEADERS}Content-Length: {LIMIT + 1}\r\n\r\n".encode()

    assert _ask(address, head).startswith(b"HTTP/1.1 413 ")


def test_a_large_body_that_does_not_say_its_size_is_refused(
    address: Address, service: tuple[Address, psutil.Process]
) -> None:
    before = service[1].memory_info().rss
    head = f"POST /accounts/login/ HTTP/1.1\r\n{_HEADERS}Transfer-Encoding: chunked\r\n\r\n".encode()
    with socket.create_connection(address, _ANSWER_S) as client:
        client.sendall(head)
        chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        with suppress(OSError):
            for _ in range(50 * LIMIT // 0x10000):
                client.sendall(chunk)
            client.sendall(b"0\r\n\r\n")

        assert client.recv(64).startswith(b"HTTP/1.1 413 ")
    assert service[1].memory_info().rss - before < 10 * LIMIT


def test_a_body_in_chunks_is_read(address: Address) -> None:
    request = (
        f"POST /language/ HTTP/1.1\r\n{_HEADERS}Transfer-Encoding: chunked\r\n\r\n5\r\nnext=\r\n0\r\n\r\n".encode()
    )

    assert _ask(address, request).startswith(b"HTTP/1.1 403 ")  # its form has no token


def test_a_refusal_is_a_page_in_the_language_of_its_reader(address: Address) -> None:
    headers = {"Content-Length": str(LIMIT + 1), "Accept-Language": "es", "Accept": "text/html"}
    with closing(http.client.HTTPConnection(*address, timeout=_ANSWER_S)) as connection:
        connection.request("POST", "/p/x/", headers=headers)
        answer = connection.getresponse()
        page = answer.read().decode()

    assert (answer.status, answer.headers["Content-Language"]) == (413, "es")
    assert "<h1" in page
    assert "What you sent" not in page


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nowhere-at-all/"])
def test_every_answer_has_a_request_id(address: Address, path: str) -> None:
    with closing(http.client.HTTPConnection(*address, timeout=_ANSWER_S)) as connection:
        connection.request("GET", path, headers={"X-Request-ID": "mine", "X_Request_Id": "mine"})

        with connection.getresponse() as answer:
            assert len(answer.headers["X-Request-ID"]) == 16


def test_an_answer_to_head_has_no_body(address: Address) -> None:
    assert _ask(address, b"HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").endswith(b"\r\n\r\n")


def _static(address: Address, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection(*address, timeout=_ANSWER_S)) as connection:
        connection.request(method, static("vote.js"), headers={"Accept-Encoding": "identity"} | headers)
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        return answer


def test_static_files_are_compressed_and_asked_for_once(address: Address) -> None:
    """Browsers keep them for ever."""
    plain, small = _static(address), _static(address, **{"Accept-Encoding": "gzip"})

    assert gzip.decompress(small.body) == plain.body  # type: ignore[attr-defined]
    assert "immutable" in small.headers["Cache-Control"]
    assert small.headers["X-Content-Type-Options"] == "nosniff"
    assert _static(address, **{"If-None-Match": small.headers["ETag"]}).status == 304
    assert _static(address, "HEAD").headers["Content-Length"] == str(len(plain.body))  # type: ignore[attr-defined]
    assert _static(address, "POST").status == 405


def test_a_part_of_a_static_file_can_be_asked_for(address: Address) -> None:
    answer = _static(address, Range="bytes=0-9")

    assert (answer.status, answer.headers["Content-Length"]) == (206, "10")


def test_a_static_file_that_is_not_there_is_not_found(address: Address) -> None:
    assert _ask(address, b"GET /static/nothing.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    ("cores", "found"), [(1, (1, 1, 1)), (2, (1, 1, 1)), (6, (2, 1, 1)), (8, (3, 2, 1)), (16, (6, 4, 2))]
)
def test_a_machine_has_as_many_processes_as_fit_its_cores(
    cores: int, found: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_cores", lambda: cores)

    assert tuple(services.processes(role) for role in ("vote", "result", "worker")) == found


@pytest.mark.parametrize("text", ["0", "-1", "33", "two", "1.5", "\N{ARABIC-INDIC DIGIT TWO}"])
def test_a_bad_number_of_processes_is_said_in_a_sentence(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESULT_PROCESSES", text)

    with pytest.raises(services.BadNumberError) as refused:
        services.result("127.0.0.1", 1)

    assert str(refused.value) == f"RESULT_PROCESSES is {text!r}: must be 1 to 32."


@pytest.mark.parametrize("role", ["vote", "result"])
def test_one_that_is_ended_in_order_takes_leave(role: str) -> None:
    (port,) = network.free_ports(1)
    command = {"vote": services.vote, "result": services.result}[role](network.LOOPBACK, port)
    with subprocess.Popen(command.arguments, env={**os.environ, **command.environment}) as process:
        eventually(lambda: _is_healthy((network.LOOPBACK, port)) and _reported(process.pid), 30, "a report")
        process.terminate()
    assert _reported(process.pid) == []

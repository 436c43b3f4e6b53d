"""A network that a test can break: a TCP proxy between this project and Redis or Postgres.

    with redis_proxy.losing_reply(sha_of(ballot_box._cast)):  # delivered, and the answer never comes
    with postgres_proxy.holding(b"COMMIT") as fault:  # kept, until fault.deliver() or fault.drop()

A command is known by bytes in it. A fault strikes once; all else passes.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import Enum
from pathlib import Path

import pytest
from django.db import connection, connections
from pytest_django import Settings

from core.stores import postgres as patience
from core.stores import redis as redis_store
from core.stores.redis import Script
from ops.launch import network
from polls.box import ballot_box
from tests.store_fixtures import forget_clients
from tests.waiting import eventually
from votingsite.environment import RedisAddress

_CHUNK = 64 * 1024
#: Seconds in which what a test waits for has to happen.
_SOON = 20.0


class End(Enum):
    """The end of a connection, as the sender of a command sees it in the place of its reply."""

    CUT = "the connection is cut"
    SILENCE = "nothing at all"


class Fault:
    """A fault that one command meets."""

    def __init__(self, command: bytes, end: End, *, hold: bool) -> None:
        self.command = command
        self._end = end
        self._hold = hold
        self._hit = threading.Event()
        self._decided = threading.Event()
        self._answered = threading.Event()
        self._dropped = False
        self._link: _Link | None = None

    def wait(self) -> None:
        """Until the command has come by: it is held now, or on its way to the server."""
        assert self._hit.wait(_SOON), f"nobody sent {self.command!r} within {_SOON} seconds"

    def wait_delivered(self) -> None:
        """Until the server has answered the command."""
        self.wait()
        assert self._answered.wait(_SOON), f"{self.command!r} got no answer within {_SOON} seconds"

    def deliver(self) -> None:
        """Send the held command to the server, and wait for its answer, which nobody hears."""
        self.wait()
        self._decided.set()
        self.wait_delivered()
        until_redis_is_asked()

    def hang_up(self) -> None:
        """Cut the connection of the sender of the held command; the command may still be delivered."""
        self.wait()
        assert self._link
        self._link.hang_up()

    def let_through(self) -> None:
        """All goes on as if nothing had happened: the held command is sent, and its sender hears the answer."""
        self.wait()
        assert self._link
        self._link.fault = None
        self._decided.set()

    def drop(self) -> None:
        """The held command never gets to the server: its connection ends."""
        if not self._decided.is_set():
            self._dropped = True
            self._decided.set()

    # For the connection that it strikes

    def strike(self, link: "_Link", chunk: bytes) -> None:
        """Do with the command what was asked for; returns when the server has answered it, or never will."""
        self._link = link
        self._hit.set()
        if self._hold:
            if self._end is End.CUT:
                link.hang_up()
            self._decided.wait()
        if self._dropped:
            link.close()
            return
        link.send_on(chunk)
        if link.fault is not None:
            self._answered.wait(_SOON)

    def take_reply(self, link: "_Link") -> None:
        """The server has answered, or has ended the connection."""
        self._answered.set()
        if self._end is End.CUT:
            link.hang_up()


def until_redis_is_asked() -> None:
    """Wait until this process, to whom Redis may have fallen silent, asks it again."""
    eventually(lambda: not redis_store.is_silent(), what="a Redis that is asked again")


class _Link:
    """A connection through the proxy."""

    def __init__(self, proxy: "Proxy", client: socket.socket, server: socket.socket) -> None:
        self.fault: Fault | None = None
        self._proxy, self._client, self._server = proxy, client, server
        self._forwarding = threading.Thread(target=self._forward, daemon=True)
        self._forwarding.start()
        threading.Thread(target=self._backward, daemon=True).start()

    def send_on(self, chunk: bytes) -> None:
        """To the server."""
        with suppress(OSError):
            self._server.sendall(chunk)

    def hang_up(self) -> None:
        """End the client's side; the server's stays until it has answered."""
        _shut(self._client)

    def close(self) -> None:
        """End both sides."""
        _shut(self._client)
        _shut(self._server)

    def _forward(self) -> None:
        while chunk := _received(self._client):
            fault = self._proxy.fault_for(chunk)
            if fault is None:
                self.send_on(chunk)
            else:
                self.fault = fault
                fault.strike(self, chunk)
        _shut(self._server)

    def _backward(self) -> None:
        while chunk := _received(self._server):
            if self.fault is not None:
                self.fault.take_reply(self)
                continue
            with suppress(OSError):
                self._client.sendall(chunk)
        if self.fault is not None:
            self.fault.take_reply(self)
        self.close()
        self._forwarding.join()
        self._client.close()
        self._server.close()


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(_CHUNK)
    except OSError:
        return b""


def _shut(end: socket.socket) -> None:
    # Wakes up who reads it; only its own thread may close it.
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


class Proxy:
    """Stands on a free port before a server, and passes everything on until it is told otherwise."""

    host = "127.0.0.1"

    def __init__(self, host: str, port: int, is_silent: Callable[[], bool] = lambda: False) -> None:
        """`is_silent` tells whether this process has ceased to ask the server, for want of answers."""
        self._target, self._is_silent = (host, port), is_silent
        (self.port,) = network.free_ports(1)
        self._links: list[_Link] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None

    def __enter__(self) -> "Proxy":
        self.heal()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    # Connections

    def heal(self) -> None:
        """Take connections, and pass everything on."""
        self.refuse()
        self._listener = socket.create_server((self.host, self.port))
        self._accepting = threading.Thread(target=self._accept, args=[self._listener], daemon=True)
        self._accepting.start()

    def recover(self) -> None:
        """Heal, and return once this process asks the server again, which has to answer."""
        self.heal()
        eventually(lambda: not self._is_silent(), _SOON, "a store that is asked again")

    def refuse(self) -> None:
        """Refuse new connections, and cut those there are."""
        self._stop_listening()
        for fault in self._faults:
            fault.drop()
        self._faults.clear()
        self.cut()

    def hang(self) -> None:
        """Take connections and never answer, as a server that is stopped does. Those there are are cut."""
        self.refuse()
        self._listener = socket.create_server((self.host, self.port))

    def cut(self) -> None:
        """Cut every connection that there is."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            link.close()

    # Commands

    @contextmanager
    def losing_reply(self, command: bytes, end: End = End.CUT) -> Iterator[Fault]:
        """Deliver the next such command, and lose its reply."""
        with self._armed(Fault(command, end, hold=False)) as fault:
            yield fault

    @contextmanager
    def holding(self, command: bytes, end: End = End.SILENCE) -> Iterator[Fault]:
        """Hold the next such command until the test says what becomes of it; at the end it is dropped."""
        with self._armed(Fault(command, end, hold=True)) as fault:
            yield fault

    @contextmanager
    def _armed(self, fault: Fault) -> Iterator[Fault]:
        with self._lock:
            self._faults.append(fault)
        try:
            yield fault
        finally:
            with self._lock, suppress(ValueError):
                self._faults.remove(fault)
            fault.drop()
            until_redis_is_asked()

    # For the connections

    def fault_for(self, chunk: bytes) -> Fault | None:
        """The fault that strikes what is in this chunk; it strikes nothing else from here on."""
        with self._lock:
            for fault in self._faults:
                if fault.command in chunk:
                    self._faults.remove(fault)
                    return fault
        return None

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                try:
                    server = socket.create_connection(self._target)
                except OSError:
                    client.close()
                    continue
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._links.append(_Link(self, client, server))

    def _stop_listening(self) -> None:
        if self._listener is None:
            return
        _shut(self._listener)
        if self._accepting is None:
            self._listener.close()
        else:
            self._accepting.join()
        self._listener = self._accepting = None


def sha_of(script: Script) -> bytes:
    """Return the hash in an EVALSHA of this script. The server has to know the script: see `redis_proxy`."""
    return script._sha.encode()


def redis_knows_its_scripts() -> None:
    """Tell Redis the scripts of ballot boxes: a call of one is an EVALSHA then, and no EVAL."""
    for path in sorted(Path(ballot_box.__file__).parent.glob("scripts/*.lua")):
        redis_store.client().script_load(path.read_text())


@pytest.fixture
def redis_proxy(settings: Settings) -> Iterator[Proxy]:
    """Before the Redis that this process asks: the tests' own one, or `own_redis` where a test asks for it first.

    The server knows the scripts of ballot boxes, so that a cast is one EVALSHA.
    """
    direct: RedisAddress = settings.REDIS
    forget_clients()
    redis_knows_its_scripts()
    with Proxy(direct.host, direct.port, redis_store.is_silent) as proxy:
        settings.REDIS = replace(direct, host=proxy.host, port=proxy.port)
        forget_clients()
        yield proxy
        settings.REDIS = direct
        forget_clients()


@pytest.fixture
def postgres_proxy(transactional_db: None) -> Iterator[Proxy]:
    """Before Postgres, for this process's connections that are made from here on."""
    settings_dict = connection.settings_dict
    direct = settings_dict["HOST"], settings_dict["PORT"]
    with Proxy(direct[0], int(direct[1]), patience.is_silent) as proxy:
        connections.close_all()
        settings_dict.update(HOST=proxy.host, PORT=proxy.port)
        yield proxy
        connections.close_all()
        settings_dict.update(HOST=direct[0], PORT=direct[1])
    patience.ask_again()

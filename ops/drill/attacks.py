"""Attacks of hostile clients on the two web services, each in its own process, on this machine alone.

Every attack has limits: of connections, bytes sent, and seconds.
"""

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie

from ops.drill.marking import gettext_noop
from ops.entrypoint.services import allow_open_files

#: Clients of an attack, at both web services together, unless it has its own number.
CLIENTS = 500
_IDLE = 3_000
_PREFACES = 200
_LOGINS = 200
_LOGINS_AT_ONCE = 50
_BODIES = 8
_BODY = 200 * 1024 * 1024
_PINGERS = 20
_PINGS = 8 * 1024 * 1024  # bytes of each client
_BOMBS = 200
_BOMB = 256 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Victim:
    """A web service under attack, and one of its pages."""

    host: str
    port: int
    page: str
    #: The path of a large static file.
    file: str
    #: The path of a WebSocket; empty without one.
    socket: str = ""


Attack = Callable[[Victim, int, float], Awaitable[None]]


def run(name: str, victims: Sequence[Victim], seconds: float) -> None:
    """Attack all victims at once, for at most so many seconds."""
    allow_open_files()
    asyncio.run(_run(name, victims, seconds))


async def _run(name: str, victims: Sequence[Victim], seconds: float) -> None:
    attack, clients = ATTACKS[name]
    end = time.monotonic() + seconds
    share = clients // len(victims)
    attackers = [_one(attack, victim, number, end) for victim in victims for number in range(share)]
    await asyncio.gather(*attackers)


async def _one(attack: Attack, victim: Victim, number: int, end: float) -> None:
    # The service may do anything with such a client.
    with suppress(OSError, TimeoutError, EOFError):
        async with asyncio.timeout_at(asyncio.get_running_loop().time() + end - time.monotonic()):
            await attack(victim, number, end)


async def _connect(victim: Victim, *, small: bool = False) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection; `small` buffers make the client take in little."""
    client = socket.socket()
    client.setblocking(False)  # noqa: FBT003
    if small:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    await asyncio.get_running_loop().sock_connect(client, (victim.host, victim.port))
    return await asyncio.open_connection(sock=client, limit=2048 if small else 2**16)


def _head(victim: Victim, method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {victim.host}:{victim.port}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _send_slowly(victim: Victim, _number: int, _end: float) -> None:
    """Send the body of a vote, one byte a second."""
    _reader, writer = await _connect(victim)
    form = "Content-Type: application/x-www-form-urlencoded"
    writer.write(_head(victim, "POST", victim.page, form, "Content-Length: 100"))
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(1)


async def _read_slowly(victim: Victim, number: int, _end: float) -> None:
    """Request a file or a page again and again, and read nothing."""
    _reader, writer = await _connect(victim, small=True)
    writer.write(_head(victim, "GET", victim.file if number % 2 else victim.page) * 20)
    await asyncio.sleep(3600)


async def _be_idle(victim: Victim, number: int, _end: float) -> None:
    """Send nothing, or half of a head."""
    _reader, writer = await _connect(victim)
    if number % 2:
        writer.write(b"GET / HTTP/1.1\r\nHost: ")
    await asyncio.sleep(3600)


async def _speak_http2(victim: Victim, _number: int, end: float) -> None:
    """Open an HTTP/2 connection without TLS, with requests whose bodies never come."""
    headers = b"\x83\x86\x84\x01\x09localhost"  # HPACK (RFC 7541): POST, http, /, :authority
    frame = len(headers).to_bytes(3, "big") + b"\x01\x04"
    opened = b"".join(frame + (2 * stream + 1).to_bytes(4, "big") + headers for stream in range(17))
    while time.monotonic() < end:
        reader, writer = await _connect(victim)
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5) + opened)
        await reader.read(1024)
        writer.close()


async def _sign_in(victim: Victim, number: int, _end: float) -> None:
    """Guess passwords: each guess costs the service a third of a second of CPU."""
    for _ in range(_LOGINS // _LOGINS_AT_ONCE):
        reader, writer = await _connect(victim)
        writer.write(_head(victim, "GET", "/accounts/login/", "Connection: close"))
        page = (await reader.read()).decode(errors="replace")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        cookie = SimpleCookie("; ".join(re.findall(r"(?im)^set-cookie: (.*?)\r?$", page)))
        name = next((name for name in cookie if name.startswith("csrftoken")), None)
        if token is None or name is None:
            return  # even the page was refused
        body = f"csrfmiddlewaretoken={token[1]}&username=admin&password=guess-{number}"
        form = "Content-Type: application/x-www-form-urlencoded"
        sent = (form, f"Cookie: {name}={cookie[name].value}", f"Content-Length: {len(body)}")
        reader, writer = await _connect(victim)
        writer.write(_head(victim, "POST", "/accounts/login/", *sent, "Connection: close") + body.encode())
        await reader.read()


async def _send_much(victim: Victim, number: int, _end: float) -> None:
    """Send a body of 200 MB, with or without its size."""
    chunked = bool(number % 2)
    _reader, writer = await _connect(victim)
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {_BODY}"
    writer.write(_head(victim, "POST", "/accounts/login/", "Content-Type: multipart/form-data; boundary=x", size))
    chunk = bytes(_CHUNK)
    if chunked:
        chunk = f"{_CHUNK:x}\r\n".encode() + chunk + b"\r\n"
    for _ in range(_BODY // _CHUNK):
        writer.write(chunk)
        await writer.drain()


async def _ping(victim: Victim, _number: int, _end: float) -> None:
    """Ping a screen's socket, and never read the answers."""
    if not victim.socket:
        return
    reader, writer = await _connect(victim, small=True)
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(_head(victim, "GET", victim.socket, *upgrade, key))
    await reader.readuntil(b"\r\n\r\n")
    pings = (b"\x89\xfd" + bytes(4) + bytes(125)) * 500  # RFC 6455, section 5.5.2: masked, 125 bytes
    for _ in range(_PINGS // len(pings)):
        writer.write(pings)
        await writer.drain()
    await asyncio.sleep(3600)


async def _send_a_large_head(victim: Victim, _number: int, end: float) -> None:
    """Send 256 KiB of headers."""
    while time.monotonic() < end:
        reader, writer = await _connect(victim)
        writer.write(_head(victim, "GET", victim.page, "Accept: " + "a" * _BOMB))
        await reader.read(1024)
        writer.close()


#: By their texts in the timeline: the work of one client, and the number of clients.
ATTACKS: dict[str, tuple[Attack, int]] = {
    gettext_noop("{clients} clients send slowly"): (_send_slowly, CLIENTS),
    gettext_noop("{clients} clients read nothing"): (_read_slowly, CLIENTS),
    gettext_noop("{clients} connections are idle"): (_be_idle, _IDLE),
    gettext_noop("{clients} clients speak HTTP/2"): (_speak_http2, _PREFACES),
    gettext_noop("{clients} clients guess passwords"): (_sign_in, _LOGINS_AT_ONCE),
    gettext_noop("{clients} clients send bodies of 200 MB"): (_send_much, _BODIES),
    gettext_noop("{clients} clients flood with pings"): (_ping, _PINGERS),
    gettext_noop("{clients} clients send large heads"): (_send_a_large_head, _BOMBS),
}

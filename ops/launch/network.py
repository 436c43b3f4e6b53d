"""Ports and addresses of this machine."""

import errno
import os
import socket

from ops.launch.errors import CannotStart

LOOPBACK = "127.0.0.1"
#: Below the ports of outgoing connections on Linux and macOS, so that none can take a server's port while it is
#: restarted.
_FREE_PORTS = range(20000, 32000)


def free_ports(count: int) -> list[int]:
    """Return different ports of this machine that are free now."""
    found: list[int] = []
    # The start differs between processes, so that two that search at once find different ports.
    start = int.from_bytes(os.urandom(4)) % len(_FREE_PORTS)
    for offset in range(len(_FREE_PORTS)):
        port = _FREE_PORTS[(start + offset) % len(_FREE_PORTS)]
        if len(found) == count:
            break
        if _listening_error(LOOPBACK, port) is None:
            found.append(port)
    return found


def resolve(host: str) -> str:
    """Return the address of a host name, an IPv4 one if it has both. Raises CannotStart.

    Both web services listen there, and readiness is asked there.
    """
    name = host.removeprefix("[").removesuffix("]")
    try:
        found = socket.getaddrinfo(name or "?", None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotStart(
            f"--host {host} is no name or address that this machine knows. Use one such as 127.0.0.1, 0.0.0.0 or ::."
        ) from None
    *_others, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    if len(address) == 4 and address[3]:
        raise CannotStart(f"--host {host} is a link-local address, which can't stand in a link. Choose another one.")
    return str(address[0])


def require_free(host: str, port: int, option: str) -> None:
    """Raise CannotStart, with the port and its option, unless a server can listen there."""
    error = _listening_error(host, port)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise CannotStart(f"Port {port} is taken by another program. Choose another one with {option}.")
    if error.errno == errno.EACCES:
        raise CannotStart(f"Port {port} is for administrators. Choose one from 1024 on with {option}.")
    raise CannotStart(f"--host {host} is no address of this machine ({error.strerror}).")


def _listening_error(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as server:
            # As servers do: a port whose last connections are still closing is free.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(address)
            server.listen()
    except OSError as error:
        return error
    return None

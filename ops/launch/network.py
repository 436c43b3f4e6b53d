"""Ports and addresses of this machine."""

import errno
import os
import socket

import psutil

from ops.launch.errors import CannotStart

LOOPBACK = "127.0.0.1"
#: Below the ports that Linux and macOS give to outgoing connections: none of those can take a server's port while it
#: is being started again.
_FREE_PORTS = range(20000, 32000)


def free_ports(count: int) -> list[int]:
    """Different ports of this machine where nothing listens now."""
    found: list[int] = []
    # The start differs between processes, so that two that look at the same moment find different ports.
    start = int.from_bytes(os.urandom(4)) % len(_FREE_PORTS)
    for offset in range(len(_FREE_PORTS)):
        port = _FREE_PORTS[(start + offset) % len(_FREE_PORTS)]
        if len(found) == count:
            break
        if _listening_error(LOOPBACK, port) is None:
            found.append(port)
    return found


def require_free(host: str, port: int, option: str) -> None:
    """Raise CannotStart, naming the port and the option that chooses it, unless a server can listen there."""
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
            # As servers do: a port whose last connections are still being closed is free.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(address)
            server.listen()
    except OSError as error:
        return error
    return None


def addresses() -> list[str]:
    """IPv4 addresses of this machine in its networks, the one towards the world first."""
    found = [
        address.address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family == socket.AF_INET and not address.address.startswith("127.")
    ]
    return sorted(set(found), key=lambda address: address != _outward_address())


def _outward_address() -> str | None:
    """The address that connections to other networks come from. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])

"""The host names under which a web service answers (ALLOWED_HOSTS), and the addresses of this machine."""

import socket
import time
from collections.abc import Iterator

import psutil

#: In ALLOWED_HOSTS, stands for the present addresses of this machine: a laptop gets new ones in each Wi-Fi.
OWN_ADDRESSES = "own-addresses"
#: Seconds for which the addresses are remembered.
_KNOWN_FOR_S = 5.0


class Hosts(list[str]):
    """ALLOWED_HOSTS, with OWN_ADDRESSES replaced by the present addresses."""

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            if name == OWN_ADDRESSES:
                yield from (f"[{address}]" if ":" in address else address for address in _addresses.now())
            else:
                yield name


class _Addresses:
    """All addresses of this machine, read again now and then."""

    def __init__(self) -> None:
        self._known: list[str] = []
        self._until = 0.0

    def now(self) -> list[str]:
        """Return them, without the scopes of IPv6."""
        if time.monotonic() > self._until:
            self._known = [
                address.address.partition("%")[0]
                for addresses in psutil.net_if_addrs().values()
                for address in addresses
                if address.family in (socket.AF_INET, socket.AF_INET6)
            ]
            self._until = time.monotonic() + _KNOWN_FOR_S
        return self._known


_addresses = _Addresses()


def addresses() -> list[str]:
    """Return this machine's IPv4 addresses, the one that faces the internet first."""
    found = {address for address in _addresses.now() if ":" not in address and not address.startswith("127.")}
    outward = _outward_address()
    return sorted(found, key=lambda address: (address != outward, address))


def _outward_address() -> str | None:
    """Return the source address of connections to other networks. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])

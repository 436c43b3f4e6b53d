"""Loaded by Python beside the sample app's vote service: its hosts `redis` and `db` are ports of this machine.

Python imports a module of this name at its start (`site`); nothing of the sample app is changed.
"""

import json
import os
import socket
from typing import Any

#: The port of each host.
_PORTS: dict[str, int] = json.loads(os.environ["SAMPLE_PORTS"])
_getaddrinfo = socket.getaddrinfo


def _resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
    """Return the address of a host as `socket.getaddrinfo` does; those of the sample app with their port here."""
    if host in _PORTS:
        host, port = "127.0.0.1", _PORTS[host]
    return _getaddrinfo(host, port, *rest, **options)


socket.getaddrinfo = _resolve

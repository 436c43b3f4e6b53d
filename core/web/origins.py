"""The origins of the two web services, as browsers reach them."""

import os
import socket
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.web import csp, hosts


def vote_url(request: HttpRequest) -> str:
    """Return the origin of the vote service, without a slash at the end."""
    return settings.VOTE_URL or _other_port(request, settings.VOTE_PORT)


def join_url(request: HttpRequest) -> str:
    """Return the vote service's origin for phones in the room, which can't reach the host's `localhost`."""
    if settings.VOTE_URL or not settings.LISTENS_ANYWHERE or not is_loopback(request):
        return vote_url(request)
    reached = hosts.addresses()
    return f"{request.scheme}://{reached[0]}:{settings.VOTE_PORT}" if reached else vote_url(request)


def is_for_this_machine_alone(request: HttpRequest) -> bool:
    """Tell whether no phone can reach `join_url`."""
    return _is_loopback_url(join_url(request))


def is_loopback(request: HttpRequest) -> bool:
    """Tell whether the caller asked for an address of their own machine."""
    return _is_loopback_url(f"//{request.get_host()}")


def _is_loopback_url(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    return name == "localhost" or name == "::1" or name.startswith("127.")


def result_url(request: HttpRequest) -> str:
    """Return the origin of the result service, without a slash at the end."""
    return settings.RESULT_URL or _other_port(request, settings.RESULT_PORT)


def websocket_url(request: HttpRequest) -> str:
    """Return the result service's origin for WebSockets: ws:// or wss://."""
    return "ws" + result_url(request).removeprefix("http")


def server_name() -> str:
    """Return the name of this process for pages that show who served them: `vote-12345@host`."""
    return f"{settings.ROLE or 'site'}-{os.getpid()}@{socket.gethostname()}"


def _other_port(request: HttpRequest, port: int) -> str:
    host = request.get_host()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return f"{request.scheme}://{name}:{port}"


def let_follow(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the page, allowed to open a WebSocket to the result service and to ask it for results."""
    return csp.allow(response, "connect-src", websocket_url(request), result_url(request))


def context(request: HttpRequest) -> dict[str, Any]:
    """Add to templates the origins of the web services, and the process's name if a setting asks for it."""
    return {
        "vote_url": vote_url(request),
        "result_url": result_url(request),
        "join_url": join_url(request),
        "websocket_url": websocket_url(request),
        "server_name": server_name() if settings.SHOW_SERVER_NAME else "",
    }

"""The ASGI application of both web services: HTTP, and WebSockets at the result service."""

import asyncio
import atexit
import gc
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "votingsite.settings"
os.environ.setdefault("ROLE", os.environ.get("DOOR", "result"))
# Before anything that imports models.
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from core.stores.checks import stop_on_errors  # noqa: E402
from core.telemetry import heartbeat, otel  # noqa: E402
from core.web import bodies  # noqa: E402
from core.web.front import Front  # noqa: E402
from core.web.turns import Kind  # noqa: E402
from counter import routing as counters  # noqa: E402
from inspection import pipeline  # noqa: E402
from polls import routing as polls  # noqa: E402
from votingsite.websockets import Nowhere, SameSite  # noqa: E402

stop_on_errors()


#: Addresses that send mail and hash no password: signing in must not wait for a slow mail server.
_MAIL = ("/accounts/password/", "/account/invitations/")


#: Where votes are cast by the API.
_API_VOTE = re.compile(r"/api/v1/polls/[-\w]+/(?:votes|entries)")
#: The ends of addresses of results.
_RESULTS = ("/results.json", "/results")


def kind_of(method: str, path: str) -> Kind:
    """Return the kind of a request, which decides its turn."""
    if path == "/healthz":
        return Kind.PROBE
    if method == "POST":
        if path.startswith(("/accounts/", "/account/")) and path not in _MAIL:
            return Kind.LOGIN
        if path == "/host/new/picture/":
            return Kind.UPLOAD
        is_vote = (path.startswith("/p/") and not path.endswith(("/check/", "/drill/"))) or _API_VOTE.match(path)
        return Kind.VOTE if is_vote else Kind.PAGE
    return Kind.RESULTS if path.endswith(_RESULTS) else Kind.PAGE


#: The forms that have pictures in them.
_WITH_PICTURES = re.compile(r"/host/(?:new/(?:picture/)?|[-\w]+/edit/)|/admin/polls/poll/(?:add|\d+/change)/")


def limit_of(method: str, path: str) -> int:
    """Say how many bytes the body of a request may have."""
    return bodies.LARGE_LIMIT if method == "POST" and _WITH_PICTURES.fullmatch(path) else bodies.LIMIT


_front = Front(kind_of, limit_of)
_sockets = [
    *polls.websocket_urlpatterns,
    *counters.websocket_urlpatterns,
    re_path("", Nowhere.as_asgi()),
]


class Application(ProtocolTypeRouter):
    """The application, with `at_once` for core.web.connections."""

    at_once = staticmethod(_front.at_once)


#: What this process does before it ends.
_ends: list[Callable[[], None]] = [otel.stop]


async def _live(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Do what is to be done before the end: uvicorn, ended by SIGTERM, calls nothing that `atexit` has registered."""
    kind = ""
    while kind != "lifespan.shutdown":
        kind = (await receive())["type"]
        if kind == "lifespan.shutdown":
            await asyncio.gather(*map(asyncio.to_thread, _ends))
        await send({"type": f"{kind}.complete"})


_http: Any = _front
if settings.OTEL:
    from core.web.request_spans import note_arrival

    _http = note_arrival(_front)

application = Application(
    {
        "lifespan": _live,
        "http": _http,
        "websocket": SameSite(CookieMiddleware(URLRouter(_sockets)), settings.ALLOWED_HOSTS or ["localhost"]),
    }
)

if settings.ROLE:  # other importers, such as tests, are no part and report nothing
    otel.start(settings.ROLE)
    _ends.append(heartbeat.start(settings.ROLE, pipeline.sample))
    atexit.register(_ends[-1])  # where the server knows no lifespan
    # What is loaded by now stays. Without this each full garbage collection would scan it, and stop all requests for a
    # tenth of a second. Objects of requests are seldom part of a cycle.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)

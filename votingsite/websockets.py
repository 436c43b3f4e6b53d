"""WebSockets are accepted from our own pages, at addresses that exist."""

from typing import Any
from urllib.parse import ParseResult, urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.security.websocket import OriginValidator, WebsocketDenier

#: The close code for an address that leads nowhere (RFC 6455 leaves 4000-4999 to applications).
NOTHING_HERE = 4404


class SameSite(OriginValidator):
    """Refuses pages of other sites. Clients without an Origin are no browsers, and allowed."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Accept or refuse a socket; a malformed Origin is refused."""
        if any(name == b"origin" and not _is_address(value) for name, value in scope["headers"]):
            await WebsocketDenier()(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def valid_origin(self, parsed_origin: ParseResult | None) -> bool:
        """Tell whether a socket with this Origin header may be opened."""
        return parsed_origin is None or bool(super().valid_origin(parsed_origin))


def _is_address(origin: bytes) -> bool:
    try:
        urlsplit(origin.decode("latin1")).port  # noqa: B018 - it is read to see whether it can be
    except ValueError:
        return False
    return True


class Nowhere(AsyncWebsocketConsumer):
    """Closes sockets at unknown addresses, with a code that tells a page not to come back soon."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Accept first: a browser sees no close code of a refused socket."""
        await self.accept()
        await self.close(NOTHING_HERE)

"""Sending over the channel layer from code that is not asynchronous, by one event loop that is kept."""

import asyncio
import threading
from functools import cache
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return this process's event loop for sending, which runs in a thread of its own."""
    # async_to_sync makes a loop for each call, and the layer a connection for each loop: 4,000 us of CPU, not 270.
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="channel-layer", daemon=True).start()
    return loop


def send(group: str, message: dict[str, Any]) -> None:
    """Send a message to all members of a group, in any process.

    It may be repeated: the layer promises at most one arrival of each. Not from an event loop, which it would stop.
    Raises redis.exceptions.RedisError, or OSError (TimeoutError) when Redis does not answer.
    """
    sending = asyncio.run_coroutine_threadsafe(get_channel_layer().group_send(group, message), _loop())
    try:
        sending.result(2 * settings.REDIS_TIMEOUT)
    except TimeoutError:
        sending.cancel()
        raise

"""The watchdog of a web service: ends a process whose event loop hangs, so that it is started again.

bin/up and containers only start a process again after it has ended.
"""

import asyncio
import logging
import os
import time
from threading import Event, Thread

logger = logging.getLogger(__name__)

#: Seconds without a turn of the event loop after which it counts as hanging. They are counted one by one: a process
#: that was paused from outside does not hang.
HANGS_S = 10
#: The exit code of a process that it ends (EX_SOFTWARE of sysexits.h).
HAS_HUNG = 70

_watched: set[int] = set()


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """Watch this event loop from a thread. Harmless to repeat."""
    if id(loop) not in _watched:
        _watched.add(id(loop))
        Thread(target=_watch, args=[loop], name="watchdog", daemon=True).start()


def _watch(loop: asyncio.AbstractEventLoop) -> None:
    while True:
        turned = Event()
        try:
            loop.call_soon_threadsafe(turned.set)
        except RuntimeError:  # it is closed
            _watched.discard(id(loop))
            return
        if not any(turned.wait(1) for _ in range(HANGS_S)) and not loop.is_closed():
            logger.critical("This process has not answered for %s seconds; it exits to be restarted.", HANGS_S)
            logging.shutdown()
            os._exit(HAS_HUNG)
        time.sleep(1)

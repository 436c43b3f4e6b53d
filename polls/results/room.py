"""The room: the number of people who look at a poll, and the last press of its remote.

Both are in Redis, so that all result processes know the same, and both are states: a screen that missed a message gets
the newest. Nothing here is on the way of a vote. Without Redis nobody is counted, and the keys at the projector still
work.
"""

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import channel_layer
from core.stores.key_kinds import KeyKind
from core.stores.redis import Script
from polls.results.broadcast import group

logger = logging.getLogger(__name__)

#: Milliseconds for which a process's count of its screens is valid; it is renewed every second.
FRESH_MS = 3_500
#: Milliseconds for which a press is kept, for screens that reconnect.
KEPT_MS = 3_600_000

#: The keys, for the Redis inspector.
KINDS = (
    KeyKind("rooms:P:here", r"rooms:\d+:here", gettext_lazy("How many screens of poll P each result process has.")),
    KeyKind(
        "rooms:P:remote",
        r"rooms:\d+:remote",
        gettext_lazy("The last button that the host of poll P pressed on the remote."),
    ),
)

_SCRIPTS = Path(__file__).parent / "scripts"
_room = Script(_SCRIPTS / "room.lua")
_press = Script(_SCRIPTS / "press.lua")


class Deed(StrEnum):
    """The buttons of a remote."""

    SHOW = "show"
    HIDE = "hide"
    GO = "go"


@dataclass(frozen=True, slots=True)
class Remote:
    """The last press: a number that only grows over all polls, the button, and the poll to go to."""

    press: int = 0
    deed: str = ""
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """The message for projectors and hosts besides the snapshot; None for what is unknown."""

    people: int | None = None
    projectors: int | None = None
    remote: Remote = Remote()

    def sent(self) -> dict[str, Any]:
        """Return it as a part of a message."""
        return asdict(self)


def look(screens: Mapping[int, tuple[int, int]], process: str = "") -> dict[int, Room]:
    """Store a process's people and projectors by poll (by default this one's); return the sums over all processes.

    Raises RedisUnavailableError.
    """
    keys = [key for poll_id in screens for key in (_here(poll_id), _remote(poll_id))]
    numbers = [number for numbers in screens.values() for number in numbers]
    reply = _room(keys, [process or f"{os.getpid()}@{socket.gethostname()}", FRESH_MS, *numbers])
    found = {}
    for poll_id, people, projectors, press, deed, slug in zip(screens, *[iter(reply)] * 5, strict=True):
        found[poll_id] = Room(people, projectors, Remote(press, deed.decode(), slug.decode()))
    return found


def press(poll_id: int, deed: Deed, slug: str = "") -> None:
    """Store a press for the projectors of a poll. They still ask the server for what they may show.

    Raises RedisUnavailableError: the press may be stored or not. A lost message does no harm: hubs read the press once
    a second.
    """
    number = _press([_remote(poll_id)], [deed.value, slug, KEPT_MS])
    message = {"type": "poll.remote", "poll_id": poll_id, "remote": asdict(Remote(number, deed.value, slug))}
    try:
        channel_layer.send(group(poll_id), message)
    except (RedisError, OSError) as error:
        logger.info("The press on the remote of poll %s goes out with the next look: %s", poll_id, error)


def _here(poll_id: int) -> str:
    return f"rooms:{poll_id}:here"


def _remote(poll_id: int) -> str:
    return f"rooms:{poll_id}:remote"

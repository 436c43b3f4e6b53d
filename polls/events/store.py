"""The copy of each agenda in Redis, for processes that don't know it while Postgres is away. It expires by itself."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.stores.redis import RedisUnavailableError, Script
from polls.events.agenda import Agenda

logger = logging.getLogger(__name__)

#: Seconds for which a copy is kept. Whoever shows an event renews it.
KEPT_S = 24 * 3600

KINDS = (
    KeyKind(
        "events:agenda:S",
        r"events:agenda:.+",
        gettext_lazy("The agenda of the event at address S: its polls, and which one is on."),
    ),
    KeyKind("events:poll:P", r"events:poll:\d+", gettext_lazy("The address of the event that poll P stands in.")),
)

_store = Script(Path(__file__).parent / "scripts" / "store_agenda.lua")


def keep(agenda: Agenda) -> None:
    """Store a copy, unless there is a newer one. A failure is only logged: the next reader stores it again."""
    keys = [_agenda(agenda.slug), *(_poll(item.id) for item in agenda.polls)]
    try:
        _store(keys, [agenda.version, agenda.dump(), agenda.slug, KEPT_S])
    except RedisUnavailableError as error:
        logger.info("No copy of event %s could be kept in Redis: %s", agenda.slug, error)


def by_slug(slug: str) -> Agenda | None:
    """Return the copy of an event; None without one. Raises RedisError."""
    text = redis.client().get(_agenda(slug))
    return None if text is None else Agenda.load(text)


def by_poll(poll_id: int) -> Agenda | None:
    """Return the copy of the event that a poll stands in; None without one. Raises RedisError."""
    slug: Any = redis.client().get(_poll(poll_id))
    agenda = None if slug is None else by_slug(slug.decode())
    return agenda if agenda is not None and agenda.place_of(poll_id) else None


def forget(slug: str, poll_ids: Sequence[int]) -> None:
    """Delete the copy of an event that is no more. If Redis fails, it expires."""
    try:
        redis.client().delete(_agenda(slug), *map(_poll, poll_ids))
    except RedisError as error:
        logger.info("The copy of event %s in Redis expires: %s", slug, error)


def _agenda(slug: str) -> str:
    return f"events:agenda:{slug}"


def _poll(poll_id: int) -> str:
    return f"events:poll:{poll_id}"

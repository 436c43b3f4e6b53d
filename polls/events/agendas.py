"""The agendas that this process knows, and where they come from: Postgres, or their copy in Redis while it is away.

As with the definitions of polls, an agenda of which a page is drawn is a second old at most. Screens that are open
hear of a change by a message, and the hub reads Postgres for them once a second (polls.results.hub).
"""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import Error as PostgresError
from django.db.models import Prefetch, QuerySet
from redis.exceptions import RedisError

from core.stores import postgres
from polls.box.definitions import NobodyKnowsError
from polls.events import store
from polls.events.agenda import Agenda, Item, Told
from polls.models import Event, EventPoll, State

#: How old an agenda may be that a page is drawn from, in seconds, as long as Postgres answers.
FRESH_FOR = 1.0
#: Agendas, and polls without one, that one process keeps at most.
MAX_KEPT = 2000
#: Seconds after which a reader stores the copy in Redis again: it may have been emptied.
_STORED_FOR = 30.0


def read(**lookup: Any) -> Agenda | None:
    """Read an agenda from Postgres; None if there is no such event. Raises PostgresError."""
    event = with_places(Event.objects.filter(**lookup)).first()
    return None if event is None else of(event)


def with_places(events: QuerySet[Event]) -> QuerySet[Event]:
    """Have events read with their polls, in one query for all of them."""
    places = EventPoll.objects.filter(poll__tally__isnull=False).select_related("poll__tally")
    return events.prefetch_related(Prefetch("places", places))


def of(event: Event) -> Agenda:
    """Return the agenda of an event that was read `with_places`."""
    places = event.places.all()
    polls = tuple(Item(place.poll_id, place.poll.slug, place.poll.question, place.poll.tally.state) for place in places)
    return Agenda(
        id=event.pk,
        slug=event.slug,
        code=event.code,
        title=event.title,
        version=event.version,
        self_paced=event.self_paced,
        current=event.current_id,
        is_on=event.is_on,
        polls=polls,
        electorate=event.electorate,
        scores=event.scores,
    )


def told(poll_ids: Collection[int]) -> dict[int, Told]:
    """Return what the screens of these polls are told, without polls that stand in no event. Raises PostgresError."""
    places = EventPoll.objects.filter(poll_id__in=poll_ids).select_related("event__current__tally")
    return {place.poll_id: _told(place.event) for place in places}


def _told(event: Event) -> Told:
    on = event.current if event.is_on and not event.self_paced else None
    shown = on is not None and on.tally.state != State.DRAFT
    return {
        "slug": event.slug,
        "version": event.version,
        "on": on.slug if on is not None and shown else None,
        "self_paced": event.self_paced,
    }


@dataclass(frozen=True, slots=True)
class _Kept:
    """The answer of Postgres, until when it is fresh, and until when its copy in Redis needs no renewal."""

    agenda: Agenda | None
    fresh_until: float
    stored_until: float


class Cache:
    """The agendas that this process knows, by slug and by poll. Safe to use from many threads."""

    def __init__(self) -> None:
        self._kept: dict[str | int, _Kept] = {}
        self._lock = threading.Lock()

    def get(self, slug: str) -> Agenda | None:
        """Return the event at an address, or None if there is none. Raises NobodyKnowsError."""
        return self._ask(slug, lambda: read(slug=slug), lambda: store.by_slug(slug))

    def of_poll(self, poll_id: int) -> Agenda | None:
        """Return the event that a poll stands in; None if it stands in none, or nobody can say."""
        try:
            return self._ask(poll_id, lambda: read(places__poll_id=poll_id), lambda: store.by_poll(poll_id))
        except NobodyKnowsError:
            return None

    def by_code(self, code: str) -> Agenda | None:
        """Return the event with this code, as far as this process knows it."""
        with self._lock:
            known = [kept.agenda for kept in self._kept.values()]
        return next((agenda for agenda in known if agenda is not None and agenda.code == code), None)

    def forget(self, agenda: Agenda) -> None:
        """Ask again for an event and its polls at the next use; what is known stays for when Postgres is away."""
        with self._lock:
            keys: list[str | int] = [agenda.slug, *(item.id for item in agenda.polls)]
            for key in keys:
                kept = self._kept.get(key)
                if kept is not None:
                    self._kept[key] = _Kept(kept.agenda, 0.0, 0.0)

    def clear(self) -> None:
        """Know nothing."""
        with self._lock:
            self._kept.clear()

    def _ask(
        self, key: str | int, from_postgres: Callable[[], Agenda | None], from_redis: Callable[[], Agenda | None]
    ) -> Agenda | None:
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() < kept.fresh_until:
            return kept.agenda
        try:
            with postgres.bounded():
                found = from_postgres()
        except PostgresError:
            return self._without_postgres(key, kept, from_redis)
        self._keep(key, found, kept)
        return found

    def _without_postgres(
        self, key: str | int, kept: _Kept | None, from_redis: Callable[[], Agenda | None]
    ) -> Agenda | None:
        try:
            found = kept.agenda if kept is not None else from_redis()
        except RedisError as error:
            raise NobodyKnowsError("neither Postgres nor Redis answers") from error
        if found is None and isinstance(key, str):
            raise NobodyKnowsError("Postgres does not answer, and Redis has no copy of this event")
        return found

    def _keep(self, key: str | int, found: Agenda | None, before: _Kept | None) -> None:
        now = time.monotonic()
        stored_until = 0.0 if before is None or before.agenda != found else before.stored_until
        if found is not None and now >= stored_until:
            store.keep(found)
            stored_until = now + _STORED_FOR
        with self._lock:
            self._kept.pop(key, None)
            while len(self._kept) >= MAX_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = _Kept(found, now + FRESH_FOR, stored_until)


cache = Cache()

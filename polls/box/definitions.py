"""The definitions that this process knows, and where they come from: Postgres, or the box while it is away.

A cast names the box and the version it was checked against, so Redis says by
itself when they are out of date: nobody has to be told of an edit.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import Error as PostgresError
from django.db.models import QuerySet

from core.stores import postgres
from core.stores.redis import RedisUnavailableError
from polls import kinds, pictures
from polls.box import ballot_box
from polls.box.definition import Definition, Option
from polls.electorate import given
from polls.models import Choice, EntryState, Poll, State

#: How old a definition may be that a page is drawn from, in seconds, as long as Postgres answers.
FRESH_FOR = 1.0
#: Definitions that one process keeps at most; one takes some 2 kB.
MAX_KEPT = 2000


class NobodyKnowsError(Exception):
    """Neither store can say now what this poll is."""


def of(poll: Poll) -> Definition:
    """The definition of a row that was read with its tally and its choices."""
    tally = poll.tally
    choices, takes_entries = list(poll.choices.all()), poll.kind in kinds.taking_entries()
    return Definition(
        id=poll.pk,
        slug=poll.slug,
        code=poll.code,
        question=poll.question,
        choices=() if takes_entries else tuple(_options(choices)),
        max_choices=poll.max_choices,
        result_rule=poll.result_rule,
        voter_salt=bytes(poll.voter_salt).hex(),
        opens_at=poll.opens_at,
        closes_at=poll.closes_at,
        state=tally.state,
        round=tally.round,
        box=tally.box,
        version=tally.definition_version,
        kind_name=poll.kind,
        is_test=tally.is_test,
        allows_changes=tally.allows_changes,
        details=poll.details,
        voters_per_minute=poll.voters_per_minute,
        slow_down_after=poll.slow_down_after,
        entries=tuple(choice.pk for choice in choices) if takes_entries else (),
        waiting=tuple(choice.pk for choice in choices if choice.entry_state == EntryState.WAITING),
        electorate=tally.electorate,
        changed_codes=given.changed(tally.electorate),
        embed_origins=tuple(poll.embed_origins),
    )


def _options(choices: Iterable[Choice]) -> Iterator[Option]:
    """Yield the choices as voters see them. The points of a statement have its place, and so its colour."""
    index, before = -1, ""
    for choice in choices:
        index += not choice.statement or choice.statement != before
        before = choice.statement
        yield Option(choice.pk, choice.text, index, pictures.address(choice.picture_id), choice.statement)


def read(**lookup: Any) -> Definition | None:
    """Read a definition from Postgres; None if there is no such poll. Raises PostgresError."""
    poll = Poll.objects.select_related("tally").prefetch_related("choices").filter(**lookup).first()
    return None if poll is None else of(poll)


def listed(states: Iterable[State]) -> QuerySet[Poll]:
    """The polls of the home page in these states, without those being tried out; newest first, ready for `of`."""
    polls = Poll.objects.select_related("tally").prefetch_related("choices")
    return polls.filter(is_listed=True, tally__state__in=states, tally__is_test=False)


class Cache:
    """The definitions that this process knows, by slug. Safe to use from many threads."""

    def __init__(self) -> None:
        self._kept: dict[str, Definition] = {}
        self._fresh_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def for_cast(self, slug: str) -> Definition | None:
        """The poll to check a cast against, or None if there is none. An open one that is kept is taken, however old.

        Redis says when it is out of date. Raises NobodyKnowsError.
        """
        kept = self._kept.get(slug)
        return kept if kept is not None and kept.state == State.OPEN else self.get(slug)

    def to_enter(self, slug: str) -> Definition | None:
        """The poll to check a cast against, as `for_cast` says; one with an electorate is as new as `get` has it.

        Redis says when a code was revoked, but while it is away nobody would. Raises NobodyKnowsError.
        """
        found = self.for_cast(slug)
        return self.get(slug) if found is not None and found.electorate else found

    def fresh(self, slug: str) -> Definition | None:
        """The poll if it was learned within FRESH_FOR seconds and is no draft. Asks nobody: None may mean anything."""
        kept = self._kept.get(slug)
        is_fresh = (
            kept is not None and kept.state != State.DRAFT and time.monotonic() < self._fresh_until.get(slug, 0.0)
        )
        return kept if is_fresh else None

    def get(self, slug: str) -> Definition | None:
        """The poll to draw a page from, or None if there is none; at most FRESH_FOR seconds old while Postgres answers.

        What is not there yet, or only as a draft, is asked for each time: its host looks at it as soon as it is
        published. Without Postgres what is kept is used, or what the ballot box holds. Raises NobodyKnowsError.
        """
        if (fresh := self.fresh(slug)) is not None:
            return fresh
        try:
            with postgres.bounded():
                found = read(slug=slug)
        except PostgresError as error:
            found = self._kept.get(slug) or _from_box(slug, error)
        if found is None:
            self.forget(slug)
        else:
            self.keep(found)
        return found

    def keep(self, definition: Definition) -> None:
        """Remember a definition that was just learned."""
        with self._lock:
            self._kept.pop(definition.slug, None)
            while len(self._kept) >= MAX_KEPT:
                self._fresh_until.pop(oldest := next(iter(self._kept)), None)
                del self._kept[oldest]
            self._kept[definition.slug] = definition
            self._fresh_until[definition.slug] = time.monotonic() + FRESH_FOR

    def forget(self, slug: str) -> None:
        """Ask again at the next use."""
        with self._lock:
            self._kept.pop(slug, None)
            self._fresh_until.pop(slug, None)

    def clear(self) -> None:
        """Ask again for every poll."""
        with self._lock:
            self._kept.clear()
            self._fresh_until.clear()

    def known(self) -> list[Definition]:
        """All that are kept, for when nobody can be asked."""
        with self._lock:
            return list(self._kept.values())


def _from_box(slug: str, cause: Exception) -> Definition:
    try:
        text = ballot_box.definition(slug)
    except RedisUnavailableError as error:
        raise NobodyKnowsError("neither Postgres nor Redis answers") from error
    if text is None:
        raise NobodyKnowsError("Postgres does not answer, and Redis has no box of this poll") from cause
    return Definition.load(text)


cache = Cache()

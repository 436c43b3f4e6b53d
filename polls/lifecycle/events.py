"""Changes of an event: the polls in it, their order, and which one is on.

Each locks the row of the event, raises its version and commits; then it tells the screens. A poll is opened and closed
by its own transitions, before: a step that breaks off can be repeated.

Every function raises django.db.Error if Postgres fails. If only Redis fails none raises: hubs read Postgres.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from polls.electorate import electorates
from polls.events import agendas, store
from polls.lifecycle import edits, transitions
from polls.lifecycle.steps import UNOPENED, NotPossibleError, transition
from polls.models import Event, EventPoll, Poll, State, Tally
from polls.results import broadcast


@dataclass(frozen=True, slots=True)
class Step:
    """The effects of a step on polls: the one that it opened, and the one that it closed."""

    opened: Poll | None = None
    closed: Poll | None = None


@contextmanager
def _change(event_id: int) -> Iterator[Event]:
    """Yield the locked event and store it with a greater version; tell the screens after the COMMIT."""
    with transaction.atomic():
        event = Event.objects.select_for_update().get(pk=event_id)
        yield event
        event.version += 1
        event.save()
        transaction.on_commit(lambda: announce(event_id), robust=True)


def changed(event_id: int) -> None:
    """Register a change of the event's rows that somebody else has saved, such as Django's admin."""
    with _change(event_id):
        pass
    _take_electorates(_of_event(event_id))


def _of_event(event_id: int) -> Q:
    """Return the condition for the tallies of an event that has a rule, and for those that were under one of it."""
    has_rule = Q(poll__place__event_id=event_id) & ~Q(poll__place__event__electorate="")
    return has_rule | Q(electorate__contains=f":event:{event_id}:")


def _take_electorates(of: Q) -> None:
    """Have these polls take over who may vote, from themselves or their event, if no ballot can be there.

    Locks their tallies until the end of the transaction: ask for no more than may have changed.
    """
    for poll_id in Tally.objects.filter(of).order_by("pk").values_list("pk", flat=True):
        _take_electorate(poll_id)


def _take_electorate(poll_id: int) -> None:
    """Take it over for one poll. Does nothing if it is the same."""
    with transition(poll_id) as tally:
        before = tally.electorate
        edits.take_electorate(tally)
        if tally.electorate != before:
            tally.definition_version += 1
            transaction.on_commit(lambda: transitions.tell_all(poll_id), robust=True)


def announce(event_id: int) -> None:
    """Tell the screens of an event what is on. Call it outside transactions; may be repeated."""
    agenda = agendas.read(pk=event_id)
    if agenda is not None:
        agendas.cache.forget(agenda)
        store.keep(agenda)
        broadcast.announce(agenda)


def put_on(event_id: int, poll_id: int) -> Step:
    """Show a poll to the audience: opens it if it was never opened, and closes the last one if the event says so.

    May be repeated. Raises NotPossibleError if the poll can't be opened, or if people go as they like, and
    ObjectDoesNotExist if the event or the poll in it is gone.
    """
    event = Event.objects.select_related("current__tally").get(pk=event_id)
    poll = EventPoll.objects.select_related("poll__tally").get(event=event, poll_id=poll_id).poll
    if event.self_paced:
        raise NotPossibleError(gettext("People go through this event as they like: open its polls instead."))
    opened = poll if poll.tally.state in UNOPENED else None
    if opened:
        transitions.open_poll(poll_id)
    last = event.current
    closes = event.closes_last and last is not None and last.pk != poll_id and last.tally.state == State.OPEN
    closed = last if closes else None
    if closed:
        transitions.seal(closed.pk)
    with _change(event_id) as event:
        event.current, event.is_on = poll, True
    return Step(opened, closed)


def take_off(event_id: int) -> None:
    """Show no poll: the audience sees what was and what comes. The poll that was on stays as it is."""
    with _change(event_id) as event:
        event.is_on = False


@transaction.atomic
def set_rules(event_id: int, *, who_may_vote: str = "", **fields: Any) -> None:
    """Set title and switches, and the rule about who may vote, if one is given."""
    with _change(event_id) as event:
        before = event.electorate
        for name, value in fields.items():
            setattr(event, name, value)
        if who_may_vote:
            event.electorate = electorates.chosen(who_may_vote, f"event:{event_id}", event.electorate)
    if event.electorate != before:
        _take_electorates(_of_event(event_id))


@transaction.atomic
def add(event_id: int, poll_ids: Sequence[int]) -> int:
    """Put these polls at the end, without those that stand in an event; returns how many came in."""
    with _change(event_id) as event:
        # Under their locks, in one order: of two events that take a poll at once, the second finds it taken.
        list(Tally.objects.select_for_update().filter(pk__in=poll_ids).order_by("pk"))
        taken = set(EventPoll.objects.filter(poll_id__in=poll_ids).values_list("poll_id", flat=True))
        free = [poll_id for poll_id in poll_ids if poll_id not in taken]
        last = EventPoll.objects.filter(event=event).order_by("-position").first()
        begin = 0 if last is None else last.position + 1
        EventPoll.objects.bulk_create(
            EventPoll(event=event, poll_id=poll_id, position=begin + place) for place, poll_id in enumerate(free)
        )
    if event.electorate:
        _take_electorates(Q(pk__in=free))
    return len(free)


@transaction.atomic
def take_out(event_id: int, poll_id: int) -> None:
    """Take a poll out of the event; it stays as it is. Does nothing if it stands in no event, or in another."""
    with _change(event_id) as event:
        EventPoll.objects.filter(event=event, poll_id=poll_id).delete()
        if event.current_id == poll_id:
            event.current, event.is_on = None, False
    _take_electorates(Q(pk=poll_id))


def order(event_id: int, poll_ids: Sequence[int]) -> None:
    """Put the polls into this order. Polls that are not named, as one that was just added, follow in theirs."""
    with _change(event_id) as event:
        wanted = {poll_id: place for place, poll_id in enumerate(poll_ids)}
        places = sorted(event.places.all(), key=lambda place: wanted.get(place.poll_id, len(wanted)))
        for position, place in enumerate(places):
            place.position = position
        EventPoll.objects.bulk_update(places, ["position"])


def delete(event_id: int) -> None:
    """Delete an event; its polls stay. Does nothing if it is gone."""
    agenda = agendas.read(pk=event_id)
    if agenda is None:
        return
    with transaction.atomic():
        Event.objects.filter(pk=event_id).delete()
        _take_electorates(_of_event(event_id))
    agendas.cache.clear()
    store.forget(agenda.slug, [item.id for item in agenda.polls])

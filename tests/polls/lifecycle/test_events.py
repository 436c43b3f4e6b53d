"""Steps of an event, and its polls."""

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError

from polls.lifecycle import events, transitions
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Event, EventPoll, Poll, State, Tally
from tests.polls.conftest import make_event, make_poll


def draft(slug: str, *texts: str) -> Poll:
    return make_poll(slug, *(texts or ("Yes", "No")), opened=False)


def slugs(event: Event) -> list[str]:
    return [place.poll.slug for place in event.places.all()]


def states(*polls: Poll) -> list[str]:
    return [Tally.objects.get(pk=poll.pk).state for poll in polls]


def now(event: Event) -> tuple[str | None, bool]:
    event.refresh_from_db()
    return None if event.current is None else event.current.slug, event.is_on


def test_a_step_opens_a_draft_and_closes_the_last():
    one, two = draft("one"), draft("two")
    event = make_event("party", one, two)
    step = events.put_on(event.pk, one.pk)
    assert (step.opened, step.closed, now(event)) == (one, None, ("one", True))
    step = events.put_on(event.pk, two.pk)
    assert (step.opened, step.closed, now(event)) == (two, one, ("two", True))
    assert states(one, two) == [State.SEALING, State.OPEN]


def test_a_switch_leaves_the_last_open():
    one, two = draft("one"), draft("two")
    event = make_event("party", one, two, closes_last=False)
    for poll in (one, two):
        events.put_on(event.pk, poll.pk)
    assert states(one, two) == [State.OPEN, State.OPEN]


def test_a_step_that_is_repeated_changes_nothing_more():
    one, two = draft("one"), draft("two")
    event = make_event("party", one, two)
    events.put_on(event.pk, one.pk)
    steps = [events.put_on(event.pk, two.pk) for _ in range(2)]
    assert [(step.opened, step.closed) for step in steps] == [(two, one), (None, None)]
    assert states(one, two) == [State.SEALING, State.OPEN]


def test_a_final_poll_is_shown_and_stays_final():
    one = make_poll("one", "Yes", "No")
    transitions.seal(one.pk)
    transitions.finish(one.pk, Tally.objects.get(pk=one.pk).box)
    event = make_event("party", one)
    assert events.put_on(event.pk, one.pk).opened is None
    assert states(one) == [State.FINAL]


def test_a_poll_that_cannot_be_opened_leaves_all_as_it_was():
    one, two = draft("one"), draft("two", "Only")
    event = make_event("party", one, two)
    events.put_on(event.pk, one.pk)
    with pytest.raises(NotPossibleError):
        events.put_on(event.pk, two.pk)
    assert (states(one, two), now(event)) == ([State.OPEN, State.DRAFT], ("one", True))


def test_nothing_is_put_on_where_people_go_as_they_like():
    one = draft("one")
    event = make_event("party", one, self_paced=True)
    with pytest.raises(NotPossibleError):
        events.put_on(event.pk, one.pk)
    assert states(one) == [State.DRAFT]


def test_a_poll_of_another_event_is_not_put_on():
    other = draft("other")
    make_event("other", other)
    with pytest.raises(ObjectDoesNotExist):
        events.put_on(make_event("party").pk, other.pk)


def test_each_change_raises_the_version():
    one, two = draft("one"), draft("two")
    event = make_event("party", one)
    seen = []
    for change in (
        lambda: events.put_on(event.pk, one.pk),
        lambda: events.take_off(event.pk),
        lambda: events.add(event.pk, [two.pk]),
        lambda: events.order(event.pk, [two.pk, one.pk]),
        lambda: events.set_rules(event.pk, closes_last=False),
        lambda: transitions.delete(two.pk),
        lambda: events.take_out(event.pk, one.pk),
    ):
        change()
        event.refresh_from_db()
        seen.append(event.version)
    assert seen == sorted(set(seen))


def test_a_poll_stands_in_one_event_at_most():
    one, two = draft("one"), draft("two")
    make_event("first", one)
    second = make_event("second")
    assert (events.add(second.pk, [one.pk, two.pk]), slugs(second)) == (1, ["two"])
    with pytest.raises(IntegrityError):
        EventPoll.objects.create(event=second, poll=one)


def test_polls_are_put_into_another_order():
    polls = [draft(slug) for slug in ("one", "two", "three")]
    event = make_event("party", *polls)
    events.order(event.pk, [polls[2].pk, polls[0].pk, 999])
    assert slugs(event) == ["three", "one", "two"]


def test_a_poll_that_is_on_and_taken_out_is_on_no_more():
    one = draft("one")
    event = make_event("party", one)
    events.put_on(event.pk, one.pk)
    events.take_out(event.pk, one.pk)
    assert (now(event), slugs(event), states(one)) == ((None, False), [], [State.OPEN])


def test_polls_of_a_deleted_event_stay():
    one = draft("one")
    event = make_event("party", one)
    events.delete(event.pk)
    events.delete(event.pk)
    assert (Event.objects.count(), Poll.objects.get().slug) == (0, "one")


@pytest.mark.parametrize("first", [Poll, Event])
def test_a_code_is_of_a_poll_or_of_an_event(first: Any):
    texts: dict[Any, dict[str, str]] = {Poll: {"question": "Which?"}, Event: {"title": "Party"}}
    second: Any = Event if first is Poll else Poll
    first.objects.create(slug="first", code="k7m4", **texts[first])
    with pytest.raises(IntegrityError, match="k7m4"):
        second.objects.create(slug="second", code="k7m4", **texts[second])

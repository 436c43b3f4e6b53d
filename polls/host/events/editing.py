"""Making events, and copies of them."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from polls.host import editing
from polls.lifecycle import events
from polls.models import Event, EventPoll, Poll, new_code

#: Longest slug that is made of a title; a code may follow it.
_SLUG_LENGTH = 60


def create(user: User, title: str, code: str, **rules: bool) -> Event:
    """Make an event. Two calls with one code make one event. Raises django.db.Error."""
    slug = slugify(title)[:_SLUG_LENGTH].strip("-")
    for slug_, code_ in ((slug, code), (f"{slug}-{code}".strip("-"), code), (f"{slug}-{code}".strip("-"), new_code())):
        before = Event.objects.filter(owner=user, code=code).first()
        if before is not None:
            return before
        if slug_ in ("", "new"):  # /host/events/new/ is a page
            continue
        try:
            with transaction.atomic():
                return Event.objects.create(owner=user, title=title, slug=slug_, code=code_, **rules)
        except IntegrityError:
            continue
    raise IntegrityError("no address is free for this event")


@transaction.atomic
def duplicate(user: User, event: Event) -> Event:
    """Make an event of one's own with copies of all its polls, which are drafts. Raises django.db.Error."""
    copy = create(
        user, event.title, new_code(), closes_last=event.closes_last, self_paced=event.self_paced, scores=event.scores
    )
    polls = Poll.objects.filter(place__event=event).prefetch_related("choices").order_by("place__position")
    copies = [editing.duplicate(user, poll) for poll in polls]
    EventPoll.objects.bulk_create(
        EventPoll(event=copy, poll=poll, position=position) for position, poll in enumerate(copies)
    )
    events.set_rules(copy.pk, who_may_vote=event.who_may_vote)
    return copy

"""Operations of hosts on an event: the host pages and the API call the same ones.

They raise NotPossibleError, ObjectDoesNotExist for what was deleted meanwhile, and django.db.Error.
"""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.utils.translation import gettext

from polls.host import history
from polls.lifecycle import events
from polls.lifecycle.steps import NotPossibleError
from polls.models import Event, Poll


def put_on(user: User, event: Event, slug: str) -> Poll:
    """Show a poll of the event; record in the polls' histories what was opened and closed. May be repeated."""
    poll = Poll.objects.get(slug=slug, place__event=event)
    history.note_step(user, events.put_on(event.pk, poll.pk))
    return poll


def add(user: User, event: Event, poll_ids: Sequence[int]) -> None:
    """Put polls at the end; those of others, and those that stand in an event, stay where they are.

    Raises NotPossibleError if none is left.
    """
    mine = set(Poll.objects.hosted_by(user).filter(pk__in=poll_ids).values_list("pk", flat=True))
    if not events.add(event.pk, [poll_id for poll_id in poll_ids if poll_id in mine]):
        raise NotPossibleError(gettext("Pick a poll of yours that stands in no event."))

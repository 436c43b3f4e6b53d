"""The seeded poll: Cats or Dogs."""

from django.conf import settings
from django.db import transaction

from polls.lifecycle import transitions
from polls.models import Choice, Poll, State, Tally

#: Its address; fixed, so that scripts and documents can name it.
SLUG = "cats-vs-dogs"


def seed() -> tuple[Poll, bool]:
    """Return the seeded poll, and whether it was made now. May be repeated: an existing one stays as it is."""
    with transaction.atomic():
        poll, made = Poll.objects.get_or_create(slug=SLUG, defaults={"question": _question()})
        if made:
            for position, text in enumerate([settings.OPTION_A, settings.OPTION_B]):
                Choice.objects.create(poll=poll, position=position, text=text)
            transitions.edited(poll.pk)
    # Also after an earlier call that was interrupted here.
    if Tally.objects.get(pk=poll.pk).state == State.DRAFT:
        transitions.open_poll(poll.pk)
    return poll, made


def _question() -> str:
    return f"{settings.OPTION_A} or {settings.OPTION_B.lower()}?"[:300]

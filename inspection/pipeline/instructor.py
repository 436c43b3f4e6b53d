"""The instructor's buttons, where bin/up runs the system: votes are sent, and parts paused and killed."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from core.telemetry import control
from core.telemetry.control import Do, Refusal, Request
from inspection import trace
from inspection.pipeline import formatting
from polls.lifecycle import transitions
from polls.models import Poll, State

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

#: The slug of the poll that is made for votes which nobody has cast; a number follows where it is taken.
PRACTICE = "practice"


class RefusedError(Exception):
    """Nothing was done: a status of HTTP, and why, for people."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def may_press(user: "User | AnonymousUser") -> bool:
    """Tell whether somebody may press the buttons: a superuser, where bin/up has said that there are any."""
    return settings.INSTRUCTOR and user.is_active and user.is_superuser


def ask(user: "User", do: str, subject: str, seconds: int = 0) -> None:
    """Ask bin/up for it; votes go to the open poll of that slug, or to the practice poll without one.

    Raises RefusedError, and django.db.Error where a poll is needed.
    """
    request = Request(do, subject, seconds, user.get_username())
    found = control.refusal(control.read(settings.DATA_DIR), request, time.time())
    if found:
        raise _refused(found)
    if do == Do.VOTES:
        request = Request(do, _open_poll(subject, user), 0, user.get_username())
    try:
        control.ask(settings.DATA_DIR, request)
    except control.NotRunningError:
        raise RefusedError(503, _("bin/up does not answer. Nothing was done.")) from None


def _refused(why: Refusal) -> RefusedError:
    match why:
        case Refusal.BUSY:
            return RefusedError(409, _("The last one is still running. The events show its progress."))
        case Refusal.TOO_OFTEN:
            text = _("Nothing was done. The limit is {number} a minute.")
            return RefusedError(429, text.format(number=control.A_MINUTE))
    return RefusedError(400, _("bin/up runs no such part, or offers no such pause."))


def _open_poll(slug: str, user: "User") -> str:
    if not slug:
        return practice_poll(user).slug
    if not Poll.objects.filter(slug=slug, tally__state=State.OPEN).exists():
        raise RefusedError(409, _("That poll is not open any more."))
    return slug


def practice_poll(user: "User") -> Poll:
    """Return the open practice poll, made now where there is none. Raises django.db.Error."""
    polls = Poll.objects.filter(slug__regex=rf"^{PRACTICE}(-\d+)?$")
    found = polls.filter(tally__state=State.OPEN).order_by("-pk").first()
    if found:
        return found
    number = polls.count() + 1
    slug = PRACTICE if number == 1 else f"{PRACTICE}-{number}"
    texts = [str(formatting.NAMES[part]) for part in control.PARTS]
    poll = transitions.create_poll(texts, slug=slug, question=_("Which part stops next?"), is_listed=False, owner=user)
    transitions.open_poll(poll.pk)
    return poll


def buttons() -> dict[str, object]:
    """Return what the page shows: parts that bin/up runs, pauses, and polls that take votes. Raises django.db.Error."""
    parts = control.read(settings.DATA_DIR).parts
    return {
        "parts": [{"name": part, "label": formatting.NAMES[part]} for part in parts],
        "pauses": control.PAUSES_S,
        "votes": control.VOTES,
        "polls": trace.open_polls(),
    }

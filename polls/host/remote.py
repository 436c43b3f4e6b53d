"""The remote: its buttons, pressed on a phone, control the projectors of the poll.

A button acts as a key pressed at the projector and gives the projector no rights (docs/decisions/0025). Changes of the
poll itself, such as its closing time, are the actions that every host page has.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from core.stores.redis import RedisUnavailableError
from core.web.errors import wants_json
from polls.box import definitions
from polls.host.access import RefusedError, for_hosts, host_of, poll_of
from polls.host.answers import done
from polls.models import Poll
from polls.results import room, snapshots
from polls.results.room import Deed
from polls.views import shared

#: Values of `press` that name a neighbouring poll.
BEFORE, AFTER = "before", "after"


@for_hosts
def remote(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page; by POST ask the projectors for `press`: show, hide, before or after."""
    poll = poll_of(request, slug)
    return _press(request, poll) if request.method == "POST" else _page(request, poll)


def _page(request: HttpRequest, poll: Poll) -> HttpResponse:
    definition = definitions.of(poll)
    newest = snapshots.newest([poll.pk])
    seen = newest.snapshots.get(poll.pk)
    before, after = Poll.objects.shown_by(host_of(request)).beside(poll.pk)
    context = {
        "poll": poll,
        "definition": definition,
        "snapshot": newest.seen_by(snapshots.STAFF, poll.pk),
        "is_hidden": seen is not None and not snapshots.ANYBODY.may_see(seen),
        "before": before,
        "after": after,
    }
    return shared.page(request, "polls/host/remote.html", context)


def _press(request: HttpRequest, poll: Poll) -> HttpResponse:
    press = request.POST.get("press", "")
    try:
        if press in (BEFORE, AFTER):
            return _go(request, poll, press)
        if press not in (Deed.SHOW, Deed.HIDE):
            raise RefusedError(400, "bad_press", gettext("There is no such button. Load the page again."))
        room.press(poll.pk, Deed(press))
    except RedisUnavailableError as error:
        detail = gettext("The projector can't be reached just now. Try again, or use its keyboard.")
        raise RefusedError(503, "unavailable", detail) from error
    show, hide = (
        gettext("The projector was told to show the result."),
        gettext("The projector was told to hide the result."),
    )
    return done(request, poll, "pressed", show if press == Deed.SHOW else hide)


def _go(request: HttpRequest, poll: Poll, where: str) -> HttpResponse:
    """Move projectors and remote to the poll before or after this one. Raises RedisUnavailableError."""
    before, after = Poll.objects.shown_by(host_of(request)).beside(poll.pk)
    slug = before if where == BEFORE else after
    if slug is None:
        raise RefusedError(409, "not_possible", gettext("There are no more polls."))
    room.press(poll.pk, Deed.GO, slug)
    if wants_json(request):
        return done(request, poll, "pressed", gettext("The projector was told to go to another poll."), slug=slug)
    return redirect("host_remote", slug)

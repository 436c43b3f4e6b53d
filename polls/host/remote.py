"""The remote: its buttons, pressed on a phone, control the projectors of the poll.

In an event that is led from its host's pages, the buttons to the polls before and after lead the whole event.

A button acts as a key pressed at the projector and gives the projector no rights (docs/decisions/0025). Changes of the
poll itself, such as its closing time, are the actions that every host page has.
"""

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from core.stores.redis import RedisUnavailableError
from core.web.errors import wants_json
from polls.box import definitions
from polls.events import agendas
from polls.host.access import RefusedError, for_hosts, host_of, poll_of
from polls.host.answers import done
from polls.host.events import operations
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Event, Poll
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
    event = _led(request, poll)
    before, after = _beside(request, poll, event)
    context = {
        "event": event,
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
    except NotPossibleError as error:
        raise RefusedError(409, "not_possible", str(error)) from error
    except ObjectDoesNotExist as error:
        raise RefusedError(404, "not_found", gettext("This has been deleted meanwhile.")) from error
    except RedisUnavailableError as error:
        detail = gettext("The projector can't be reached just now. Try again, or use its keyboard.")
        raise RefusedError(503, "unavailable", detail) from error
    show, hide = (
        gettext("The projector was told to show the result."),
        gettext("The projector was told to hide the result."),
    )
    return done(request, poll, "pressed", show if press == Deed.SHOW else hide)


def _go(request: HttpRequest, poll: Poll, where: str) -> HttpResponse:
    """Move projectors and remote to the poll before or after this one; in an event the audience, too.

    Raises RedisUnavailableError, ObjectDoesNotExist for what was deleted meanwhile, and NotPossibleError if the poll
    can't be opened.
    """
    event = _led(request, poll)
    before, after = _beside(request, poll, event)
    slug = before if where == BEFORE else after
    if slug is None:
        raise RefusedError(409, "not_possible", gettext("There are no more polls."))
    if event is None:
        room.press(poll.pk, Deed.GO, slug)
    else:
        operations.put_on(host_of(request), event, slug)
    if wants_json(request):
        return done(request, poll, "pressed", gettext("The projector was told to go to another poll."), slug=slug)
    if event is not None and not Poll.objects.hosted_by(host_of(request)).filter(slug=slug).exists():
        return redirect("host_event", event.slug)  # it is another host's, as is its remote
    return redirect("host_remote", slug)


def _led(request: HttpRequest, poll: Poll) -> Event | None:
    """Return the event that the poll stands in, if the caller leads it and people follow."""
    return Event.objects.hosted_by(host_of(request)).filter(places__poll=poll, self_paced=False).first()


def _beside(request: HttpRequest, poll: Poll, event: Event | None) -> tuple[str | None, str | None]:
    """Return the slugs of the polls before and after: in their event, or among those that the host may show."""
    if event is None:
        return Poll.objects.shown_by(host_of(request)).beside(poll.pk)
    agenda = agendas.read(pk=event.pk)
    if agenda is None or not agenda.place_of(poll.pk):
        return None, None  # it has left the event meanwhile
    before, after = agenda.beside(poll.pk)
    return None if before is None else before.slug, None if after is None else after.slug

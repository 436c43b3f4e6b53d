"""The presenter page: a poll on the projector of a room, controlled by keys.

The room sees what the projector shows. So it gets what anybody may see, unless the host has shown (`?result=shown`) or
hidden (`?result=hidden`) the result by a key. Hidden results are not in the page at all.
"""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.stores import postgres
from core.web import origins, qr
from polls.box import definitions
from polls.box.definition import Definition
from polls.events import agendas
from polls.events.agenda import Agenda
from polls.models import Poll, State
from polls.results import snapshots
from polls.views import events
from polls.views.shared import (
    as_seen,
    needs_a_store,
    page_of_poll,
    published,
    receipt_of_this_round,
)
from polls.views.shared import (
    is_host as is_a_host,
)
from polls.voting import receipts

#: Values of `?result=`, which the keys set.
SHOWN, HIDDEN = "shown", "hidden"


@never_cache
@require_safe
@needs_a_store
def present(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the poll for a projector, as it is now; static/present.js goes on from there."""
    poll = published(definitions.cache.get(slug))
    event = agendas.cache.of_poll(poll.id)
    asked = request.GET.get("result", "")
    newest = snapshots.newest([poll.id])
    receipt = receipt_of_this_round(request, poll)
    by_anybody = newest.seen_by(snapshots.ANYBODY, poll.id)
    seen = as_seen(request, poll, newest, receipt) if asked == SHOWN else by_anybody
    by_key = asked == HIDDEN and by_anybody is not None and not snapshots.hides(by_anybody)
    if asked == HIDDEN and by_anybody is not None:
        seen = snapshots.without_totals(by_anybody)

    def further() -> dict[str, Any]:
        return {
            "asked": asked if asked in (SHOWN, HIDDEN) else "",
            "by_key": by_key,
            "results_token": None if receipt is None else receipts.results_token(poll.id, receipt.cast.round),
            **_around(request, poll, event),
            "qr": qr.inline(f"{origins.join_url(request)}/{poll.code if event is None else event.code}"),
            "only_here": origins.is_for_this_machine_alone(request),
        }

    return page_of_poll(request, "polls/present.html", poll, seen, receipt, further)


def _around(request: HttpRequest, poll: Definition, event: Agenda | None) -> dict[str, Any]:
    """Return whether the caller hosts this poll, and the slugs of the polls before and after it.

    In an event these are its neighbours there, and `steps` says whether the caller may put them on. Else hosts go
    through their own polls as they were made, unopened ones included; others through those of the home page.
    """

    def ask() -> dict[str, Any]:
        polls = Poll.objects.filter(tally__state__in=[State.OPEN, State.SEALING, State.FINAL], tally__is_test=False)
        hosted = Poll.objects.shown_by(cast("User", request.user)) if is_a_host(request) else Poll.objects.none()
        is_host = hosted.filter(pk=poll.id).exists()
        if event is not None:
            return {"is_host": is_host, **_in_event(request, poll, event)}
        before, after = (hosted if is_host else polls.filter(is_listed=True)).beside(poll.id)
        return {"is_host": is_host, "before": before, "after": after}

    try:
        with postgres.bounded():
            return ask()
    except PostgresError:
        return {"is_host": False, "before": None, "after": None}


def _in_event(request: HttpRequest, poll: Definition, event: Agenda) -> dict[str, Any]:
    steps = not event.self_paced and events.hosts(request, event)
    before, after = event.beside(poll.id)
    if not steps:
        before, after = (item if item is not None and item.is_published else None for item in (before, after))
    return {"steps": steps, "before": before and before.slug, "after": after and after.slug}

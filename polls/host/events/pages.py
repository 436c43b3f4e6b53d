"""The pages of a host's events: the list, one event, and its sheet to print."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.web import origins, qr
from polls.box import definitions
from polls.events import agendas
from polls.host.access import for_hosts, host_of
from polls.host.events.access import event_of, is_owner
from polls.host.events.forms import NewEventForm, RulesForm, ShareForm, rules_of
from polls.models import Event, Poll, State, new_code
from polls.results import snapshots
from polls.results.snapshots import STAFF
from polls.views import shared
from polls.voting import players

#: Events on one page of the list, and polls that are offered to be added.
ROWS_SHOWN = 20
OFFERED = 100


@for_hosts
def events(request: HttpRequest) -> HttpResponse:
    """Show the host's events."""
    return draw_events(request, NewEventForm(initial={"code": new_code()}))


def draw_events(request: HttpRequest, form: NewEventForm, status: int = 200) -> HttpResponse:
    """Return the list of events, with the form of a new one as it is."""
    mine = Event.objects.hosted_by(host_of(request)).annotate(size=Count("places")).order_by("-created_at", "-id")
    context = {"events": Paginator(mine, ROWS_SHOWN).get_page(request.GET.get("page")), "form": form}
    return shared.page(request, "polls/host/events/events.html", context, status)


@for_hosts
def event(request: HttpRequest, event: str) -> HttpResponse:
    """Show an event with all that its host can do."""
    return draw_event(request, event_of(request, event))


def draw_event(
    request: HttpRequest,
    event: Event,
    *,
    rules: RulesForm | None = None,
    share: ShareForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page of one event, with these forms as they are."""
    polls = Poll.objects.filter(place__event=event).select_related("tally").order_by("place__position", "pk")
    mine = set(Poll.objects.hosted_by(host_of(request)).filter(place__event=event).values_list("pk", flat=True))
    free = Poll.objects.hosted_by(host_of(request)).filter(tally__isnull=False, place__isnull=True)
    context = {
        "event": event,
        "agenda": agendas.read(pk=event.pk),
        "polls": polls,
        "mine": mine,
        "free": free.order_by("-created_at", "-id")[:OFFERED],
        "rules": rules or RulesForm(initial=rules_of(event)),
        "share": share or ShareForm(),
        "is_owner": is_owner(request, event),
        "scores": players.scores(event.pk) if event.scores else None,
        **_on(event),
        **_around(request, event),
    }
    return shared.page(request, "polls/host/events/event.html", context, status)


def _on(event: Event) -> dict[str, Any]:
    """Return the poll that is on, as the list of polls shows an open one."""
    on = Poll.objects.filter(pk=event.current_id or 0).select_related("tally").prefetch_related("choices").first()
    if on is None or not event.is_on or event.self_paced or on.tally.state == State.DRAFT:
        return {}
    snapshot = snapshots.newest([on.pk]).seen_by(STAFF, on.pk)
    return {"poll": on, "definition": definitions.of(on), "snapshot": snapshot}


def _around(request: HttpRequest, event: Event) -> dict[str, Any]:
    address = f"{origins.join_url(request)}/{event.code}"
    return {
        "join_address": address,
        "qr": qr.inline(address, qr.QUIET_ZONE),
        "only_here": origins.is_for_this_machine_alone(request),
    }


@for_hosts
def sheet(request: HttpRequest, event: str) -> HttpResponse:
    """Show a sheet to print, with title, QR code, address and code."""
    found = event_of(request, event)
    shown = {"event": found, "title": found.title, "code": found.code, **_around(request, found)}
    return render(request, "polls/host/events/sheet.html", shown)

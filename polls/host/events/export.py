"""The results of all polls of an event: as a table, as JSON, and as a page to print. Hosts see all of them."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from polls.box import definitions
from polls.host.access import for_hosts
from polls.host.events.access import event_of
from polls.models import Event, Poll, State
from polls.results import export, snapshots
from polls.results.snapshots import STAFF, Seen


def _results(event: Event) -> list[tuple[Poll, Seen]]:
    """Return the polls of an event that were ever opened, in their order, with what their hosts see."""
    polls = Poll.objects.filter(place__event=event).select_related("tally").prefetch_related("choices")
    opened = list(polls.exclude(tally__state__in=[State.DRAFT, State.SCHEDULED]).order_by("place__position", "pk"))
    newest = snapshots.newest([poll.pk for poll in opened])
    seen = [(poll, newest.seen_by(STAFF, poll.pk)) for poll in opened]
    return [(poll, snapshot) for poll, snapshot in seen if snapshot is not None]


@for_hosts
def csv(request: HttpRequest, event: str) -> HttpResponse:
    """Send one table of all results. `?separator=` is as for results.csv."""
    found = event_of(request, event)
    separator = export.separator_of(request.GET.get("separator"), request.LANGUAGE_CODE)
    table = export.as_csv((snapshot for _, snapshot in _results(found)), separator)
    headers = {"Content-Disposition": f'attachment; filename="{found.slug}-results.csv"'}
    return HttpResponse(table, content_type="text/csv; charset=utf-8", headers=headers)


@for_hosts
def json(request: HttpRequest, event: str) -> HttpResponse:
    """Send the snapshots of all results."""
    found = event_of(request, event)
    told = {
        "type": "event_results",
        "event": {"slug": found.slug, "title": found.title, "code": found.code},
        "polls": [snapshot for _, snapshot in _results(found)],
    }
    return JsonResponse(told, headers={"Content-Disposition": f'attachment; filename="{found.slug}-results.json"'})


@for_hosts
def page_to_print(request: HttpRequest, event: str) -> HttpResponse:
    """Show all results on one page."""
    found = event_of(request, event)
    results = [{"poll": definitions.of(poll), "snapshot": snapshot} for poll, snapshot in _results(found)]
    return render(request, "polls/host/events/results.html", {"event": found, "results": results})

"""The pages of a host: the list of polls, one poll, its rounds as CSV, and the preview."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from polls.box import definitions
from polls.counting import networks
from polls.host import capacity, entries, history, joining, limits
from polls.host.access import for_hosts, host_of, is_owner, poll_of
from polls.host.embeds import EmbedForm, snippets
from polls.host.forms import QuickForm, ShareForm
from polls.lifecycle import transitions
from polls.models import Poll, State, new_code
from polls.results import export, snapshots
from polls.results.snapshots import STAFF
from polls.views import shared
from polls.voting import live_drill

#: Open polls on one page: each holds a WebSocket of its own.
OPEN_SHOWN = 10
#: Rows of a table on one page.
ROWS_SHOWN = 20
#: Lines of the history that are shown.
HISTORY_SHOWN = 20
#: Other kinds than scales have none.
_STATEMENTS = Count("choices__statement", filter=~Q(choices__statement=""), distinct=True)
#: States that the list counts as open.
_OPEN = (State.OPEN, State.SEALING)


@for_hosts
def polls(request: HttpRequest) -> HttpResponse:
    """Show the host's polls: open ones with live counts, the others as a table."""
    return draw_polls(request, QuickForm(initial={"code": new_code()}))


def draw_polls(request: HttpRequest, quick: QuickForm, status: int = 200) -> HttpResponse:
    """Return the page of a host's polls, with the form `quick` as it is."""
    mine = Poll.objects.hosted_by(host_of(request)).filter(tally__isnull=False)
    running = _page_of(request, "open", mine.filter(tally__state__in=_OPEN).prefetch_related("choices"), OPEN_SHOWN)
    others = (
        mine.exclude(tally__state__in=_OPEN)
        .annotate(number_of_choices=Count("choices"), number_of_statements=_STATEMENTS)
        .order_by("-created_at", "-id")
    )
    newest = snapshots.newest([poll.pk for poll in running])
    context = {
        "running": running,
        "items": [
            {"poll": poll, "definition": definitions.of(poll), "snapshot": newest.seen_by(STAFF, poll.pk)}
            for poll in running
        ],
        "others": _page_of(request, "page", others, ROWS_SHOWN),
        "capacity": capacity.last(),
        "quick": quick,
    }
    return shared.page(request, "polls/host/polls.html", context, status)


def _page_of(request: HttpRequest, name: str, found: QuerySet[Poll], size: int) -> Page[Poll]:
    return Paginator(found, size).get_page(request.GET.get(name))


@for_hosts
def poll(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a poll with all actions of its host."""
    return draw_poll(request, poll_of(request, slug), ShareForm())


def draw_poll(
    request: HttpRequest, poll: Poll, share: ShareForm, status: int = 200, *, embed: EmbedForm | None = None
) -> HttpResponse:
    """Return the page of one poll, with the forms `share` and `embed` as they are."""
    context = {
        "poll": poll,
        "definition": definitions.of(poll),
        "snapshot": snapshots.newest([poll.pk]).seen_by(STAFF, poll.pk),
        "is_unopened": poll.tally.state in transitions.UNOPENED,
        "is_owner": is_owner(host_of(request), poll),
        "rounds": poll.past_rounds.order_by("round"),
        "share": share,
        "embed": embed or EmbedForm(initial={"origins": "\n".join(poll.embed_origins)}),
        "snippets": list(snippets(request, poll)),
        "entries": entries.page_of(request, poll),
        "networks": networks.busiest(poll.pk),
        "limits": limits.said(poll),
        "history": history.of(poll)[:HISTORY_SHOWN],
        "may_break": live_drill.is_available() and host_of(request).is_superuser,
        **joining.around(request, poll),
    }
    return shared.page(request, "polls/host/poll.html", context, status)


@for_hosts
def rounds_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the results of all rounds as one table, the present round last. `?separator=` is as for results.csv."""
    poll = poll_of(request, slug)
    rounds: list[Mapping[str, Any]] = [
        {**past.snapshot, "sent_at": past.ended_at.isoformat(timespec="milliseconds")}
        for past in poll.past_rounds.order_by("round")
    ]
    present = snapshots.newest([poll.pk]).seen_by(STAFF, poll.pk)
    rounds += [] if present is None else [present]
    separator = export.separator_of(request.GET.get("separator"), request.LANGUAGE_CODE)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-rounds.csv"'}
    return HttpResponse(export.as_csv(rounds, separator), content_type="text/csv; charset=utf-8", headers=headers)


@for_hosts
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the vote page as voters will see it. A vote on it is not stored."""
    poll = replace(definitions.of(poll_of(request, slug)), state=State.OPEN, is_test=False)
    said = gettext("This is only a preview. Nothing was stored.")
    context = {
        "poll": poll,
        "page": "",
        "mine": None,
        "snapshot": None,
        "error": {"code": 0, "status": "preview", "detail": said} if request.method == "POST" else None,
        "tried": [],
    }
    return shared.page(request, "polls/host/preview.html", context)

"""Shared by the views: published polls, what a caller may see, and answers with pages."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import Error as PostgresError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.html import json_script
from django.utils.translation import gettext

from core.web import iframes, origins
from core.web.errors import answer
from core.web.kept import keep
from polls import people
from polls.box import definitions
from polls.box.definition import Definition
from polls.events import agendas
from polls.models import State
from polls.results import snapshots
from polls.results.snapshots import ANYBODY, STAFF, Newest, Seen, Viewer
from polls.views import drawn
from polls.views.drawn import Own
from polls.voting import errors, receipts, tickets
from polls.voting.errors import CastError
from polls.voting.receipts import Receipt

#: Seconds for which a result that everybody may see is given to all who ask, as pages without WebSockets do.
RESULT_KEPT_S = 0.1


def needs_a_store(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 503 if neither store knows the poll."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except definitions.NobodyKnowsError:
            if request.method != "POST":
                detail = gettext("This poll can't be read just now. Try again in a moment.")
                return answer(request, 503, "unavailable", detail, errors.RETRY_AFTER)
            error = errors.UnknownError() if "receipt" in request.POST else errors.NotRecordedError()
            return refused(request, error)

    return wrapper


def refused(request: HttpRequest, error: CastError) -> HttpResponse:
    """Return the answer to what was not taken, where the page of the poll can't say it, or a program asks."""
    return answer(request, error.code, error.status, str(error), error.retry_after)


def say_when(response: HttpResponse, error: CastError | None) -> HttpResponse:
    """Return a page that says what is wrong, with when to try again, if the error says so."""
    if error is not None and error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def published(definition: Definition | None) -> Definition:
    """Return the poll. Raises Http404 if there is none or it is a draft."""
    if definition is None or definition.state == State.DRAFT:
        raise Http404
    return definition


def receipt_of_this_round(request: HttpRequest, definition: Definition) -> Receipt | None:
    """Return the receipt of the voter's accepted vote in this round; None without one."""
    receipt = receipts.kept(request, definition.id)
    if receipt is not None and definition.electorate:
        receipt = receipts.kept_by(request, definition, tickets.voter_of(request, definition))
    if receipt is None or receipt.status == "unknown" or receipt.cast.round != definition.round:
        return None
    return receipt


def as_seen(request: HttpRequest, definition: Definition, newest: Newest, receipt: Receipt | None) -> Seen | None:
    """Return the snapshot without what the result rule hides from this caller; None if there is none.

    A frame may be part of what a host shows to others: in it hosts see no more than anybody.
    """
    snapshot, viewer = newest.snapshots.get(definition.id), _voter(receipt)
    if snapshot is None or viewer.may_see(snapshot) or iframes.is_framed(request):
        return newest.seen_by(viewer, definition.id)
    if _sees_totals(request, definition):
        viewer = STAFF
    return newest.seen_by(viewer, definition.id)


def only_hosts_see(snapshot: Seen | None, definition: Definition, newest: Newest, receipt: Receipt | None) -> bool:
    """Tell whether a snapshot has totals only because the caller is a host."""
    if snapshot is None or snapshots.hides(snapshot):
        return False
    return not _voter(receipt).may_see(newest.snapshots[definition.id])


def _voter(receipt: Receipt | None) -> Viewer:
    return ANYBODY if receipt is None else Viewer(receipt.cast.round)


def send_result(request: HttpRequest, told: Seen, vary: str, *, is_for_all: bool) -> HttpResponse:
    """Send a result with an ETag that leaves out when it was sent, or 304 for one that the caller has.

    `vary` names the headers that it depends on. A result for all is kept for a moment, and sent to everybody who asks
    for this address.
    """
    etag = snapshots.etag(told)
    response = JsonResponse(told, headers={"ETag": etag, "Cache-Control": "no-cache", "Vary": vary})
    sent = get_conditional_response(request, etag=etag, response=response) or response
    return keep(sent, response, RESULT_KEPT_S) if is_for_all else sent


def is_host(request: HttpRequest) -> bool:
    """Tell whether the caller is a host; False while Postgres does not answer. Costs two queries."""
    return _asked(request, lambda: people.may_host(request.user))


def _sees_totals(request: HttpRequest, definition: Definition) -> bool:
    return _asked(request, lambda: people.may_see_totals(request.user, definition.id))


def _asked(request: HttpRequest, question: Callable[[], bool]) -> bool:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return question()
    except PostgresError:
        return False


def page_of_poll(
    request: HttpRequest,
    template: str,
    poll: Definition,
    seen: Seen | None,
    receipt: Receipt | None,
    further: Callable[[], Mapping[str, Any]],
    own: Own = drawn.nothing,
    status: int | None = None,
) -> HttpResponse:
    """Answer with a page of a poll, with the event that it stands in.

    All callers without a receipt share one, so `further` is seldom called.

    `own` returns the visitor's own values (drawn.respond). A page with a status is for one caller.
    """
    frame = iframes.of(request)
    event = None if frame else agendas.cache.of_poll(poll.id)  # a frame stays with its poll

    def context() -> dict[str, Any]:
        place = 0 if event is None else event.place_of(poll.id)
        shown = {"poll": poll.with_entries(seen), "snapshot": seen}
        return {**shown, "event": event, "place": place, "frame": frame, **further()}

    if status is not None or receipt is not None or not drawn.may_be_shared(request):
        response = HttpResponse(status=status)
        response.content = render_to_string(template, {**context(), **own(request, response)}, request)
        return origins.let_follow(request, response)
    script = str(json_script(seen, "snapshot"))

    def with_snapshot(request: HttpRequest, response: HttpResponse) -> Mapping[str, str]:
        return {"snapshot_script": script, **own(request, response)}

    return origins.let_follow(request, drawn.respond(request, template, (poll, event, frame), context, with_snapshot))


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Answer with a page that may open a WebSocket to the result service and ask it for results."""
    return origins.let_follow(request, render(request, template, context, status=status))

"""The pages of the polls, and their JSON."""

import logging
import time
from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.telemetry import metrics
from core.web import iframes
from core.web.errors import answer, wants_json
from polls.box import definitions
from polls.box.definition import Definition
from polls.events import agendas
from polls.models import EntryState
from polls.results import export, snapshots
from polls.views import admission, live_drill
from polls.views.shared import (
    as_seen,
    needs_a_store,
    only_hosts_see,
    page_of_poll,
    published,
    receipt_of_this_round,
    refused,
    say_when,
    send_result,
)
from polls.voting import casting, entries, receipts, submission, tickets, voters
from polls.voting.errors import RETRY_AFTER, AlreadyVotedError, CastError, NoTicketError, SlowedError
from polls.voting.receipts import Receipt, VoteStatus

logger = logging.getLogger(__name__)


# Voting --------------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs_a_store
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """GET draws the vote page, POST takes a vote. No Postgres on the way of a POST, as long as the poll is known."""
    if request.method == "POST":
        return take_vote(request, published(definitions.cache.to_enter(slug)))
    definition = published(definitions.cache.get(slug))
    return (
        admission.admit(request, definition, vote_page) if definition.needs_ticket else vote_page(request, definition)
    )


def take_vote(request: HttpRequest, definition: Definition) -> HttpResponse:
    """Take the vote in this POST."""
    began = time.perf_counter()
    voter = tickets.voter_of(request, definition)
    try:
        tickets.need(request, definition)
        again = submission.read_receipt(request, definition, voter)
        if again is None:
            receipt = casting.cast(definition, submission.read(request, definition, voter))
        else:
            receipt = casting.cast_again(definition, again)
    except CastError as error:
        (metrics.refused if error.code < 500 else metrics.failed).add()
        _log(definition, error.status, None, began)
        if isinstance(error, AlreadyVotedError):
            response = _refusal_of_second(request, definition, error)
        else:
            response = _refusal(request, definition, error)
    else:
        _log(definition, receipt.status, receipt.position, began)
        response = _acceptance(request, request.path, receipt, **live_drill.told(request, definition))
    voters.remember(response, voter)
    return response


@never_cache
@require_POST
@needs_a_store
def write_entry(request: HttpRequest, slug: str) -> HttpResponse:
    """Take an entry that a voter of an open list has written, and the vote for it."""
    return take_entry(request, published(definitions.cache.to_enter(slug)))


def take_entry(request: HttpRequest, definition: Definition) -> HttpResponse:
    """Take the entry in this POST, and the vote for it."""
    if not definition.kind.takes_entries:
        raise Http404
    voter = tickets.voter_of(request, definition)
    try:
        entry, receipt = entries.write(request, definition, voter)
    except CastError as error:
        response = _refusal(request, definition, error)
    else:
        told = {"id": entry.id, "text": entry.text, "is_shown": entry.state == EntryState.SHOWN}
        more = {"selections": receipt.cast.selections, **live_drill.told(request, definition)}
        response = _acceptance(request, _path_of(request, definition), receipt, entry=told, **more)
    voters.remember(response, voter)
    return response


def _log(definition: Definition, status: str, position: str | None, began: float) -> None:
    """Log one line a vote, for debugging. Never who has voted, or what."""
    if logger.isEnabledFor(logging.DEBUG):
        took_ms = round(1000 * (time.perf_counter() - began), 2)
        fields = {
            "poll": definition.slug,
            "box": definition.box,
            "status": status,
            "position": position,
            "took_ms": took_ms,
        }
        logger.debug("vote in %s: %s at %s in %s ms", definition.slug, status, position, took_ms, extra=fields)


def _acceptance(request: HttpRequest, path: str, receipt: Receipt, **more: Any) -> HttpResponse:
    """Answer a vote in the poll whose vote page is at `path`; `more` is for scripts."""
    signed = receipt.signed()
    response: HttpResponse
    if wants_json(request):
        status = 200 if receipt.status == "counted" else 202
        response = JsonResponse({**_told(receipt, signed), **more}, status=status)
    else:
        response = HttpResponse(status=303, headers={"Location": path})
    receipts.keep(request, response, receipt, signed, path=path)
    return response


def _told(receipt: Receipt, signed: str) -> dict[str, Any]:
    return {
        "status": receipt.status,
        "round": receipt.cast.round,
        "box": receipt.box,
        "position": receipt.position,
        "receipt": signed,
        "receipt_code": receipt.code,
        "pass": receipts.results_token(receipt.poll_id, receipt.cast.round),
    }


def _refusal_of_second(request: HttpRequest, definition: Definition, error: AlreadyVotedError) -> HttpResponse:
    """Refuse another vote where votes can't be changed, and give the browser the one that stands."""
    first = error.first
    signed = first.signed()
    response: HttpResponse
    if wants_json(request):
        vote = {**_told(first, signed), "selections": first.cast.selections}
        response = JsonResponse({"status": error.status, "detail": str(error), "vote": vote}, status=error.code)
    else:
        response = vote_page(request, _newest_known(definition), error, first)
    receipts.keep(request, response, first, signed, stands=True)
    return response


def _refusal(request: HttpRequest, definition: Definition, error: CastError) -> HttpResponse:
    if wants_json(request):
        response = _told_refusal(request, error)
    elif isinstance(error, NoTicketError):
        response = admission.ask(request, _newest_known(definition), error)
    else:
        response = say_when(vote_page(request, _newest_known(definition), error), error)
    if error.cast is not None:
        # It may count: the voter's next cast has to be later than this one, at whichever web service it is stamped.
        receipt = Receipt(definition.id, error.cast, "unknown")
        receipts.keep(request, response, receipt, receipt.signed(), path=_path_of(request, definition))
    return response


def _told_refusal(request: HttpRequest, error: CastError) -> HttpResponse:
    """Return a refusal as JSON, with the work that is asked for."""
    if isinstance(error, SlowedError):
        told = {"status": error.status, "detail": str(error), "work": asdict(error.work)}
        return JsonResponse(told, status=error.code, headers={"Cache-Control": "no-store"})
    return refused(request, error)


def _path_of(request: HttpRequest, definition: Definition) -> str:
    """Return the path of the poll's vote page, in a frame that of the frame."""
    return reverse("embed" if iframes.is_framed(request) else "vote", args=[definition.slug])


def _newest_known(definition: Definition) -> Definition:
    """Return the newest definition after a refusal, which may mean that the cached one is stale."""
    try:
        return definitions.cache.get(definition.slug) or definition
    except definitions.NobodyKnowsError:
        return definition


def vote_page(
    request: HttpRequest, definition: Definition, error: CastError | None = None, first: Receipt | None = None
) -> HttpResponse:
    """Answer with the vote page, or with the frame of it; with an error, or the vote that stands."""
    receipt = first or receipt_of_this_round(request, definition)
    newest = snapshots.newest([definition.id])
    seen = as_seen(request, definition, newest, receipt)
    is_framed = iframes.is_framed(request)

    def own(visit: HttpRequest, response: HttpResponse) -> dict[str, str]:
        if is_framed:
            iframes.enter(visit)
        voter = tickets.voter_of(visit, definition)
        voters.remember(response, voter)
        return {"page": submission.Page.now(definition.round).signed(voter)}

    def further() -> dict[str, Any]:
        return {
            "mine": None if receipt is None else VoteStatus(receipt, newest.snapshots.get(definition.id)),
            "error": None if error is None else {"code": error.code, "status": error.status, "detail": str(error)},
            "tried": [] if error is None else submission.readable_choices(request, definition),
            **live_drill.told(request, definition),
            "written": "" if error is None else request.POST.get("text", ""),
        }

    status = None if error is None else error.code
    template = "polls/embed/vote.html" if is_framed else "polls/vote.html"
    return page_of_poll(request, template, definition, seen, receipt, further, own, status)


# Results -------------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@needs_a_store
def show_results(request: HttpRequest, slug: str) -> HttpResponse:
    """The live result page."""
    definition = published(definitions.cache.get(slug))
    receipt = receipt_of_this_round(request, definition)
    newest = snapshots.newest([definition.id], with_waiting=True)
    snapshot = as_seen(request, definition, newest, receipt)

    def further() -> dict[str, Any]:
        token = None if receipt is None else receipts.results_token(definition.id, receipt.cast.round)
        return {
            "only_hosts_see": only_hosts_see(snapshot, definition, newest, receipt),
            "results_token": token,
            "order": "votes" if request.GET.get("order") == "votes" else "",
        }

    return page_of_poll(request, "polls/results.html", definition, snapshot, receipt, further)


@require_safe
@needs_a_store
def results_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The snapshot, with an ETag that leaves out when it was sent. With `?view=audience` as anybody sees it."""
    definition = published(definitions.cache.get(slug))
    newest = snapshots.newest([definition.id], with_waiting=True)
    if request.GET.get("view") == "audience":
        snapshot = newest.seen_by(snapshots.ANYBODY, definition.id)
    else:
        snapshot = as_seen(request, definition, newest, receipt_of_this_round(request, definition))
    if snapshot is None:
        return _not_known(request)
    agenda = agendas.cache.of_poll(definition.id)
    told: Any = snapshot if agenda is None else {**snapshot, "event": agenda.told()}
    is_for_all = snapshots.ANYBODY.may_see(newest.snapshots[definition.id])
    return send_result(request, told, "Cookie", is_for_all=is_for_all)


@require_safe
@needs_a_store
def results_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the result as a table; 403 while the result is hidden from the caller.

    `?separator=` is comma, semicolon or tab; without it what spreadsheets of the caller's language read.
    """
    definition = published(definitions.cache.get(slug))
    newest = snapshots.newest([definition.id])
    snapshot = as_seen(request, definition, newest, receipt_of_this_round(request, definition))
    if snapshot is None:
        return _not_known(request)
    if snapshots.hides(snapshot):
        return answer(request, 403, "hidden", gettext("The result of this poll is hidden."))
    headers = {
        "Content-Disposition": f'attachment; filename="{slug}-results.csv"',
        "Cache-Control": "no-cache",
        "Vary": "Cookie",
    }
    separator = export.separator_of(request.GET.get("separator"), request.LANGUAGE_CODE)
    return HttpResponse(export.as_csv([snapshot], separator), content_type="text/csv; charset=utf-8", headers=headers)


def _not_known(request: HttpRequest) -> HttpResponse:
    return answer(request, 503, "not_known", gettext("The totals can't be read just now."), RETRY_AFTER)

"""The pages of the polls, and their JSON."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import Error as PostgresError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from polls import casting, definitions, forms, receipts, refusals, results, voters
from polls.casting import Accepted
from polls.definitions import Definition
from polls.models import Poll, State
from polls.receipts import Mine, Receipt
from polls.refusals import CastError
from polls.results import Newest, Snapshot
from votingsite import doors, meters, postgres
from votingsite.errors import answer, wants_json

logger = logging.getLogger(__name__)

#: Seconds after which a page that could not be drawn may be asked for again.
RETRY_AFTER = 2


def _needs_a_store(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 503 where neither store can say what the poll is."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except definitions.NobodyKnowsError:
            error = refusals.unknown() if "receipt" in request.POST else refusals.not_recorded()
            return answer(request, error.code, error.status, str(error), error.retry_after)

    return wrapper


def _published(definition: Definition | None) -> Definition:
    if definition is None or definition.state == State.DRAFT:
        raise Http404
    return definition


# Voting --------------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_needs_a_store
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """GET draws the vote page, POST takes a vote. No Postgres on the way of a POST, as long as the poll is known."""
    if request.method == "POST":
        return _take_vote(request, _published(definitions.cache.for_cast(slug)))
    definition = _published(definitions.cache.get(slug))
    voter = voters.of(request)
    response = _vote_page(request, definition)
    voters.remember(response, voter)
    return response


def _take_vote(request: HttpRequest, definition: Definition) -> HttpResponse:
    began = time.perf_counter()
    voter = voters.of(request)
    try:
        again = forms.read_receipt(request, definition, voter)
        if again is None:
            accepted = casting.cast(definition, forms.read_ballot(request, definition, voter))
        else:
            accepted = casting.cast_again(definition, again)
    except CastError as error:
        (meters.refused if error.code < 500 else meters.failed).add()
        _log(definition, error.status, None, began)
        response = _refusal(request, definition, error)
    else:
        _log(definition, "counted" if accepted.position is None else "received", accepted.position, began)
        response = _acceptance(request, accepted)
    voters.remember(response, voter)
    return response


def _log(definition: Definition, status: str, position: str | None, began: float) -> None:
    """One line a vote, for whoever looks for a fault. Never who has voted, or what."""
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


def _acceptance(request: HttpRequest, accepted: Accepted) -> HttpResponse:
    receipt = Receipt.of(accepted)
    signed = receipt.signed()
    response: HttpResponse
    if wants_json(request):
        content = {
            "status": receipt.status,
            "round": receipt.cast.round,
            "box": receipt.box,
            "position": receipt.position,
            "receipt": signed,
            "receipt_code": receipt.code,
            "pass": receipts.new_pass(receipt.poll_id, receipt.cast.round),
        }
        response = JsonResponse(content, status=200 if receipt.position is None else 202)
    else:
        response = HttpResponse(status=303, headers={"Location": request.path})
    receipts.keep(request, response, accepted.definition.slug, receipt, signed)
    return response


def _refusal(request: HttpRequest, definition: Definition, error: CastError) -> HttpResponse:
    if wants_json(request):
        response = answer(request, error.code, error.status, str(error), error.retry_after)
    else:
        response = _vote_page(request, _newest_known(definition), error)
        if error.retry_after is not None:
            response["Retry-After"] = str(error.retry_after)
    if error.cast is not None:
        # It may count: the voter's next cast has to be later than this one, at whichever door it is stamped.
        receipt = Receipt(definition.id, error.cast, "unknown")
        receipts.keep(request, response, definition.slug, receipt, receipt.signed())
    return response


def _newest_known(definition: Definition) -> Definition:
    """The refusal may be news to this process too."""
    try:
        return definitions.cache.get(definition.slug) or definition
    except definitions.NobodyKnowsError:
        return definition


def _vote_page(request: HttpRequest, definition: Definition, error: CastError | None = None) -> HttpResponse:
    receipt = _receipt_of_this_round(request, definition)
    newest = results.newest([definition.id])
    context = {
        "poll": definition,
        "page": forms.Page.now(definition.round).signed(),
        "mine": None if receipt is None else Mine(receipt, newest.snapshots.get(definition.id)),
        "snapshot": _as_seen(request, definition, newest, receipt),
        "error": None if error is None else {"code": error.code, "status": error.status, "detail": str(error)},
        "tried": [] if error is None else forms.readable_choices(request),
    }
    return _page(request, "polls/vote.html", context, 200 if error is None else error.code)


# Results -------------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@_needs_a_store
def show_results(request: HttpRequest, slug: str) -> HttpResponse:
    """The live result page."""
    definition = _published(definitions.cache.get(slug))
    receipt = _receipt_of_this_round(request, definition)
    context = {
        "poll": definition,
        "snapshot": _as_seen(request, definition, results.newest([definition.id]), receipt),
        "voter_pass": None if receipt is None else receipts.new_pass(definition.id, receipt.cast.round),
    }
    return _page(request, "polls/results.html", context)


@require_safe
@_needs_a_store
def results_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The snapshot, with an ETag that leaves out when it was sent."""
    definition = _published(definitions.cache.get(slug))
    receipt = _receipt_of_this_round(request, definition)
    snapshot = _as_seen(request, definition, results.newest([definition.id]), receipt)
    if snapshot is None:
        return answer(request, 503, "not_known", "The totals can't be read just now.", RETRY_AFTER)
    etag = results.etag(snapshot)
    response = JsonResponse(snapshot, headers={"ETag": etag, "Cache-Control": "no-cache", "Vary": "Cookie"})
    return get_conditional_response(request, etag=etag, response=response) or response


def _receipt_of_this_round(request: HttpRequest, definition: Definition) -> Receipt | None:
    """The voter's present choice, if it was accepted."""
    receipt = receipts.kept(request, definition.id)
    if receipt is None or receipt.status == "unknown" or receipt.cast.round != definition.round:
        return None
    return receipt


def _as_seen(request: HttpRequest, definition: Definition, newest: Newest, receipt: Receipt | None) -> Snapshot | None:
    """The snapshot without what the poll's result rule hides from this caller; None if there is none."""
    snapshot = newest.snapshots.get(definition.id)
    if snapshot is None:
        return None
    round_ = None if receipt is None else receipt.cast.round
    totals = results.may_see(snapshot, voted_in=round_, is_staff=False) or _is_staff(request)
    return results.seen(snapshot, counting=newest.counting, totals=totals)


def _is_staff(request: HttpRequest) -> bool:
    """Asked only where it matters: it costs two queries. Nobody is staff while Postgres can't say."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return bool(getattr(request.user, "is_staff", False))
    except PostgresError:
        return False


# Finding a poll ------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The open polls; with just one, straight to it. With `?code=`, to the poll of that code."""
    code = request.GET.get("code", "").strip().strip("/")
    if code:
        slug = _slug_of(code)
        if slug is not None:
            return redirect("vote", slug)
    found = _listed()
    open_polls = [poll for poll in found if poll.state == State.OPEN]
    if len(open_polls) == 1 and not code:
        return redirect("results" if settings.DOOR == "result" else "vote", open_polls[0].slug)
    newest = results.newest([poll.id for poll in found])
    context = {
        "open_polls": _rows(request, open_polls, newest),
        "closed_polls": _rows(request, [poll for poll in found if poll.state != State.OPEN], newest),
        "code_error": f"No poll has the code {code[:20]}." if code else None,
    }
    return _page(request, "polls/home.html", context, 404 if code else 200)


#: Closed polls on the home page at most.
CLOSED_SHOWN = 20


def _listed() -> list[Definition]:
    """Open polls and the newest closed ones; what this process knows, while Postgres can't say."""
    try:
        return postgres.ask(_read_listed)
    except PostgresError:
        return [poll for poll in definitions.cache.known() if poll.state != State.DRAFT]


def _read_listed() -> list[Definition]:
    closed = definitions.read_all([State.SEALING, State.FINAL], limit=CLOSED_SHOWN)
    return definitions.read_all([State.OPEN]) + closed


def _rows(request: HttpRequest, polls: list[Definition], newest: Newest) -> list[dict[str, Any]]:
    rows = []
    for poll in polls:
        snapshot = _as_seen(request, poll, newest, None)
        rows.append({"poll": poll, "snapshot": snapshot, "voters": 0 if snapshot is None else snapshot["voters"]})
    return rows


@require_safe
def short_address(request: HttpRequest, code: str) -> HttpResponse:
    """The address on the projector leads to the vote page."""
    slug = _slug_of(code)
    if slug is None:
        raise Http404
    return redirect("vote", slug)


def _slug_of(code: str) -> str | None:
    try:
        return postgres.ask(Poll.objects.filter(code=code.lower()).values_list("slug", flat=True).first)
    except PostgresError:
        return next((poll.slug for poll in definitions.cache.known() if poll.code == code), None)


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page that may open a WebSocket to the result door and ask it for results."""
    response = render(request, template, context, status=status)
    sources = ["'self'", doors.websocket_url(request), doors.result_url(request)]
    response._csp_update = {"connect-src": sources}  # type: ignore[attr-defined]  # noqa: SLF001
    return response

"""A poll in a frame of another site: its ballot, or its result.

The host says which sites may show it. There a browser votes with cookies of its own (core.web.iframes), once for each
site; where it keeps none, the ballot opens in a window of its own.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from core.web import iframes
from core.web.errors import csrf_failure, wants_json
from polls.box import definitions
from polls.box.definition import Definition
from polls.results import snapshots
from polls.views import voting
from polls.views.shared import as_seen, needs_a_store, page_of_poll, published, receipt_of_this_round
from polls.voting import receipts

#: The value of `?show=` for the result, and of `?ballot=` where the browser keeps no cookies in frames.
RESULTS, IN_A_WINDOW = "results", "window"


# Django's token stands in a cookie that browsers keep out of frames. In its place each vote has the signed field that
# is good for the voter of this frame alone (P11), which no other site can read, and comes from a page of this site.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs_a_store
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the ballot, or with `?show=results` the result; POST takes a vote, as the vote page does."""
    shows_results = request.GET.get("show") == RESULTS
    if iframes.is_a_page(request):
        return redirect("results" if shows_results else "vote", slug)
    iframes.enter(request)
    is_vote = request.method == "POST"
    definition = published(definitions.cache.to_enter(slug) if is_vote else definitions.cache.get(slug))
    if is_vote:
        response = _take_vote(request, definition)
    elif shows_results:
        response = _results(request, definition)
    elif _needs_a_window(request, definition):
        response = _in_a_window(request, definition)
    else:
        response = voting.vote_page(request, definition)
    return iframes.allow(response, definition.embed_origins)


@csrf_exempt
@never_cache
@require_POST
@needs_a_store
def write_entry(request: HttpRequest, slug: str) -> HttpResponse:
    """Take an entry of an open list, as the vote page does."""
    iframes.enter(request)
    definition = published(definitions.cache.to_enter(slug))
    if not iframes.is_of_this_site(request):
        return csrf_failure(request)
    if definition.electorate and not wants_json(request):
        response = _in_a_window(request, definition, status=403)
    else:
        response = voting.take_entry(request, definition)
    return iframes.allow(response, definition.embed_origins)


def _needs_a_window(request: HttpRequest, definition: Definition) -> bool:
    """Tell whether nobody can vote in the frame: tickets, of codes and accounts, are for the vote page alone."""
    may_keep = request.GET.get("ballot") != IN_A_WINDOW and iframes.may_keep_cookies(request)
    return definition.needs_ticket or not may_keep


def _take_vote(request: HttpRequest, definition: Definition) -> HttpResponse:
    is_ours = iframes.is_of_this_site(request)
    has_cookie = iframes.cookie_name(request, settings.VOTER_COOKIE_NAME) in request.COOKIES
    if not (is_ours and has_cookie and not definition.electorate) and not wants_json(request):
        return _in_a_window(request, definition, status=403)
    if not is_ours:
        return csrf_failure(request)
    response = voting.take_vote(request, definition)
    if response.status_code == 303:
        response["Location"] = request.get_full_path()
    return response


def _results(request: HttpRequest, definition: Definition) -> HttpResponse:
    receipt = receipt_of_this_round(request, definition)
    newest = snapshots.newest([definition.id], with_waiting=True)

    def further() -> dict[str, Any]:
        token = None if receipt is None else receipts.results_token(definition.id, receipt.cast.round)
        return {"results_token": token, "order": ""}

    seen = as_seen(request, definition, newest, receipt)
    return page_of_poll(request, "polls/embed/results.html", definition, seen, receipt, further)


def _in_a_window(request: HttpRequest, definition: Definition, status: int | None = None) -> HttpResponse:
    seen = snapshots.newest([definition.id]).seen_by(snapshots.ANYBODY, definition.id)
    return page_of_poll(request, "polls/embed/window.html", definition, seen, None, dict, status=status)

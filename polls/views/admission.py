"""The page before the ballot of a poll that is not open to everyone: it asks for a voting code, or for an account."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.web import origins
from core.web.errors import wants_json
from polls.box import definitions
from polls.box.definition import Definition
from polls.events import agendas
from polls.views import drawn
from polls.views.shared import needs_a_store, published, refused, say_when
from polls.voting import submission, tickets, voters
from polls.voting.errors import CastError, NoTicketError
from polls.voting.submission import Page

_TEMPLATE = "polls/admission.html"


def admit(
    request: HttpRequest, definition: Definition, draw: Callable[[HttpRequest, Definition], HttpResponse]
) -> HttpResponse:
    """Draw the vote page for those who may vote; ask others for what lets them."""
    ticket = (
        tickets.of(request, definition) if definition.has_codes else tickets.renewed(request, definition.electorate)
    )
    try:
        tickets.check(definition, ticket)
    except NoTicketError as error:
        response = ask(request, definition, None if ticket is None else error)
        if not definition.has_codes and tickets.is_held(request, definition):
            tickets.forget(response, definition, request.path)  # signed out, or no longer let in
        return response
    response = draw(request, definition)
    if ticket is not None and not definition.has_codes:
        tickets.keep(response, ticket, request.path)
    return response


def ask(request: HttpRequest, definition: Definition, error: CastError | None = None) -> HttpResponse:
    """Answer with the page that asks for a code, or for an account. All callers without an error share one."""
    event = agendas.cache.of_poll(definition.id)

    def own(visit: HttpRequest, response: HttpResponse) -> dict[str, str]:
        voter = voters.of(visit)
        voters.remember(response, voter)
        return {"page": Page.now(definition.round).signed(voter)}

    def context() -> dict[str, Any]:
        return {
            "poll": definition,
            "event": event,
            "has_codes": definition.has_codes,
            **typed_code(request, error),
        }

    if error is None and drawn.may_be_shared(request):
        return origins.let_follow(request, drawn.respond(request, _TEMPLATE, (definition, event), context, own))
    response = HttpResponse(status=None if error is None else error.code)
    response.content = render_to_string(_TEMPLATE, {**context(), **own(request, response)}, request)
    return say_when(response, error)


def typed_code(request: HttpRequest, error: CastError | None) -> dict[str, str | None]:
    """Return what the form of a code says of the one that was typed: what is wrong, and what it was."""
    if error is None:
        return {"error": None, "typed": ""}
    return {"error": str(error), "typed": request.POST.get("code", "")[:40]}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs_a_store
def enter_code(request: HttpRequest, slug: str) -> HttpResponse:
    """Let in whoever has typed or scanned a good code, or with `do=forget` have the browser forget its code.

    Costs a page, as a vote does: so guesses of one browser are counted together.
    """
    if request.method != "POST":
        return redirect("vote", slug)
    definition = published(definitions.cache.get(slug))
    path = reverse("vote", args=[slug])
    done: HttpResponse = HttpResponse(status=303, headers={"Location": _next_page(definition)})
    if not definition.needs_ticket:
        return done
    if request.POST.get("do") == "forget":
        tickets.forget(done, definition, path)
        return done
    try:
        ticket = _entered(request, definition)
    except CastError as error:
        if wants_json(request):
            return refused(request, error)
        return ask(request, definition, error)
    if wants_json(request):
        done = JsonResponse({"status": "entitled"})
    tickets.keep(done, ticket, path)
    return done


def _next_page(definition: Definition) -> str:
    """Return the page that follows: the vote page, or what the host of the event has put on meanwhile."""
    event = agendas.cache.of_poll(definition.id)
    if event is not None and event.electorate == definition.electorate and event.on is not None:
        return event.get_absolute_url()
    return reverse("vote", args=[definition.slug])


def _entered(request: HttpRequest, definition: Definition) -> tickets.Ticket:
    """Return the ticket of a code. Raises CastError."""
    pages_of = voters.of(request), tickets.voter_of(request, definition)
    ticket = submission.read_code(request, definition.electorate, *pages_of)
    tickets.check(definition, ticket)
    return ticket

"""The pages of an event: where its audience waits or chooses, and its way to the projector.

While a poll is on, the event's address leads to that poll's own vote page, which follows the host from there: a vote in
an event is a vote in its poll, and nothing else. `#follow=N` tells the page that came to follow which version of the
agenda it knows (static/event.js).
"""

from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error as PostgresError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.stores import postgres
from core.web import origins, qr
from core.web.errors import wants_json
from core.web.kept import keep_for_all
from polls.events import agendas
from polls.events.agenda import Agenda, Item
from polls.models import Ballot, Event, Poll
from polls.views import admission
from polls.views.shared import is_host, needs_a_store, page, refused, say_when
from polls.voting import submission, tickets, voters
from polls.voting.errors import CastError
from polls.voting.submission import Page
from polls.voting.voters import Voter

#: Seconds for which the agenda is given to all who wait, in the place of a new one for each.
KEPT_S = 0.25


#: The cookie of an event's pages that says that this browser was asked for a nickname.
_ASKED = "nickname"


def found(slug: str) -> Agenda:
    """Return an event. Raises Http404, and NobodyKnowsError."""
    agenda = agendas.cache.get(slug)
    if agenda is None:
        raise Http404
    return agenda


@never_cache
@require_safe
@needs_a_store
def audience(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead to the poll that is on; else show what was and what comes, or the list of a self-paced event.

    Where quizzes are scored, people are asked for a nickname first, once.
    """
    agenda = found(slug)
    has_code = _has_code(request, agenda)
    if agenda.scores and _ASKED not in request.COOKIES:
        if not has_code:
            return _waiting_page(request, agenda)
        if voter_of(request, agenda) is not None:
            return redirect("event_score", slug)
    if agenda.on is not None:
        return _follow("vote", agenda, agenda.on, may_be_scanned=not has_code)
    return _waiting_page(request, agenda)


def voter_of(request: HttpRequest, agenda: Agenda) -> Voter | None:
    """Return the voter that the caller is in the polls of an event; None for who has no code or account for them."""
    if not agenda.electorate:
        return voters.of(request)
    word = agenda.electorate
    ticket = tickets.kept(request, word) if agenda.has_codes else tickets.renewed(request, word)
    return None if ticket is None else Voter(ticket.voter_id, is_new=False)


def _waiting_page(request: HttpRequest, agenda: Agenda, error: CastError | None = None) -> HttpResponse:
    """Return the page of an event while no poll is on; where its polls need a code, it can be typed already."""
    voter = voters.of(request)
    context = {
        "event": agenda,
        "done": _done(request, agenda),
        "needs_code": not _has_code(request, agenda),
        "page": Page.now(0).signed(voter),
        **admission.typed_code(request, error),
    }
    response = page(request, "polls/events/event.html", context, 200 if error is None else error.code)
    if agenda.has_codes:
        voters.remember(response, voter)
    return say_when(response, error)


def _has_code(request: HttpRequest, agenda: Agenda) -> bool:
    """Tell whether the caller needs no code, or has one. A poll says whether it was revoked."""
    return not agenda.has_codes or tickets.kept(request, agenda.electorate) is not None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs_a_store
def enter_code(request: HttpRequest, slug: str) -> HttpResponse:
    """Let in whoever has typed or scanned a code that is good in all polls of the event."""
    agenda = found(slug)
    path = reverse("event", args=[slug])
    done = HttpResponse(status=303, headers={"Location": path})
    if request.method != "POST" or not agenda.has_codes:
        return redirect(path)
    try:
        tickets.keep(done, submission.read_code(request, agenda.electorate, voters.of(request)), path)
    except CastError as error:
        if wants_json(request):
            return refused(request, error)
        return _waiting_page(request, agenda, error)
    return done


def _follow(name: str, agenda: Agenda, item: Item, *, may_be_scanned: bool = False) -> HttpResponse:
    """Lead to a poll. A fragment of ours would take the place of the code that somebody has scanned."""
    return redirect(reverse(name, args=[item.slug]) + ("" if may_be_scanned else f"#follow={agenda.version}"))


def let_pass(response: HttpResponse, agenda: Agenda) -> HttpResponse:
    """Ask this browser for no nickname any more."""
    response.set_cookie(
        _ASKED,
        "asked",
        max_age=voters.COOKIE_AGE,
        path=agenda.get_absolute_url(),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    return response


def _done(request: HttpRequest, agenda: Agenda) -> set[int]:
    """Return the polls in which the caller has a counted vote; none while Postgres does not answer."""
    voter, ticket = voters.of(request), tickets.kept(request, agenda.electorate)
    if (voter.is_new and ticket is None) or not agenda.self_paced:
        return set()
    try:
        with postgres.bounded():
            polls = Poll.objects.filter(pk__in=[item.id for item in agenda.polls])
            rows = polls.values_list("pk", "voter_salt", "tally__electorate")
            ids = {"": voter.id} if ticket is None else {"": voter.id, ticket.electorate: ticket.voter_id}
            keys = {pk: voters.key(ids[word], bytes(salt).hex()) for pk, salt, word in rows if word in ids}
            ballots = Ballot.objects.filter(poll_id__in=keys, voter_key__in=keys.values()).exclude(selections=[])
            return {poll_id for poll_id, key in ballots.values_list("poll_id", "voter_key") if keys[poll_id] == key}
    except PostgresError:
        return set()


@require_safe
@needs_a_store
def event_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The news for pages that wait: which poll is on, and which there are. Says nothing of drafts."""
    agenda = found(slug)
    polls = [
        {"slug": item.slug, "question": item.question, "state": item.state}
        for item in agenda.polls
        if item.is_published
    ]
    told = {"type": "event", **agenda.told(), "title": agenda.title, "code": agenda.code, "polls": polls}
    return keep_for_all(request, JsonResponse(told, headers={"Cache-Control": "no-cache"}), KEPT_S)


@never_cache
@require_safe
@needs_a_store
def present(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead the projector to the poll that is on, or was on last; before the first it shows the way into the event."""
    agenda = found(slug)
    last = agenda.last
    if last is not None and last.is_published and not agenda.self_paced:
        return _follow("present", agenda, last)
    context = {
        "event": agenda,
        "is_host": hosts(request, agenda),
        "qr": qr.inline(f"{origins.join_url(request)}/{agenda.code}"),
        "only_here": origins.is_for_this_machine_alone(request),
    }
    return page(request, "polls/events/present.html", context)


def hosts(request: HttpRequest, agenda: Agenda) -> bool:
    """Tell whether the caller hosts the event; False while Postgres does not answer."""
    try:
        mine = Event.objects.hosted_by(cast("User", request.user)) if is_host(request) else Event.objects.none()
        return mine.filter(pk=agenda.id).exists()
    except PostgresError:
        return False

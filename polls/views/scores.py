"""The score of an event: where people take a nickname, and see their points and who leads."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import Error as PostgresError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.stores import postgres
from polls.events.agenda import Agenda
from polls.models import Event
from polls.views import events
from polls.views.shared import needs_a_store, page
from polls.voting import players, voters
from polls.voting.players import NicknameError
from polls.voting.voters import Voter

#: Leaders that are shown.
SHOWN = 5


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs_a_store
def score(request: HttpRequest, slug: str) -> HttpResponse:
    """Show points and leaders; by POST take `nickname`, or none with `without`, and go on to the event."""
    agenda = events.found(slug)
    if not agenda.scores:
        raise Http404
    voter = events.voter_of(request, agenda)
    if voter is None:
        return redirect("event", slug) if agenda.has_codes else redirect_to_login(request.path)
    response = _take(request, agenda, voter) if request.method == "POST" else _draw(request, agenda, voter)
    voters.remember(response, voter)
    return response


def _take(request: HttpRequest, agenda: Agenda, voter: Voter) -> HttpResponse:
    typed = request.POST.get("nickname", "")
    try:
        if "without" not in request.POST:
            _join(agenda, voter, typed)
    except NicknameError as error:
        return _draw(request, agenda, voter, 400, problem=str(error), typed=error.suggestion or typed)
    except PostgresError:
        return _draw(request, agenda, voter, typed=typed)
    return events.let_pass(redirect("event", agenda.slug), agenda)


def _join(agenda: Agenda, voter: Voter, typed: str) -> None:
    if voter.is_new:
        raise NicknameError(gettext("Your browser has sent no cookie. Allow cookies, and try again."))
    try:
        with postgres.bounded():
            players.join(agenda.id, voter.id, typed)
    except Event.DoesNotExist:
        raise Http404 from None


def _draw(request: HttpRequest, agenda: Agenda, voter: Voter, status: int = 200, **more: Any) -> HttpResponse:
    context: dict[str, Any] = {"event": agenda, **more}
    try:
        with postgres.bounded():
            player = players.player_of(agenda.id, voter.id)
            scores = players.scores(agenda.id)
        context |= {"player": player, "own": scores.of(player), "scores": scores, "leaders": _leaders(scores)}
    except PostgresError:
        status = 503
    return page(request, "polls/events/score.html", context, status)


def _leaders(scores: players.Scores) -> list[players.Score]:
    """Return the first players, without those who have no point."""
    return [each for each in scores.players[:SHOWN] if each.points]

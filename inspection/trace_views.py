"""The page on which a staff member follows a vote of theirs."""

import re
from typing import Any

from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.stores.errors import one_line
from core.stores.redis import NoAnswerError
from core.web import csp, origins, request_ids
from core.web.errors import answer, wants_json
from inspection import trace
from inspection.staff_pages import for_staff, render
from inspection.staff_pass import Access
from polls.box import definitions
from polls.voting.errors import CastError

#: A poll's slug and a choice's id.
_VOTE = re.compile(r"([-a-zA-Z0-9_]{1,80}):([0-9]{1,18})")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def follow_page(request: HttpRequest, access: Access) -> HttpResponse:
    """GET asks for a poll and a choice; POST casts the vote, which counts, and leads to its way."""
    if request.method == "POST":
        return _cast(request, access)
    return _form(request, access)


def _form(request: HttpRequest, access: Access, error: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"title": _("Follow a vote"), "refusal": error}
    try:
        context["polls"] = trace.open_polls()
    except PostgresError as caught:
        text = _("Postgres does not answer, so your account can't be checked: {error}.")
        context["error"] = text.format(error=one_line(caught))
    return _page(request, access, context, status)


def _page(request: HttpRequest, access: Access, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, access, "admin/inspectors/follow.html", context, status)
    # The page is a screen itself.
    return csp.allow(response, "connect-src", origins.websocket_url(request))


def _cast(request: HttpRequest, access: Access) -> HttpResponse:
    vote = _VOTE.fullmatch(request.POST.get("vote", ""))
    if vote is None:
        return _refusal(request, access, 400, _("Pick a choice of one of these polls."))
    try:
        accepted = trace.cast(vote[1], int(vote[2]), int(request.user.pk or 0))
    except LookupError:
        return _refusal(request, access, 404, _("This poll no longer exists."))
    except definitions.NobodyKnowsError:
        return _refusal(request, access, 503, _("Neither store answers. Nothing was recorded."))
    except CastError as error:
        return _refusal(request, access, error.code, str(error))
    if accepted.position is None:
        text = _("Redis does not answer, so this vote went straight into Postgres, and was counted at once.")
        return _refusal(request, access, 200, text)
    where = reverse("admin:follow_way", args=[request_ids.current()])
    if wants_json(request):
        way = {"way": where, "box": accepted.box, "position": accepted.position}
        return JsonResponse({"status": "received", **way})
    return redirect(where)


def _refusal(request: HttpRequest, access: Access, code: int, detail: str) -> HttpResponse:
    if wants_json(request):
        return answer(request, code, "refused" if code >= 400 else "counted", detail)
    return _form(request, access, detail, code)


@require_safe
@for_staff
def way_page(request: HttpRequest, access: Access, follow_id: str) -> HttpResponse:
    """How far a vote has come: a page, or with `?part` only what changes."""
    try:
        way = trace.way(follow_id)
    except NoAnswerError as error:
        text = _("Redis does not answer, so the vote can't be followed; it is not lost: {error}.")
        return _way(request, access, {"error": text.format(error=one_line(error))}, 503)
    if way is None:
        text = _("This vote is no longer followed: its times are kept for ten minutes.")
        return _way(request, access, {"error": text}, 404)
    return _way(request, access, {"way": way, "here": reverse("admin:follow_way", args=[follow_id])})


def _way(request: HttpRequest, access: Access, context: dict[str, Any], status: int = 200) -> HttpResponse:
    if "part" in request.GET:
        return HttpResponse(render_to_string("admin/inspectors/_way.html", context), status=status)
    return _page(request, access, {"title": _("Follow a vote"), **context}, status)

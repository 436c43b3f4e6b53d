"""The page of the pipeline, in the admin: for staff alone, with either store away."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from votingsite import doors, pipeline, staff_pass
from votingsite.errors import RETRY_AFTER, answer
from votingsite.pipeline import picture as drawing
from votingsite.pipeline import table, words
from votingsite.pipeline.sparklines import HEIGHT, WIDTH, sparklines
from votingsite.pipeline.state import State
from votingsite.staff_pass import Look

_TICKS = drawing.dial_ticks()


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The page; with `?large` the picture alone, for a projector."""
    look = staff_pass.look(request)
    if look is Look.NO:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    if not look.is_allowed:
        return _refusal(look, request)
    state = pipeline.read()
    context = _context(state) | {"title": _("Pipeline"), "is_large": "large" in request.GET, **doors.context(request)}
    response = HttpResponse(_render(request, context, can_ask=look is Look.STAFF and state.postgres is not None))
    if look is Look.STAFF:
        staff_pass.give(request, response, reverse("admin:pipeline"))
    return response


def _render(request: HttpRequest, context: dict[str, Any], *, can_ask: bool) -> str:
    """Inside the admin's navigation, which asks Postgres who it is for; without that while it can't be asked."""
    template = "admin/pipeline/page.html"
    if can_ask:
        try:
            return render_to_string(template, admin.site.each_context(request) | context, request)
        except PostgresError:
            pass
    return render_to_string(template, context)


@require_safe
@never_cache
def picture(request: HttpRequest) -> HttpResponse:
    """What the page shows anew each second."""
    look = staff_pass.look(request)
    if not look.is_allowed:
        return _refusal(look, request)
    return HttpResponse(_live(pipeline.read()))


#: The newest reading that was drawn, in which language, and the drawing: many who look at once share it.
_drawn: tuple[State, str | None, str] | None = None


def _live(state: State) -> str:
    global _drawn
    drawn, language = _drawn, get_language()
    if drawn is None or drawn[0] is not state or drawn[1] != language:
        _drawn = drawn = state, language, render_to_string("admin/pipeline/live.html", _context(state))
    return drawn[2]


@require_safe
@never_cache
def state_json(request: HttpRequest) -> HttpResponse:
    """The same for programs."""
    look = staff_pass.look(request)
    if not look.is_allowed:
        return _refusal(look, request)
    return JsonResponse(asdict(pipeline.read()))


def _refusal(look: Look, request: HttpRequest) -> HttpResponse:
    if look is Look.NO:
        return answer(request, 403, "forbidden", _("This is for staff. Log in, then load the page again."))
    detail = _("Postgres is down, and so nobody can say whether you may see this. Try again in a moment.")
    return answer(request, 503, "unavailable", detail, RETRY_AFTER)


def _context(state: State) -> dict[str, Any]:
    """For both templates."""
    alarm, sentence = words.headline(state, _time)
    drawn = drawing.draw(state, _time)
    return {
        "state": state,
        "now": _time(state.at),
        "alarm": alarm,
        "sentence": sentence,
        "is_well": not state.down,
        "warnings": words.warnings(state, _time),
        "drawn": drawn,
        "string": drawing.string(drawn),
        "drawn_in_svg": drawing.draw(state, _tspan),
        "ticks": _TICKS,
        "sparklines": sparklines(state),
        "spark": {"width": WIDTH, "height": HEIGHT},
        "rows": table.rows(state, _time),
        "polls": table.polls(state),
        "facts": table.facts(state),
    }


def _time(moment: float) -> SafeString:
    """A moment, which the page writes in its reader's time zone."""
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return format_html('<time datetime="{}">{}</time>', written, words.utc(moment))


def _tspan(moment: float) -> SafeString:
    """The same inside SVG, which has no `time`."""
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return format_html('<tspan data-time="{}">{}</tspan>', written, words.utc(moment))

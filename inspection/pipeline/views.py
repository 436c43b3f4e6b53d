"""The page of the pipeline, in the admin: for staff alone, with either store away."""

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.stores import postgres
from inspection import pipeline
from inspection.pipeline import drill, events, formatting, instructor, table
from inspection.pipeline import picture as drawing
from inspection.pipeline.sparklines import HEIGHT, WIDTH, sparklines
from inspection.pipeline.state import State
from inspection.staff_pages import SYSTEM_PAGES, SystemPage, for_staff_or_holders, render, system_pages
from inspection.staff_pass import Access

_TICKS = drawing.dial_ticks()


@require_safe
@for_staff_or_holders
def page(request: HttpRequest, access: Access) -> HttpResponse:
    """The page; with `?large` the picture alone, for a projector."""
    state = pipeline.read()
    if state.postgres is None:
        # What was just found to be away is not asked again.
        access = Access.HOLDER
    context = _context(state, linked=_may_see_polls(request, access))
    context |= {"title": _("Pipeline"), "is_large": "large" in request.GET}
    context |= {"buttons": _buttons(request, access), "tabs": _tabs(request, access)}
    return render(request, access, "admin/pipeline/page.html", context)


def _tabs(request: HttpRequest, access: Access) -> list[SystemPage]:
    """Return the other pages of the system that whoever looks may see."""
    pages = [page for page in SYSTEM_PAGES if not page.permission]
    if access is Access.STAFF:
        with suppress(PostgresError), postgres.bounded():
            pages = system_pages(request)
    return [page for page in pages if page.url != "admin:pipeline"]


def _buttons(request: HttpRequest, access: Access) -> dict[str, object] | None:
    """Return the instructor's, for those who may press them: nobody while Postgres can't say."""
    if access is Access.STAFF:
        with suppress(PostgresError), postgres.bounded():
            return instructor.buttons() if instructor.may_press(request.user) else None
    return None


@require_safe
@for_staff_or_holders
def picture(request: HttpRequest, access: Access) -> HttpResponse:
    """Draw the part of the page that is new each second."""
    return HttpResponse(_live(pipeline.read(), linked=_may_see_polls(request, access)))


#: The newest reading that was drawn, and its drawings by language and links: many who look at once share them.
_drawn: tuple[State, dict[tuple[str | None, bool], str]] | None = None


def _live(state: State, *, linked: bool) -> str:
    global _drawn
    drawn, kind = _drawn, (get_language(), linked)
    if drawn is None or drawn[0] is not state:
        _drawn = drawn = state, {}
    drawings = drawn[1]
    if kind not in drawings:
        drawings[kind] = render_to_string("admin/pipeline/live.html", _context(state, linked=linked))
    return drawings[kind]


def _may_see_polls(request: HttpRequest, access: Access) -> bool:
    """Tell whether the admin shows polls to the caller, for links to them. False while Postgres can't say."""
    if access is not Access.STAFF:
        return False
    try:
        with postgres.bounded():
            return any(map(request.user.has_perm, ("polls.view_poll", "polls.change_poll")))
    except PostgresError:
        return False


@require_safe
@for_staff_or_holders
def state_json(request: HttpRequest, access: Access) -> HttpResponse:
    """The same for programs."""
    return JsonResponse(asdict(pipeline.read()))


def _context(state: State, *, linked: bool) -> dict[str, Any]:
    """For both templates."""
    alarm, sentence = formatting.headline(state, _time)
    drawn = drawing.draw(state, _time)
    return {
        "state": state,
        "now": _time(state.at),
        "alarm": alarm,
        "sentence": sentence,
        "is_well": not state.down,
        "warnings": formatting.warnings(state, _time),
        "drawn": drawn,
        "string": drawing.string(drawn),
        "drawn_in_svg": drawing.draw(state, _tspan),
        "ticks": _TICKS,
        "sparklines": sparklines(state),
        "spark": {"width": WIDTH, "height": HEIGHT},
        "drill": drill.read(_time),
        "has_events": settings.INSTRUCTOR,
        "events": events.rows(_time, state.at) if settings.INSTRUCTOR else [],
        "rows": table.rows(state, _time),
        "polls": table.polls(state, linked=linked),
        "facts": table.facts(state),
    }


def _time(moment: float) -> SafeString:
    """A moment, which the page writes in its reader's time zone."""
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return format_html('<time datetime="{}">{}</time>', written, formatting.utc(moment))


def _tspan(moment: float) -> SafeString:
    """The same inside SVG, which has no `time`."""
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return format_html('<tspan data-time="{}">{}</tspan>', written, formatting.utc(moment))

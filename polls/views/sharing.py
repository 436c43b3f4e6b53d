"""Pictures for other places: the result of a poll, for pages that run no script, and what stands beside shared links.

They show what anybody may see.
"""

from html import unescape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from core.web import previews, texts
from core.web.kept import keep_for_all
from polls.box import definitions
from polls.box.definition import Definition
from polls.events import agendas
from polls.models import State
from polls.results import chart, picture, snapshots
from polls.results.snapshots import Seen
from polls.views.shared import needs_a_store, published

#: Seconds for which a process gives a picture without asking for news, and seconds for which browsers keep it: of a
#: result, and of what stands beside links.
KEPT_S = 1.0
_FRESH_S, _PREVIEW_FRESH_S = 5, 60
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@require_safe
@needs_a_store
def results_svg(request: HttpRequest, slug: str) -> HttpResponse:
    """The result as a picture, in the language `?lang=`."""
    poll, seen = _shown(slug)
    with translation.override(_language(request)):
        drawn = picture.svg(poll, seen)
    headers = {"Cache-Control": f"public, max-age={_FRESH_S}", "Content-Security-Policy": _POLICY}
    response = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8", headers=headers)
    return keep_for_all(request, response, KEPT_S)


@require_safe
@needs_a_store
def poll_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture beside links to a poll, in the language `?lang=`."""
    poll, seen = _shown(slug)
    with translation.override(_language(request)):
        return _preview(request, _of_poll(poll, seen))


@require_safe
@needs_a_store
def event_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture beside links to an event, in the language `?lang=`."""
    agenda = agendas.cache.get(slug)
    if agenda is None:
        raise Http404
    with translation.override(_language(request)):
        note = gettext("Live polls: vote on your phone, see the result at once.")
        return _preview(request, previews.Preview(settings.SITE_NAME, agenda.title, note))


def _shown(slug: str) -> tuple[Definition, Seen | None]:
    """Return a poll and the result of it that anybody may see. Raises Http404."""
    definition = published(definitions.cache.get(slug))
    seen = snapshots.newest([definition.id]).seen_by(snapshots.ANYBODY, definition.id)
    return definition.with_entries(seen), seen


def _preview(request: HttpRequest, shown: previews.Preview) -> HttpResponse:
    headers = {"Cache-Control": f"public, max-age={_PREVIEW_FRESH_S}"}
    response = HttpResponse(previews.png(shown), content_type="image/png", headers=headers)
    return keep_for_all(request, response, KEPT_S)


def _of_poll(poll: Definition, seen: Seen | None) -> previews.Preview:
    drawn = chart.of(poll, seen)
    has_result = bool(drawn.voters) and not drawn.hidden
    is_final = seen is not None and seen["poll"]["state"] == State.FINAL
    note = unescape(strip_tags(drawn.sentence)) if has_result else _invitation("final" if is_final else poll.state)
    rows = drawn.rows[: previews.MOST_ROWS] if poll.kind.is_ranked or not has_result else ()
    return previews.Preview(settings.SITE_NAME, poll.question, note, tuple(_row(poll, row, has_result) for row in rows))


def _invitation(state: str) -> str:
    if state == State.SCHEDULED:
        return gettext("Voting has not begun.")
    return gettext("Vote on your phone.") if state == State.OPEN else gettext("Voting is closed.")


def _row(poll: Definition, row: chart.Row, has_result: bool) -> previews.Row:
    if not has_result or row.votes is None:
        return previews.Row(row.choice.text, row.choice.palette)
    number = texts.spaced(row.votes) if row.percent is None else texts.percent(row.percent)
    return previews.Row(row.choice.text, row.choice.palette, float(row.bar.rstrip("%")), number)


def _language(request: HttpRequest) -> str:
    """Return the language that the address names: a picture is the same for all who look at it."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

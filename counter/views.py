"""The pages of the counter."""

import re
from collections.abc import Callable
from functools import wraps

from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.web import errors, origins
from counter import badges, chart, counting, days

#: Seconds after which a visitor may try again.
RETRY_AFTER = 5

View = Callable[[HttpRequest, str], HttpResponse]


def _of_a_counter(view: View) -> View:
    """Allow reading only, forbid caching, and answer for unknown counters and stores that are away."""

    @wraps(view)
    def answer(request: HttpRequest, name: str) -> HttpResponse:
        try:
            return view(request, name)
        except counting.UnknownCounter:
            return errors.answer(
                request, 404, "not_found", gettext("There is no counter called {name}.").format(name=name)
            )
        except counting.NoStore:
            detail = gettext(
                "The counter can't be reached just now, so this visit was not counted. Try again in a moment."
            )
            return errors.answer(request, 503, "not_recorded", detail, retry_after=RETRY_AFTER)
        except counting.NotKnown:
            detail = gettext(
                "The counter doesn't answer just now: this visit may have been counted, or not. Try again in a moment."
            )
            return errors.answer(request, 503, "unknown", detail, retry_after=RETRY_AFTER)

    return require_safe(never_cache(answer))


#: Signs of requests that are no visits: browsers that load a page ahead (Fetch, section "Sec-Purpose"), and words in
#: the User-Agent of programs that preview links or crawl the web.
_EARLY = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_IS_EARLY = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
_IS_PROGRAM = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|meta-external|whatsapp|embedly|"
    r"pinterest|vkshare|skypeuripreview|bingpreview|google-read-aloud|mastodon|feedfetcher|"
    r"iframely|cardyb|misskey|pleroma|tumblr|slack-imgproxy|google-inspectiontool",
    re.IGNORECASE,
)


def _is_visit(request: HttpRequest) -> bool:
    """Tell whether a person sees the page: not for HEAD, pages loaded ahead, and known programs."""
    early = any(_IS_EARLY.search(request.META.get(header, "")) for header in _EARLY)
    return request.method == "GET" and not early and not _IS_PROGRAM.search(request.META.get("HTTP_USER_AGENT", ""))


@_of_a_counter
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Count the visit, and show the number and the process that served it."""
    is_visit = _is_visit(request)
    visits = counting.visit(name) if is_visit else counting.total(name)
    context = {
        "counter": {"name": name},
        "visits": visits,
        "is_visit": is_visit,
        "chart": _chart(name, visits),
        # Other pages name the process only if a setting says so.
        "server_name": origins.server_name(),
    }
    return origins.let_follow(request, render(request, "counter/counter.html", context))


def _chart(name: str, visits: int) -> chart.Chart | None:
    """Return the visits per day; None while Postgres does not answer."""
    today = timezone.localdate()
    try:
        return chart.draw(days.before(name, today), visits, today)
    except PostgresError:
        return None


@_of_a_counter
def number(request: HttpRequest, name: str) -> HttpResponse:
    """The number of visits as JSON; counts nothing."""
    return JsonResponse({"name": name, "visits": counting.total(name)})


@_of_a_counter
def badge(request: HttpRequest, name: str) -> HttpResponse:
    """An image of the number, for pages elsewhere; counts the view."""
    visits = counting.visit(name) if _is_visit(request) else counting.total(name)
    title = ngettext("%(visits)s visit to %(name)s", "%(visits)s visits to %(name)s", visits)
    text = number_format(visits, force_grouping=True)
    drawn = badges.draw(gettext("visits"), text, title % {"visits": text, "name": name})
    return HttpResponse(drawn, content_type="image/svg+xml")

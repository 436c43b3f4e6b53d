"""The pages of the counter."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from counter import counting
from votingsite import errors
from votingsite.doors import server_name

#: Seconds after which a visitor may try again.
RETRY_AFTER = 5
#: Width of a character on the badge, and of the space before and behind a text, in SVG's units.
_CHARACTER, _SPACE = 7, 6

View = Callable[[HttpRequest, str], HttpResponse]


def _of_a_counter(view: View) -> View:
    """Refuse what isn't read, let nothing be kept, and answer for a counter that is unknown or can't be asked."""

    @wraps(view)
    def answer(request: HttpRequest, name: str) -> HttpResponse:
        try:
            return view(request, name)
        except counting.UnknownCounter:
            return errors.answer(request, 404, "not_found", f"There is no counter called {name}.")
        except counting.NoStore:
            detail = "The counter can't be reached just now, so this visit was not counted. Try again in a moment."
            return errors.answer(request, 503, "not_recorded", detail, retry_after=RETRY_AFTER)
        except counting.NotKnown:
            detail = (
                "The counter doesn't answer just now: this visit may have been counted, or not. Try again in a moment."
            )
            return errors.answer(request, 503, "unknown", detail, retry_after=RETRY_AFTER)

    return require_safe(never_cache(answer))


def _visits(request: HttpRequest, name: str) -> int:
    """Count the visit; a HEAD request only asks what a visit would answer."""
    return counting.visit(name) if request.method == "GET" else counting.total(name)


@_of_a_counter
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Counts the visit, and says how many there were and which process served it."""
    context = {"counter": {"name": name}, "visits": _visits(request, name), "server_name": server_name()}
    return render(request, "counter/counter.html", context)


@_of_a_counter
def number(request: HttpRequest, name: str) -> HttpResponse:
    """The number of visits as JSON; counts nothing."""
    return JsonResponse({"name": name, "visits": counting.total(name)})


@_of_a_counter
def badge(request: HttpRequest, name: str) -> HttpResponse:
    """An image of the number, for pages elsewhere; counts the view."""
    return HttpResponse(draw_badge(name, str(_visits(request, name))), content_type="image/svg+xml")


def draw_badge(name: str, visits: str) -> str:
    """The image as SVG. Its texts are stretched to the width that is kept for them, whatever font draws them."""
    name_text, visits_text = len(name) * _CHARACTER, len(visits) * _CHARACTER
    name_width = name_text + 2 * _SPACE
    visits_width = visits_text + 2 * _SPACE
    return render_to_string(
        "counter/badge.svg",
        {
            "name": name,
            "visits": visits,
            "name_text": name_text,
            "visits_text": visits_text,
            "name_width": name_width,
            "visits_width": visits_width,
            "visits_x": name_width + _SPACE,
            "width": name_width + visits_width,
        },
    )

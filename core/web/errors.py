"""Answers to what goes wrong, as a page or as JSON, whichever the caller asked for.

They work with both stores down and for requests that are wrong in themselves, such as one with a forged Host.
"""

import logging
import sys
from typing import TYPE_CHECKING, Any

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.context_processors import i18n
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext_lazy as _

from core.web import error_texts, origins, request_ids

if TYPE_CHECKING:
    # Only the type stubs know it.
    from django.utils.functional import _StrOrPromise

logger = logging.getLogger(__name__)

#: Seconds after which whoever was refused because Postgres is away may try again.
RETRY_AFTER = 5

_FORGED = _("This form was not sent from a page of ours, or its cookie is gone. Load the page again and send it anew.")
_NO_COOKIES = _(
    "Your browser sent no cookie with this form. Voting and signing in need one, so that nobody votes twice or in your"
    " name. Allow cookies for this site, then load the page again."
)

#: What Django refuses before a view sees it, in words for people.
_BAD_REQUESTS: "tuple[tuple[type[Exception], _StrOrPromise], ...]" = (
    (
        DisallowedHost,
        _("This site doesn't know the address that you have typed. Its host can add it to ALLOWED_HOSTS."),
    ),
    (RequestDataTooBig, _("What you sent is too large. Send less.")),
    (TooManyFieldsSent, _("What you sent has too many fields. Send less.")),
    (TooManyFilesSent, _("Files can't be sent here.")),
)


def wants_json(request: HttpRequest) -> bool:
    """Tell whether the caller asked for JSON rather than a page."""
    if request.path.endswith(".json"):
        return True
    # Each vote asks this: a header that doesn't name it needs no reading.
    named = "json" in request.META.get("HTTP_ACCEPT", "")
    return named and request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def answer(
    request: HttpRequest, code: int, status: str, detail: "_StrOrPromise", retry_after: int | None = None
) -> HttpResponse:
    """A refusal: `{"status", "detail", "request_id"}` for programs, the same words on a page for people.

    `status` is one word for machines, `detail` says what happened, what it means and what to do; `retry_after`
    (seconds) becomes the header of that name.
    """
    response: HttpResponse
    # Asked here once more: some requests are refused before the middleware has settled their language.
    with override(get_language_from_request(request)):
        if wants_json(request):
            content = {"status": status, "detail": str(detail), "request_id": request_ids.current()}
            response = JsonResponse(content, status=code)
        else:
            response = HttpResponse(_page(request, code, status, str(detail)), status=code)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def _page(request: HttpRequest, code: int, status: str, detail: str) -> str:
    """templates/error.html; if even that fails, a page without it."""
    try:
        context = {
            "code": code,
            "status": status,
            "detail": detail,
            "request_id": request_ids.current(),
            "words": error_texts.of(code, status),
            "way_out": error_texts.way_out(code, status, request.method, request.path),
            **_surroundings(request),
        }
        return render_to_string("error.html", context)
    except Exception:
        logger.exception("The error page can't be shown")
        return format_html("<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}</p>", code, detail)


def _surroundings(request: HttpRequest) -> dict[str, Any]:
    """Return the context that every page needs.

    `request` as a mere value: no context processor then offers `user` and `messages`, which would ask a store that may
    be the very thing that failed.
    """
    return {"request": request, "csrf_token": get_token(request), **i18n(request), **_origins(request)}


def _origins(request: HttpRequest) -> dict[str, Any]:
    try:
        return origins.context(request)
    except DisallowedHost:
        return {}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    return answer(request, 403, "csrf", _FORGED if request.COOKIES else _NO_COOKIES)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400: what Django itself refuses, such as a body that is too large."""
    for kind, detail in _BAD_REQUESTS:
        if isinstance(exception, kind):
            return answer(request, 400, "bad_request", detail)
    return answer(request, 400, "bad_request", _("This request can't be read. Load the page again and send it anew."))


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return answer(request, 403, "forbidden", _("You may not do this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return answer(
        request, 404, "not_found", _("There is nothing at this address. Look at the code on the screen again.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. A page that needs Postgres while it is away, such as the admin, is no fault of ours: 503."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        detail = _("The database can't be reached just now. Try again in a moment.")
        return answer(request, 503, "unavailable", detail, retry_after=RETRY_AFTER)
    return answer(request, 500, "error", _("Something went wrong on our side. Nothing that was accepted is lost."))

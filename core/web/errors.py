"""Error answers, as a page or as JSON, whichever the caller asked for.

They work with both stores down, and for malformed requests, such as one with a forged Host.
"""

import logging
import sys
from functools import lru_cache
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

from core.web import error_texts, origins, problems, request_ids

if TYPE_CHECKING:
    # Only the type stubs know it.
    from django.utils.functional import _StrOrPromise

logger = logging.getLogger(__name__)

#: Seconds after which a caller who was refused because Postgres is away may try again.
RETRY_AFTER = 5

_FORGED = _("This form did not come from this site, or its cookie has expired. Reload the page and send it again.")
_NO_COOKIES = _(
    "Your browser sent no cookie with this form. Voting and signing in need one, so that nobody votes twice or in your"
    " name. Allow cookies for this site, then load the page again."
)

#: Texts for what Django refuses before a view sees it.
_BAD_REQUESTS: "tuple[tuple[type[Exception], _StrOrPromise], ...]" = (
    (
        DisallowedHost,
        _("This site does not answer at this address. Its administrator can add it to ALLOWED_HOSTS."),
    ),
    (RequestDataTooBig, _("What you sent is too large. Send less.")),
    (TooManyFieldsSent, _("What you sent has too many fields. Send less.")),
    (TooManyFilesSent, _("Files can't be sent here.")),
)


def wants_json(request: HttpRequest) -> bool:
    """Tell whether the caller asked for JSON rather than a page."""
    if request.path.endswith(".json"):
        return True
    return _prefers_json(request.META.get("HTTP_ACCEPT", ""))


@lru_cache(maxsize=64)
def _prefers_json(accept: str) -> bool:
    """Tell what a header asks for. Runs for each vote, and to parse it takes a twentieth of one: browsers send few."""
    asked = HttpRequest()
    asked.META["HTTP_ACCEPT"] = accept
    return asked.get_preferred_type(["text/html", "application/json"]) == "application/json"


def answer(
    request: HttpRequest, code: int, status: str, detail: "_StrOrPromise", retry_after: int | None = None
) -> HttpResponse:
    """Return a refusal: `{"status", "detail", "request_id"}` for programs, a page with the same words for people.

    The API's own are problem documents.

    `status` is one word for machines, `detail` says what happened, what it means and what to do; `retry_after`
    (seconds) becomes the header of that name.
    """
    response: HttpResponse
    # Chosen again: some requests are refused before the middleware has chosen their language.
    with override(get_language_from_request(request)):
        if problems.are_asked(request.path):
            return problems.answer(problems.document(code, status, detail), retry_after)
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
    """Return templates/error.html, or a page without a template if even that fails."""
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

    `request` is passed as a value, so no context processor adds `user` and `messages`: they would ask a store, and that
    may be what failed.
    """
    return {"request": request, "csrf_token": get_token(request), **i18n(request), **_origins(request)}


def _origins(request: HttpRequest) -> dict[str, Any]:
    try:
        return origins.context(request)
    except DisallowedHost:
        return {}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid CSRF token (CSRF_FAILURE_VIEW)."""
    return answer(request, 403, "csrf", _FORGED if request.COOKIES else _NO_COOKIES)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what Django itself refuses, such as a body that is too large (handler400)."""
    for kind, detail in _BAD_REQUESTS:
        if isinstance(exception, kind):
            return answer(request, 400, "bad_request", detail)
    return answer(request, 400, "bad_request", _("This request can't be read. Reload the page and send it again."))


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a lack of permission (handler403)."""
    return answer(request, 403, "forbidden", _("You don't have permission to do this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an unknown address (handler404)."""
    return answer(
        request, 404, "not_found", _("There is nothing at this address. Look at the code on the screen again.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error of ours (handler500), or with 503 where a page needs Postgres and it is away."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        detail = _("The database can't be reached just now. Try again in a moment.")
        return answer(request, 503, "unavailable", detail, retry_after=RETRY_AFTER)
    return answer(request, 500, "error", _("Something went wrong on our side. Nothing that was accepted is lost."))

"""Answers to what goes wrong, as a page or as JSON, whichever the caller asked for.

They work with both stores down and for requests that are wrong in themselves, such as one with a forged Host.
"""

import logging
import sys
from typing import Any

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.html import format_html

from votingsite import doors, request_ids

logger = logging.getLogger(__name__)

#: Seconds after which whoever was refused because Postgres is away may try again.
RETRY_AFTER = 5

#: What Django refuses before a view sees it, in words for people.
_BAD_REQUESTS: tuple[tuple[type[Exception], str], ...] = (
    (DisallowedHost, "This site doesn't know the address that you have typed. Its host can add it to ALLOWED_HOSTS."),
    (RequestDataTooBig, "What you sent is too large. Send less."),
    (TooManyFieldsSent, "What you sent has too many fields. Send less."),
    (TooManyFilesSent, "Files can't be sent here."),
)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller asked for JSON rather than a page."""
    asked = request.get_preferred_type(["text/html", "application/json"])
    return asked == "application/json" or request.path.endswith(".json")


def answer(request: HttpRequest, code: int, status: str, detail: str, retry_after: int | None = None) -> HttpResponse:
    """A refusal: `{"status", "detail", "request_id"}` for programs, the same words on a page for people.

    `status` is one word for machines, `detail` says what happened, what it means and what to do; `retry_after`
    (seconds) becomes the header of that name.
    """
    response: HttpResponse
    if wants_json(request):
        content = {"status": status, "detail": detail, "request_id": request_ids.current()}
        response = JsonResponse(content, status=code)
    else:
        response = HttpResponse(_page(request, code, status, detail), status=code)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def _page(request: HttpRequest, code: int, status: str, detail: str) -> str:
    """templates/error.html; if even that fails, a page without it."""
    try:
        # `request` as a mere value: no context processor then offers `user` and `messages`, which would ask a store
        # that may be the very thing that failed.
        context = {"request": request, "code": code, "status": status, "detail": detail, **_doors(request)}
        context["request_id"] = request_ids.current()
        return render_to_string("error.html", context)
    except Exception:
        logger.exception("The error page can't be shown")
        return format_html("<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}</p>", code, detail)


def _doors(request: HttpRequest) -> dict[str, Any]:
    try:
        return doors.context(request)
    except DisallowedHost:
        return {}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    detail = "This form was not sent from a page of ours, or its cookie is gone. Load the page again and send it anew."
    return answer(request, 403, "csrf", detail)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400: what Django itself refuses, such as a body that is too large."""
    for kind, detail in _BAD_REQUESTS:
        if isinstance(exception, kind):
            return answer(request, 400, "bad_request", detail)
    return answer(request, 400, "bad_request", "This request can't be read. Load the page again and send it anew.")


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return answer(request, 403, "forbidden", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return answer(request, 404, "not_found", "There is nothing at this address. Look at the code on the screen again.")


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500. A page that needs Postgres while it is away, such as the admin, is no fault of ours: 503."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        detail = "The database can't be reached just now. Try again in a moment."
        return answer(request, 503, "unavailable", detail, retry_after=RETRY_AFTER)
    return answer(request, 500, "error", "Something went wrong on our side. Nothing that was accepted is lost.")

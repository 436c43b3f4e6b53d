"""Answers to what goes wrong, as a page or as JSON, whichever the caller asked for."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller asked for JSON rather than a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def answer(request: HttpRequest, code: int, status: str, detail: str, retry_after: int | None = None) -> HttpResponse:
    """A refusal: `{"status", "detail"}` for programs, the same words on a page for people.

    `status` is one word for machines, `detail` says what happened, what it means and what to do; `retry_after`
    (seconds) becomes the header of that name.
    """
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse({"status": status, "detail": detail}, status=code)
    else:
        response = render(request, "error.html", {"code": code, "status": status, "detail": detail}, status=code)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    detail = "This form was not sent from a page of ours, or its cookie is gone. Load the page again and send it anew."
    return answer(request, 403, "csrf", detail)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400: what Django itself refuses, such as a body that is too large."""
    return answer(request, 400, "bad_request", "This request can't be read. Load the page again and send it anew.")


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return answer(request, 403, "forbidden", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return answer(request, 404, "not_found", "There is nothing at this address. Look at the code on the screen again.")


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    return answer(request, 500, "error", "Something went wrong on our side. Nothing that was accepted is lost.")

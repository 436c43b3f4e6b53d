"""Refusals that the event loop sends by itself, before Django: even many of them cost almost nothing."""

import secrets
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from core.web import error_texts, problems
from core.web.answers import Answer

if TYPE_CHECKING:
    # Only the type stubs know it.
    from django.utils.functional import _StrOrPromise

#: Seconds after which a caller may ask a busy service again: a random number for each, so that they do not come back
#: together.
RETRY_AFTER = range(2, 8)

_DETAILS: "dict[str, _StrOrPromise]" = {
    "too_large": _("What you sent is too large. Send less."),
    "too_slow": _("What you sent did not arrive in time. Send it again."),
    "busy_page": _("The site is very busy right now."),
    "busy": _("The site is very busy right now. Nothing was recorded. Try again in a few seconds."),
}


class Form(Enum):
    """The form of a refusal: a page for people, JSON for our scripts, a problem document for users of the API."""

    PAGE = 1
    JSON = 2
    PROBLEM = 3


def too_large(scope: dict[str, Any]) -> Answer:
    """Return 413: the body is larger than any form of ours."""
    return _refusal(scope, 413, "too_large")


def too_slow(scope: dict[str, Any]) -> Answer:
    """Return 408: the body did not arrive in time."""
    return _refusal(scope, 408, "too_slow")


def busy(scope: dict[str, Any]) -> Answer:
    """Return 503 with Retry-After: no turn came in time, and the request was not begun.

    Programs read `busy` beside the status, which says what this means for a vote: `not_recorded`.
    """
    return _refusal(scope, 503, "busy", secrets.choice(RETRY_AFTER))


def unreadable() -> HttpResponse:
    """Return 400: the address is not valid text."""
    return HttpResponseBadRequest("This address can't be read.\n", content_type="text/plain; charset=utf-8")


def _refusal(scope: dict[str, Any], code: int, kind: str, retry_after: int | None = None) -> Answer:
    headers = {name: value.decode("latin1") for name, value in scope["headers"]}
    is_json = scope["path"].endswith(".json") or "application/json" in headers.get(b"accept", "")
    form = Form.PROBLEM if problems.are_asked(scope["path"]) else Form.JSON if is_json else Form.PAGE
    # A form must be sent again by its sender; a page can reload itself.
    waits = scope["method"] in ("GET", "HEAD")
    return _drawn(code, kind, _language(headers.get(b"accept-language", "")), form, waits, retry_after)


def _language(accepted: str) -> str:
    for language, _quality in parse_accept_lang_header(accepted[:200]):
        try:
            return get_supported_language_variant(language)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


@lru_cache(maxsize=256)
def _drawn(code: int, kind: str, language: str, form: Form, waits: bool, retry_after: int | None) -> Answer:
    is_busy = kind == "busy"
    status = kind
    if is_busy:
        status = "not_known" if waits else "not_recorded"
    with override(language):
        detail = str(_DETAILS["busy_page" if is_busy and waits else kind])
        busy: dict[str, Any] = {"busy": True} if is_busy else {}
        response: HttpResponse
        if form is Form.PROBLEM:
            response = problems.answer(problems.document(code, status, detail, **busy))
        elif form is Form.JSON:
            response = JsonResponse({"status": status, "detail": detail, **busy}, status=code)
        else:
            context = {
                "code": code,
                "detail": detail,
                "words": error_texts.of(code, "" if is_busy and waits else status),
                "retry_after": retry_after if waits else None,
                "LANGUAGE_CODE": language,
            }
            response = HttpResponse(render_to_string("refusal.html", context), status=code)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = language
    response["Vary"] = "Accept, Accept-Language"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "DENY"
    response["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return Answer.of(response)

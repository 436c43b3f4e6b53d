"""Problem documents: what the API says in the place of an error page (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypedDict

from django.http import HttpResponse, JsonResponse

from core.web import error_texts, request_ids

if TYPE_CHECKING:
    # Only the type stubs know it.
    from django.utils.functional import _StrOrPromise

#: Where the API is. Its page explains the types of problems.
PLACE: Final = "/api/v1/"
CONTENT_TYPE: Final = "application/problem+json"


class FieldError(TypedDict):
    """An error of one field; `field` is its way into what was sent, such as `choices.2.text`."""

    field: str
    detail: str


def are_asked(path: str) -> bool:
    """Tell whether errors at this address are problem documents."""
    return path.startswith(PLACE)


def document(
    code: int, status: str, detail: "_StrOrPromise", errors: Sequence[FieldError] = (), **more: Any
) -> Mapping[str, Any]:
    """Return the document, in the language of the moment; `status` is the word for machines."""
    return {
        "type": f"{PLACE}#problem-{status}",
        "title": str(error_texts.of(code, status).headline),
        "status": code,
        "detail": str(detail),
        "errors": [*errors],
        "request_id": request_ids.current(),
        **more,
    }


def answer(said: Mapping[str, Any], retry_after: int | None = None) -> HttpResponse:
    """Return a document as an answer that no cache keeps."""
    response = JsonResponse(dict(said), status=said["status"], content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response

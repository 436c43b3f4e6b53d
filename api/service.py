"""The API: its operations, how errors become problem documents, and its OpenAPI document."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from api import limits, problems
from api.endpoints import counters, events, host_events, host_polls, polls, votes
from api.problems import Problem
from core.web.problems import CONTENT_TYPE

View = Callable[..., HttpResponse]

_DESCRIPTION: Final = (
    "Polls, events, results, votes and counters for programs. Reading what is public and voting need no account. What"
    " a host does needs an access token, made on the account page and sent as `Authorization: Bearer TOKEN`. The API"
    " knows no cookies."
)


class Service(NinjaAPI):
    """The API, whose refusals are problem documents."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name that a generated client gives to an operation."""
        return str(operation.view_func.__name__)

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the document, which gives problems their own content type."""
        document = super().get_openapi_schema(**options)
        for path in document["paths"].values():
            for operation in path.values():
                _give_problems(operation["responses"])
        return document


def _give_problems(responses: dict[Any, Any]) -> None:
    for status, response in list(responses.items()):
        if int(status) >= 400:
            response["content"] = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            del responses[status]
            responses[str(status)] = response


def _refuse(request: HttpRequest, error: Any) -> HttpResponse:
    problem = problems.of(error)
    if problem is None:
        raise error
    return problem.answer()


def around(view: View) -> View:
    """Do for an operation what is the same for all: no session, the limit, HEAD as GET, and 405 as a problem."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A signed-in browser is nobody here: no page of another site can act for it.
        request.user = AnonymousUser()
        if request.method == "HEAD":
            request.method = "GET"  # the front sends no body
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            return _not_allowed(response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return wrapper


def _not_allowed(response: HttpResponse) -> HttpResponse:
    allowed = response["Allow"]
    detail = gettext("This address takes {methods}.").format(methods=allowed)
    problem = Problem(405, "not_allowed", detail).answer()
    problem["Allow"] = allowed
    return problem


service = Service(
    title="votingsite",
    version="1",
    description=_DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-v1",
    throttle=limits.Throttle(),
)
for _kind in problems.KINDS:
    service.add_exception_handler(_kind, _refuse)
for _prefix, _router in (
    ("", polls.router),
    ("", votes.router),
    ("", events.router),
    ("", counters.router),
    ("/host", host_polls.router),
    ("/host", host_events.router),
):
    service.add_router(_prefix, _router)

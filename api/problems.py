"""Problems: what the API answers when it does not do what it was asked for."""

from collections.abc import Iterable, Sequence
from functools import singledispatch
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from core.web import errors, problems
from core.web.problems import FieldError
from counter import counting
from polls import pictures
from polls.box.definitions import NobodyKnowsError
from polls.host.access import RefusedError
from polls.host.editing import ChangedMeanwhileError
from polls.lifecycle.transitions import NotPossibleError
from polls.voting.errors import RETRY_AFTER

#: Errors for which django-ninja has handlers of its own, which ours replace.
KINDS: Final = (Exception, Http404, HttpError, ValidationError)

#: The words in the types of problems, and what each means. In the language of the OpenAPI document.
WORDS: Final = {
    "already_voted": "The voter has another vote, and votes in this poll can't be changed. `receipt` is its receipt.",
    "bad_choice": "The vote names what this poll does not have, too much, or nothing.",
    "bad_entry": "The poll does not take this entry.",
    "bad_request": "The request can't be read.",
    "bad_token": "The access token is wrong, has expired, or was revoked.",
    "busy": "The service is too busy; the request was not begun.",
    "changed_meanwhile": "Somebody else has changed the poll. `version` is its present one.",
    "closed": "The poll takes no votes any more.",
    "crowded": "The poll takes no more new voters of this network for now; `Retry-After` says when.",
    "error": "Something went wrong in the service.",
    "forbidden": "The user of the token may not do this.",
    "in_progress": "The first request with this Idempotency-Key is still being worked on.",
    "key_reused": "Another request came with this Idempotency-Key.",
    "lost": "The poll became final without this vote.",
    "no_page": "`voter` and `page` don't belong together.",
    "no_token": "This needs an access token.",
    "not_allowed": "The address does not take this method; `Allow` says which it takes.",
    "not_entitled": "The poll is not open to everyone: it wants the ticket of a code, or an account in a browser.",
    "not_found": "There is nothing at this address.",
    "not_known": "The totals, or an answer, can't be had just now.",
    "not_open": "The poll takes no votes yet.",
    "not_possible": "The state of the poll or the event does not allow this.",
    "not_recorded": "Surely nothing was stored: try again.",
    "not_written": "The entry could not be stored: try again.",
    "other_round": "A new round has begun since the ballot paper was made.",
    "read_only": "The access token may only read.",
    "revoked": "The voting code is no longer valid.",
    "slowed": "The poll asks voters of this network for some work first, which `work` describes.",
    "too_large": "The body is larger than any that is needed.",
    "too_many": "Too many requests, votes or wrong tokens; `Retry-After` says when to go on.",
    "too_slow": "The body did not arrive in time.",
    "unavailable": "The database can't be reached: try again. Votes are taken meanwhile.",
    "unknown": "The request may have been carried out. A vote with its `receipt` can be sent again.",
    "wrong_code": "This is no voting code of the poll.",
    "wrong_fields": "Fields are wrong; `errors` has a sentence for each.",
}

#: Places of pydantic's errors that say only where in a request a field is.
_PARTS: Final = ("body", "query", "path", "header", "form")


class Problem(Exception):
    """A refusal; its fields are those of a problem document, `status` the word in its type."""

    def __init__(
        self,
        code: int,
        status: str,
        detail: str,
        errors: Iterable[FieldError] = (),
        retry_after: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.code, self.status, self.detail = code, status, detail
        self.errors, self.retry_after, self.more = tuple(errors), retry_after, more

    def answer(self) -> HttpResponse:
        """Return the problem document."""
        said = problems.document(self.code, self.status, self.detail, self.errors, **self.more)
        response = problems.answer(said, self.retry_after)
        if self.code == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response


def wrong_fields(errors: Sequence[FieldError]) -> Problem:
    """Return the problem of a request whose fields are wrong, each with a sentence."""
    return Problem(422, "wrong_fields", gettext("Some fields are wrong: `errors` has a sentence for each."), errors)


@singledispatch
def of(error: Exception) -> Problem | None:
    """Return the problem that an error of the domain is; None for a bug, which Django handles."""
    return None


@of.register
def _(error: Problem) -> Problem:
    return error


@of.register
def _(error: RefusedError) -> Problem:
    return Problem(error.code, error.status, str(error))


@of.register
def _(error: NotPossibleError) -> Problem:
    return Problem(409, "not_possible", str(error))


@of.register
def _(error: ChangedMeanwhileError) -> Problem:
    detail = gettext("Somebody has changed this poll since you read it. Read it again, then repeat your change.")
    return Problem(409, "changed_meanwhile", detail, version=error.version)


@of.register
def _(error: pictures.GoneError) -> Problem:
    return Problem(409, "not_possible", str(error))


@of.register(Http404)
@of.register(ObjectDoesNotExist)
@of.register(counting.UnknownCounter)
def _(error: Exception) -> Problem:
    return Problem(404, "not_found", gettext("There is nothing at this address."))


@of.register
def _(error: NobodyKnowsError) -> Problem:
    detail = gettext("This can't be read just now. Try again in a moment.")
    return Problem(503, "unavailable", detail, retry_after=RETRY_AFTER)


@of.register(OperationalError)
@of.register(InterfaceError)
def _(error: Exception) -> Problem:
    detail = gettext("The database can't be reached just now. Try again in a moment.")
    return Problem(503, "unavailable", detail, retry_after=errors.RETRY_AFTER)


@of.register
def _(error: counting.NoStore) -> Problem:
    detail = gettext("The counter can't be reached just now, and nothing was counted. Try again in a moment.")
    return Problem(503, "not_recorded", detail, retry_after=errors.RETRY_AFTER)


@of.register
def _(error: counting.NotKnown) -> Problem:
    detail = gettext("The counter doesn't answer just now: this visit may have been counted, or not.")
    return Problem(503, "unknown", detail, retry_after=errors.RETRY_AFTER)


@of.register
def _(error: HttpError) -> Problem:
    return Problem(400, "bad_request", gettext("The body of this request is no JSON."))


@of.register
def _(error: AuthenticationError) -> Problem:
    detail = gettext("This needs an access token: make one on your account page, and send it as a bearer token.")
    return Problem(401, "no_token", detail)


@of.register
def _(error: Throttled) -> Problem:
    detail = gettext("Too many requests came from your network within a minute. Wait a moment.")
    return Problem(429, "too_many", detail, retry_after=error.wait)


@of.register
def _(error: ValidationError) -> Problem:
    return wrong_fields([_field_error(each) for each in error.errors])


def _field_error(error: dict[str, Any]) -> FieldError:
    """Return what pydantic says of a field: its way without our parameters' names, and a sentence."""
    place = [str(part) for part in error["loc"]]
    while place and place[0] in _PARTS:
        # After `body` comes the name of the parameter that takes the whole of it.
        place = place[2:] if place[0] == "body" else place[1:]
    return {"field": ".".join(place), "detail": _sentence(error)}


def _sentence(error: dict[str, Any]) -> str:
    """Return pydantic's message as a sentence, in the reader's language where people meet it."""
    known = {
        "missing": gettext("This field is required."),
        "extra_forbidden": gettext("There is no such field."),
        "int_parsing": gettext("Enter a whole number."),
        "int_type": gettext("Enter a whole number."),
        "string_type": gettext("Enter a text."),
        "bool_type": gettext("Say true or false."),
        "bool_parsing": gettext("Say true or false."),
        "datetime_parsing": gettext("Enter a date and time by ISO 8601, with its time zone."),
        "datetime_from_date_parsing": gettext("Enter a date and time by ISO 8601, with its time zone."),
        "timezone_aware": gettext("Enter a date and time by ISO 8601, with its time zone."),
    }
    return known.get(error["type"]) or f"{error['msg']}."

"""Votes by the API go the way of all votes: a client hands over what a browser keeps in cookies, and its form."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from api.problems import Problem
from api.schemas import Vote
from core.telemetry import metrics
from polls.box.definition import Definition
from polls.voting import receipts, voters
from polls.voting.errors import AlreadyVotedError, CastError, NoPageError
from polls.voting.receipts import Receipt
from polls.voting.voters import Voter


def as_browser(
    request: HttpRequest, voter: str, fields: Mapping[str, str | Sequence[str]], previous: str | None = None
) -> Voter:
    """Give the request the cookies and the form that a browser sends, and return its voter."""
    form = QueryDict(mutable=True)
    for name, value in fields.items():
        form.setlist(name, [value] if isinstance(value, str) else list(value))
    request.COOKIES = {settings.VOTER_COOKIE_NAME: voter, settings.BALLOT_COOKIE_NAME: previous or ""}
    request.POST = form  # type: ignore[assignment]
    return voters.of(request)


def cast(definition: Definition, take: Callable[[], Receipt]) -> tuple[int, Vote]:
    """Take a vote; return the status of the answer and the answer. Raises Problem."""
    try:
        receipt = take()
    except CastError as error:
        (metrics.refused if error.code < 500 else metrics.failed).add()
        raise _problem(definition, error) from error
    return (200 if receipt.status == "counted" else 202), told(receipt)


def told(receipt: Receipt) -> Vote:
    """Return what a client is told of a vote that was accepted."""
    return Vote(
        status=receipt.status,
        receipt=receipt.signed(),
        receipt_code=receipt.code,
        results_pass=receipts.results_token(receipt.poll_id, receipt.cast.round),
        round=receipt.cast.round,
        box=receipt.box,
        position=receipt.position,
        selections=list(receipt.cast.selections),
    )


def _problem(definition: Definition, error: CastError) -> Problem:
    more: dict[str, Any] = {}
    if error.cast is not None:
        # It may count: sent again with this receipt it never counts twice.
        more["receipt"] = Receipt(definition.id, error.cast, "unknown").signed()
    if isinstance(error, AlreadyVotedError):
        more["receipt"] = error.first.signed()
    detail = str(error)
    if isinstance(error, NoPageError):
        detail = gettext("`voter` and `page` don't belong together, so nothing was recorded. Get a ballot paper again.")
    return Problem(error.code, error.status, detail, retry_after=error.retry_after, **more)

"""Votes by the API go the way of all votes: a client hands over what a browser keeps in cookies, and its form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from api.problems import Problem
from api.schemas import Vote
from core.telemetry import metrics
from polls.box.definition import Definition
from polls.voting import receipts, tickets
from polls.voting.errors import AlreadyVotedError, CastError, NoPageError, SlowedError
from polls.voting.receipts import Receipt
from polls.voting.voters import Voter


@dataclass(frozen=True, slots=True)
class Browser:
    """State of a browser: its signed voter, the receipt of its last vote in this poll, and the ticket of a code."""

    voter: str
    previous: str | None = None
    ticket: str | None = None


def as_browser(
    request: HttpRequest, definition: Definition, browser: Browser, fields: Mapping[str, str | Sequence[str]]
) -> Voter:
    """Give the request the cookies and the form of this browser; return the voter, of the code if it has one."""
    form = QueryDict(mutable=True)
    for name, value in fields.items():
        form.setlist(name, [value] if isinstance(value, str) else list(value))
    request.COOKIES = {settings.VOTER_COOKIE_NAME: browser.voter, settings.BALLOT_COOKIE_NAME: browser.previous or ""}
    if definition.electorate:
        request.COOKIES[tickets.cookie_name(definition.electorate)] = browser.ticket or ""
    request.POST = form  # type: ignore[assignment]
    return tickets.voter_of(request, definition)


def cast(definition: Definition, take: Callable[[], Receipt]) -> tuple[int, Vote]:
    """Take a vote; return the status of the answer and the answer. Raises Problem."""
    try:
        receipt = take()
    except CastError as error:
        (metrics.refused if error.code < 500 else metrics.failed).add()
        raise problem(definition, error) from error
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


def problem(definition: Definition, error: CastError) -> Problem:
    """Return the refusal of a vote, or of a code."""
    more: dict[str, Any] = {}
    if error.cast is not None:
        # It may count: sent again with this receipt it never counts twice.
        more["receipt"] = Receipt(definition.id, error.cast, "unknown").signed()
    if isinstance(error, AlreadyVotedError):
        more["receipt"] = error.first.signed()
    if isinstance(error, SlowedError):
        more["work"] = asdict(error.work)
    detail = str(error)
    if isinstance(error, NoPageError):
        detail = gettext("`voter` and `page` don't belong together, so nothing was recorded. Get a ballot paper again.")
    return Problem(error.code, error.status, detail, retry_after=error.retry_after, **more)

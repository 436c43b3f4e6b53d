"""Voting as a browser does: a ballot paper first, then the vote."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext
from ninja import Router, Status
from ninja.params.functions import Header

from api import documents, schemas, votes
from api.problems import Problem, wrong_fields
from api.schemas import Admission, CodeSent, EntrySent, Paper, Repeat, Slug, Vote, VoteSent, VoteStatus
from api.votes import Browser
from polls.box import definitions
from polls.results import snapshots
from polls.views.shared import published
from polls.voting import casting, entries, receipts, submission, tickets, voters
from polls.voting.errors import CastError
from polls.voting.receipts import Receipt

#: As votes of browsers these have VOTE_RATE_LIMIT, and no other limit: a room shares one address.
router = Router(tags=["Voting"], throttle=[])

_REFUSED = frozenset({400, 403, 404, 409, 410, 422, 429, 503})
_CAST: dict[Any, Any] = {frozenset({200, 202}): Vote, _REFUSED: schemas.Problem}


@router.get(
    "/polls/{slug:slug}/ballot",
    response={200: Paper, frozenset({404, 422, 503}): schemas.Problem},
    summary="Get a ballot paper",
)
def get_ballot(
    request: HttpRequest,
    slug: Slug,
    voter: str = Header("", max_length=1_000, description="The `voter` of an earlier paper; without it a new voter."),
    ticket: str = Header("", max_length=1_000, description="The `ticket` of a voting code, in a poll with codes."),
) -> Paper:
    """Return what a vote needs: each voter is told apart by the `voter` that it keeps, as a browser by its cookie."""
    definition = published(definitions.cache.get(slug))
    found = votes.as_browser(request, definition, Browser(voter, ticket=ticket), {})
    return Paper(
        voter=voters.signed(voters.of(request)),
        page=submission.Page.now(definition.round).signed(found),
        round=definition.round,
        poll=documents.poll(request, definition),
    )


@router.post(
    "/polls/{slug:slug}/code",
    response={200: Admission, _REFUSED: schemas.Problem},
    summary="Show a voting code",
)
def show_code(request: HttpRequest, slug: Slug, sent: CodeSent) -> Admission:
    """Return what a code is good for. Shown twice it is good for the same voter; wrong ones are counted."""
    definition = published(definitions.cache.get(slug))
    if not definition.has_codes:
        raise Problem(409, "not_possible", gettext("This poll has no voting codes."))
    browser = votes.as_browser(request, definition, Browser(sent.voter), {"page": sent.page, "code": sent.code})
    try:
        ticket = submission.read_code(request, definition.electorate, browser)
        tickets.check(definition, ticket)
    except CastError as error:
        raise votes.problem(definition, error) from error
    page = submission.Page.now(definition.round)
    return Admission(ticket=tickets.signed(ticket), page=page.signed(tickets.voter(ticket)))


@router.post("/polls/{slug:slug}/votes", response=_CAST, summary="Vote")
def vote(request: HttpRequest, slug: Slug, sent: VoteSent) -> Status[Vote]:
    """Take a vote: 202 received, to be counted; 200 counted already. The voter's last vote counts.

    After a lost answer or a 503 `unknown` send it again with its receipt, or once more: a voter has one ballot.
    """
    definition = published(definitions.cache.to_enter(slug))
    fields = {"page": sent.page, "work": sent.work, "choice": [str(number) for number in sent.selections]}
    voter = votes.as_browser(request, definition, Browser(sent.voter, sent.previous, sent.ticket), fields)
    return Status(
        *votes.cast(definition, lambda: casting.cast(definition, submission.read(request, definition, voter)))
    )


@router.post("/polls/{slug:slug}/votes/repeat", response=_CAST, summary="Send a vote again")
def repeat_vote(request: HttpRequest, slug: Slug, sent: Repeat) -> Status[Vote]:
    """Send a vote again under its old number, since it may be lost: it never counts twice. 410: it is lost."""
    definition = published(definitions.cache.to_enter(slug))
    browser = Browser(sent.voter, ticket=sent.ticket)
    voter = votes.as_browser(request, definition, browser, {"receipt": sent.receipt})

    def take() -> Receipt:
        again = submission.read_receipt(request, definition, voter)
        if again is None:
            raise wrong_fields([{"field": "receipt", "detail": gettext("This field is required.")}])
        return casting.cast_again(definition, again)

    return Status(*votes.cast(definition, take))


@router.get(
    "/polls/{slug:slug}/votes/status",
    response={200: VoteStatus, frozenset({404, 422, 503}): schemas.Problem},
    summary="Ask what became of a vote",
)
def read_vote_status(request: HttpRequest, slug: Slug, receipt: str = Header(..., max_length=8_192)) -> VoteStatus:
    """Return what became of the vote of a receipt. It stands in a header, since servers log addresses."""
    definition = published(definitions.cache.get(slug))
    kept = Receipt.read(receipt)
    if kept is None or kept.poll_id != definition.id:
        raise Problem(404, "not_found", gettext("This is no receipt of this poll."))
    status = receipts.VoteStatus(kept, snapshots.newest([definition.id]).snapshots.get(definition.id))
    return VoteStatus(
        status=status.status,
        may_be_lost=status.is_behind,
        receipt_code=status.receipt_code,
        round=status.round,
        is_of_this_round=status.round == definition.round,
        selections=list(status.selections),
    )


@router.post("/polls/{slug:slug}/entries", response=_CAST, summary="Write an entry of an open list")
def write_entry(request: HttpRequest, slug: Slug, sent: EntrySent) -> Status[Vote]:
    """Take what a voter has written, and the vote for it."""
    definition = published(definitions.cache.to_enter(slug))
    if not definition.kind.takes_entries:
        raise Http404
    fields = {"page": sent.page, "work": sent.work, "text": sent.text}
    voter = votes.as_browser(request, definition, Browser(sent.voter, sent.previous, sent.ticket), fields)
    return Status(*votes.cast(definition, lambda: entries.write(request, definition, voter)[1]))

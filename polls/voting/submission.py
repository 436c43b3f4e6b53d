"""Submission: a vote as the browser sends it, read and checked.

Not a django.forms.Form: measured on this path (docs/decisions/0006), one costs 415 microseconds a vote with Django's
middleware, and reading the POST 200. There is one field to check, against the poll's definition, which casting does.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext

from core.web.texts import whole_number
from polls.box.casts import new_cast_id
from polls.box.definition import Definition
from polls.kinds import BadSelectionsError
from polls.voting import networks, rate_limit, tickets
from polls.voting.casting import Submission
from polls.voting.errors import BadChoiceError, NoChoiceError, NoPageError
from polls.voting.receipts import Receipt, kept_by
from polls.voting.tickets import Ticket
from polls.voting.voters import Voter, key

_SALT = "votingsite.page"


@dataclass(frozen=True, slots=True)
class Page:
    """When and in which round a vote page was drawn for a voter; signed, it comes back with the form.

    So a ballot costs a page (P11): what is signed for one voter is nothing for another.
    """

    drawn_at_ms: int
    round: int

    @classmethod
    def now(cls, round_: int) -> "Page":
        """A page that is drawn now."""
        return cls(time.time_ns() // 1_000_000, round_)

    @classmethod
    def read(cls, text: str, voter: Voter) -> "Page | None":
        """Return what `signed` wrote for this voter; None for anything else."""
        try:
            drawn_at_ms, round_ = signing.loads(text, salt=_salt(voter))
            return cls(drawn_at_ms, round_)
        except (signing.BadSignature, ValueError, TypeError, UnicodeError):
            return None

    def signed(self, voter: Voter) -> str:
        """Return it as text that nobody else can make."""
        return signing.dumps([self.drawn_at_ms, self.round], salt=_salt(voter))


def _salt(voter: Voter) -> str:
    return f"{_SALT}:{voter.id}"


def read(request: HttpRequest, definition: Definition, voter: Voter) -> Submission:
    """Read the vote in this POST, and stamp it with its cast id, once.

    The stamp is the moment of the press, as the page tells it: so neither a web service that hung nor a late repeat
    beats a newer choice. It is always later than the last cast in the voter's cookie. Raises BadChoiceError, and
    NoPageError where no page of ours was drawn for this voter.
    """
    selections = _selections(request, definition)
    page = Page.read(request.POST.get("page", ""), voter)
    if page is None:
        raise NoPageError if selections else NoChoiceError
    return stamped(request, definition, voter, selections, page)


def stamped(
    request: HttpRequest, definition: Definition, voter: Voter, selections: Sequence[int], page: Page
) -> Submission:
    """Return a vote for these choices from this page, stamped as `read` says."""
    pressed = whole_number(request.POST.get("pressed", ""))
    pressed_at_ms = None if pressed is None else page.drawn_at_ms + pressed
    last = kept_by(request, definition, voter)
    of_this_round = None if last is None or last.cast.round != page.round else last
    has_voted = of_this_round is not None and bool(of_this_round.cast.selections)
    first = None
    if of_this_round is not None and not definition.allows_changes:
        first = _of_receipt(request, definition, voter, of_this_round)
    return Submission(
        voter=voter.id,
        cast_id=new_cast_id(pressed_at_ms, after=None if last is None else last.cast.cast_id),
        selections=tuple(selections),
        round=page.round,
        limit=rate_limit.limit(request),
        may_be_empty=has_voted and definition.kind.may_be_withdrawn and definition.allows_changes,
        network=networks.of(request, definition),
        ticket=tickets.of(request, definition),
        voted_as=None if of_this_round is None else of_this_round.cast.voter_key,
        work=request.POST.get("work", ""),
        first=first,
    )


def read_receipt(request: HttpRequest, definition: Definition, voter: Voter) -> Submission | None:
    """Read the vote that a receipt in this POST stands for, under its old cast id; None without one.

    Raises BadChoiceError for a receipt that is not ours, not of this poll, or not this voter's.
    """
    text = request.POST.get("receipt")
    if not text:
        return None
    receipt = Receipt.read(text)
    found = None if receipt is None else _of_receipt(request, definition, voter, receipt)
    if found is None:
        raise BadChoiceError(gettext("This receipt is not yours, or not of this poll."))
    return found


def _of_receipt(request: HttpRequest, definition: Definition, voter: Voter, receipt: Receipt) -> Submission | None:
    """Return the vote of a receipt, to be cast again; None for one of another voter or poll."""
    cast = receipt.cast
    if receipt.poll_id != definition.id or cast.voter_key != key(voter.id, definition.voter_salt):
        return None
    limit = rate_limit.limit(request, is_repeat=True)
    network = networks.of(request, definition)
    return Submission(voter.id, cast.cast_id, cast.selections, cast.round, limit, may_be_empty=True, network=network)


def read_code(request: HttpRequest, electorate: str, *pages_of: Voter) -> Ticket:
    """Return the ticket of the code in this POST, from a page that was drawn for one of these.

    Raises NoPageError, WrongCodeError and TooManyCodesError. Whether the code is revoked, `tickets.check` tells.
    """
    page = request.POST.get("page", "")
    if not any(Page.read(page, voter) for voter in pages_of):
        raise NoPageError
    return tickets.enter(request, electorate, request.POST.get("code", ""))


def readable_choices(request: HttpRequest, definition: Definition) -> tuple[int, ...]:
    """Return the numbers that the form names as choices; skip what is no number."""
    try:
        return _readable(definition.kind.sent(request.POST))
    except BadSelectionsError:
        return ()


def _selections(request: HttpRequest, definition: Definition) -> tuple[int, ...]:
    try:
        sent = definition.kind.sent(request.POST)
    except BadSelectionsError as error:
        raise BadChoiceError(str(error)) from None
    selections = _readable(sent)
    if len(selections) != len(sent):
        raise BadChoiceError
    return selections


def _readable(sent: Sequence[str]) -> tuple[int, ...]:
    return tuple(number for number in map(whole_number, sent) if number is not None)

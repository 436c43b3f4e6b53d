"""The receipt: what a voter holds of a vote, signed, so that it can be shown again.

It binds voter, round, cast id and selections. It lives in a cookie of the poll's own pages, from which the vote page
knows the present choice, and a page whose vote was lost with its ballot box, or whose answer was "unknown", sends it
back under its old cast id.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from core.web import iframes
from polls.box.casts import Cast, position_key, receipt_code
from polls.box.definition import Definition
from polls.results.snapshots import Counted
from polls.voting.voters import Voter, key

_SALT = "votingsite.receipt"
_VOTED_SALT = "votingsite.voted"
#: How long a browser keeps it, in seconds.
COOKIE_AGE = 180 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Receipt:
    """A vote that was accepted, or may have been."""

    poll_id: int
    cast: Cast
    #: What the web service said: received, counted or unknown.
    status: str
    box: int = 0
    position: str | None = None

    @classmethod
    def read(cls, text: str) -> "Receipt | None":
        """Read what `signed` wrote; None for anything else."""
        try:
            poll_id, cast, status, box, position = signing.loads(text, salt=_SALT)
            return cls(poll_id, Cast.load(cast.encode()), status, box, position)
        except (signing.BadSignature, ValueError, TypeError, AttributeError):
            return None

    @property
    def code(self) -> str:
        """The short form to keep, like 7K4-Q2M."""
        return receipt_code(self.cast.cast_id)

    def signed(self) -> str:
        """As text that nobody else can make."""
        fields: list[Any] = [self.poll_id, self.cast.dump(), self.status, self.box, self.position]
        return signing.dumps(fields, salt=_SALT)


class VoteStatus:
    """A receipt as the vote page shows it."""

    def __init__(self, receipt: Receipt, snapshot: Counted | None) -> None:
        self.selections = receipt.cast.selections
        self.receipt = receipt.signed()
        self.receipt_code = receipt.code
        self.results_token = results_token(receipt.poll_id, receipt.cast.round)
        self.round = receipt.cast.round
        self.box = receipt.box
        self.position = receipt.position
        #: `counted` once the count of its box has passed it, else what the web service said.
        self.status = "counted" if _is_passed(receipt, snapshot) else receipt.status
        #: Whether another box has come since: this one may be lost.
        self.is_behind = self.status == "received" and snapshot is not None and snapshot["box"] > receipt.box
        #: The status for people: a vote that was taken back is not counted.
        self.stage = "withdrawn" if self.status == "counted" and not self.selections else self.status


def _is_passed(receipt: Receipt, snapshot: Counted | None) -> bool:
    if snapshot is None or receipt.position is None or snapshot["box"] != receipt.box:
        return False
    return position_key(snapshot["counted_through"]) >= position_key(receipt.position)


def kept(request: HttpRequest, poll_id: int) -> Receipt | None:
    """The receipt in the cookie of this poll's pages; None if there is none, or it was tampered with."""
    if not hasattr(request, "kept_receipt"):
        cookie = request.COOKIES.get(iframes.cookie_name(request, settings.BALLOT_COOKIE_NAME), "")
        request.kept_receipt = _of_poll(cookie, poll_id)  # type: ignore[attr-defined]
    receipt: Receipt | None = request.kept_receipt  # type: ignore[attr-defined]
    return receipt


def kept_by(request: HttpRequest, definition: Definition, voter: Voter) -> Receipt | None:
    """The same for a voter: where one browser may be several, by code or account, that of another is none."""
    receipt = kept(request, definition.id)
    if receipt is None or not definition.electorate:
        return receipt
    return receipt if receipt.cast.voter_key == key(voter.id, definition.voter_salt) else None


def _of_poll(text: str, poll_id: int) -> Receipt | None:
    receipt = Receipt.read(text) if text else None
    return receipt if receipt is not None and receipt.poll_id == poll_id else None


def keep(
    request: HttpRequest,
    response: HttpResponse,
    receipt: Receipt,
    signed: str,
    *,
    stands: bool = False,
    path: str | None = None,
) -> None:
    """Give the browser the cookie, unless it has that of a newer cast: a repeat from another tab is none.

    One that `stands` takes the place of any other: votes in its poll can't be changed.

    `path` is that of the poll's vote page, or of its frame; None if the request is for it. There, and to what lies
    under it, the cookie is sent alone, however many polls somebody votes in.
    """
    present = kept(request, receipt.poll_id)
    if present is not None and present.cast.cast_id > receipt.cast.cast_id and not stands:
        return
    name = iframes.cookie_name(request, settings.BALLOT_COOKIE_NAME)
    response.set_cookie(
        name,
        signed,
        max_age=COOKIE_AGE,
        path=request.path if path is None else path,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    iframes.mark_cookie(response, name)


# The pass ------------------------------------------------------------------------------------------------------------


def results_token(poll_id: int, round_: int) -> str:
    """Signed word that somebody has voted in this round, for the address of a WebSocket.

    The receipt's cookie does not reach that address, and the receipt itself must not stand in an address: servers log
    addresses beside those of the callers, and a receipt leads to the stored ballot.
    """
    return signing.dumps([poll_id, round_], salt=_VOTED_SALT)


def read_results_token(text: str, poll_id: int) -> int | None:
    """The round that its holder has voted in; None if it is no pass of this poll."""
    try:
        found_poll, round_ = signing.loads(text, salt=_VOTED_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return round_ if found_poll == poll_id and isinstance(round_, int) else None


def voted_in(cookie: str, pass_: str, poll_id: int) -> int | None:
    """The round that the holder of this cookie or this pass has voted in."""
    receipt = _of_poll(cookie, poll_id)
    if receipt is not None and receipt.status != "unknown":
        return receipt.cast.round
    return read_results_token(pass_, poll_id)

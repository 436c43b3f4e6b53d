"""The receipt: what a voter holds of a vote that was accepted, signed, so that it can be shown again.

It binds voter, round, cast id and selections. It lives in a cookie of the poll's own pages, from which the vote page
knows the present choice, and a page whose vote was lost with its ballot box sends it back under its old cast id.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from polls.casting import Accepted
from polls.casts import position_key, receipt_code
from polls.results import Snapshot

COOKIE = "ballot"
_SALT = "votingsite.receipt"
#: How long a browser keeps it, in seconds.
COOKIE_AGE = 180 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Receipt:
    """One accepted vote."""

    poll_id: int
    round: int
    cast_id: UUID
    voter_key: UUID
    selections: tuple[int, ...]
    box: int
    #: None: it was counted when it was accepted (the direct path).
    position: str | None

    @classmethod
    def of(cls, accepted: Accepted) -> "Receipt":
        """For a vote that was just accepted."""
        cast = accepted.cast
        return cls(
            poll_id=accepted.definition.id,
            round=cast.round,
            cast_id=cast.cast_id,
            voter_key=cast.voter_key,
            selections=cast.selections,
            box=accepted.box,
            position=accepted.position,
        )

    @classmethod
    def read(cls, text: str) -> "Receipt | None":
        """What `signed` wrote; None for anything else."""
        try:
            poll_id, round_, cast_id, voter_key, selections, box, position = signing.loads(text, salt=_SALT)
            return cls(poll_id, round_, UUID(cast_id), UUID(voter_key), tuple(selections), box, position)
        except (signing.BadSignature, ValueError, TypeError, UnicodeError):
            return None

    @property
    def code(self) -> str:
        """The short form to keep, like 7K4-Q2M."""
        return receipt_code(self.cast_id)

    @property
    def status(self) -> str:
        """What the door said when it was accepted."""
        return "counted" if self.position is None else "received"

    def signed(self) -> str:
        """As text that nobody else can make."""
        fields: list[Any] = [self.poll_id, self.round, str(self.cast_id), str(self.voter_key), self.selections]
        return signing.dumps([*fields, self.box, self.position], salt=_SALT)


class Mine:
    """A receipt as the vote page shows it."""

    def __init__(self, receipt: Receipt, snapshot: Snapshot | None) -> None:
        self.selections = receipt.selections
        self.receipt = receipt.signed()
        self.receipt_code = receipt.code
        self.round = receipt.round
        self.box = receipt.box
        self.position = receipt.position
        #: `counted` once the count of its box has passed it, else what the door said.
        self.status = "counted" if _is_passed(receipt, snapshot) else receipt.status


def _is_passed(receipt: Receipt, snapshot: Snapshot | None) -> bool:
    if snapshot is None or receipt.position is None or snapshot["box"] != receipt.box:
        return False
    return position_key(snapshot["counted_through"]) >= position_key(receipt.position)


def kept(request: HttpRequest, poll_id: int) -> Receipt | None:
    """The receipt in the cookie of this poll's pages; None if there is none, or it was tampered with."""
    receipt = Receipt.read(request.COOKIES.get(COOKIE, ""))
    return receipt if receipt is not None and receipt.poll_id == poll_id else None


def keep(response: HttpResponse, slug: str, signed: str) -> None:
    """Give the browser the cookie. It is sent to this poll's pages alone, however many polls somebody votes in."""
    response.set_cookie(
        COOKIE,
        signed,
        max_age=COOKIE_AGE,
        path=reverse("vote", args=[slug]),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )

"""Tickets: the right to vote in a poll that is not open to everyone, in a signed cookie of the browser.

Whoever has shown a code, or an account, need not do so again, and votes go on without Postgres. The voter follows from
the code or the account, so two browsers with one code are one voter.
"""

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse

from core.stores import postgres
from polls.box.definition import Definition
from polls.electorate import codes
from polls.electorate.electorates import Electorate, KeyGoneError
from polls.voting import voters, wrong_codes
from polls.voting.errors import NoTicketError, RevokedError, TooManyCodesError, WrongCodeError
from polls.voting.voters import Voter

_SALT = "votingsite.ticket"
#: How long a browser keeps the ticket of a code, in seconds: as a receipt.
_CODE_AGE = 180 * 24 * 3600
#: How long the ticket of an account is good while Postgres can't say whether its session has ended, in seconds.
_ACCOUNT_AGE = 12 * 3600


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right of one voter to vote, with a code or with an account."""

    electorate: str
    voter_id: str
    #: The number and the generation of the code; of an account 0 and 0.
    number: int = 0
    generation: int = 0
    #: A hash of the session that an account was signed in with: without that session it is no ticket.
    session: str = ""


def voter_of(request: HttpRequest, definition: Definition) -> Voter:
    """Return the voter of this request in a poll: the browser, or whoever has its ticket."""
    ticket = of(request, definition)
    return voters.of(request) if ticket is None else voter(ticket)


def voter(ticket: Ticket) -> Voter:
    """Return the voter that it stands for."""
    return Voter(ticket.voter_id, is_new=False)


def of(request: HttpRequest, definition: Definition) -> Ticket | None:
    """Return the ticket of this browser, good or not; None without one, and where everyone may vote."""
    return kept(request, definition.electorate)


def kept(request: HttpRequest, electorate: str) -> Ticket | None:
    """The same, for the electorate of a poll or an event."""
    if not electorate:
        return None
    tickets = _known(request)
    if electorate not in tickets:
        tickets[electorate] = _read(request, electorate)
    return tickets[electorate]


def _known(request: HttpRequest) -> dict[str, Ticket | None]:
    """Return the tickets that were read from this request, by electorate."""
    tickets: dict[str, Ticket | None] = request.__dict__.setdefault("tickets", {})
    return tickets


def need(request: HttpRequest, definition: Definition) -> None:
    """Raise NoTicketError if this browser needs a ticket and has none."""
    if definition.electorate and of(request, definition) is None:
        raise NoTicketError


def check(definition: Definition, ticket: Ticket | None) -> None:
    """Raise NoTicketError unless the holder may vote, as this definition has it."""
    if not definition.electorate:
        return
    if ticket is None or ticket.electorate != definition.electorate:
        raise NoTicketError
    # A greater generation is of a definition that this process does not know yet.
    if ticket.generation < next((least for number, least in definition.changed_codes if number == ticket.number), 0):
        raise RevokedError


def enter(request: HttpRequest, word: str, text: str) -> Ticket:
    """Return the ticket for a typed code of this electorate. It may be revoked: `check` tells.

    Raises WrongCodeError and TooManyCodesError.
    """
    if seconds := wrong_codes.wait(request):
        raise TooManyCodesError(retry_after=seconds)
    electorate = Electorate.read(word)
    code = None if electorate is None or not electorate.has_codes else codes.read(electorate, text)
    if electorate is None or code is None:
        wrong_codes.count(request)
        raise WrongCodeError
    return Ticket(word, electorate.voter_id(code.number), code.number, code.generation)


def renewed(request: HttpRequest, word: str) -> Ticket | None:
    """Return the ticket of whoever is signed in now; while Postgres can't say, the one that the browser has."""
    electorate = Electorate.read(word)
    if electorate is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    try:
        with postgres.bounded():
            user_id = request.user.pk if request.user.is_authenticated else None
    except PostgresError:
        return kept(request, word)
    try:
        voter_id = None if user_id is None else electorate.voter_id(user_id)
    except KeyGoneError:
        voter_id = None
    ticket = None if voter_id is None else Ticket(word, voter_id, session=_session(request))
    _known(request)[word] = ticket
    return ticket


def keep(response: HttpResponse, ticket: Ticket, path: str) -> None:
    """Give the browser the cookie."""
    response.set_cookie(
        cookie_name(ticket.electorate),
        signed(ticket),
        max_age=_age(ticket.electorate),
        path=_path(ticket.electorate, path),
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


def signed(ticket: Ticket) -> str:
    """Return it as text that nobody else can make."""
    fields = [ticket.voter_id, ticket.number, ticket.generation, ticket.session]
    return signing.dumps(fields, salt=_salt(ticket.electorate))


def cookie_name(word: str) -> str:
    """Return the name of its cookie: that of a poll goes to its pages alone, those of events need a name each."""
    electorate = Electorate.read(word)
    if electorate is None or not electorate.is_of_event:
        return settings.TICKET_COOKIE_NAME
    return f"{settings.TICKET_COOKIE_NAME}_{electorate.rows['event_id']}"


def is_held(request: HttpRequest, definition: Definition) -> bool:
    """Tell whether this browser has a cookie of a ticket, good or not."""
    return cookie_name(definition.electorate) in request.COOKIES


def forget(response: HttpResponse, definition: Definition, path: str) -> None:
    """Take the cookie from the browser."""
    response.delete_cookie(cookie_name(definition.electorate), path=_path(definition.electorate, path), samesite="Lax")


def _read(request: HttpRequest, word: str) -> Ticket | None:
    text = request.COOKIES.get(cookie_name(word), "")
    if not text:
        return None
    try:
        voter_id, number, generation, session = signing.loads(text, salt=_salt(word), max_age=_age(word))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if session and not hmac.compare_digest(session, _session(request)):
        return None
    return Ticket(word, voter_id, number, generation, session)


def _session(request: HttpRequest) -> str:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return hmac.digest(settings.SECRET_KEY.encode(), f"{_SALT}:{key}".encode(), "sha256").hex()[:32]


def _path(word: str, path: str) -> str:
    """Return where the cookie goes: to the pages of its poll, at `path`, or to all polls, if it is of an event."""
    electorate = Electorate.read(word)
    return "/" if electorate is not None and electorate.is_of_event else path


def _salt(word: str) -> str:
    return f"{_SALT}:{word}"


def _age(word: str) -> int:
    electorate = Electorate.read(word)
    return _CODE_AGE if electorate is not None and electorate.has_codes else _ACCOUNT_AGE

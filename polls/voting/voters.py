"""Voters: a random id in a signed cookie, stored only as a hash under the poll's own key.

So nobody can join the ballots of one person in two polls from the database; and a rotated SECRET_KEY makes no second
voter, as long as the old one stands in SECRET_KEY_FALLBACKS.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from core.web import iframes
from polls.electorate.keys import of_voter as key

__all__ = ["COOKIE_AGE", "Voter", "key", "of", "remember", "signed"]

_SALT = "votingsite.voter"
#: How long a browser keeps it, in seconds: the 400 days that browsers allow at most.
COOKIE_AGE = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Voter:
    """A voter: one browser, in the pages of this site or in frames of one other site."""

    id: str
    #: Made just now: the answer has to carry the cookie.
    is_new: bool
    #: The name of its cookie; empty without one.
    cookie: str = ""


def of(request: HttpRequest) -> Voter:
    """Return the voter of this request, the same at each call. Without our cookie, untouched, it is a new one."""
    if not hasattr(request, "voter"):
        name = iframes.cookie_name(request, settings.VOTER_COOKIE_NAME)
        known = request.get_signed_cookie(name, default="", salt=_SALT)
        voter_id = known or secrets.token_urlsafe(16)
        request.voter = Voter(voter_id, not known, name)  # type: ignore[attr-defined]
    voter: Voter = request.voter  # type: ignore[attr-defined]
    return voter


def signed(voter: Voter) -> str:
    """Return the value of the voter's cookie, for clients that keep it by themselves."""
    return signing.get_cookie_signer(salt=settings.VOTER_COOKIE_NAME + _SALT).sign(voter.id)


def remember(response: HttpResponse, voter: Voter) -> None:
    """Give a new voter the cookie. May be repeated."""
    if not voter.is_new:
        return
    response.set_signed_cookie(
        voter.cookie,
        voter.id,
        salt=_SALT,
        max_age=COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )
    iframes.mark_cookie(response, voter.cookie)

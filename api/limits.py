"""Limits of the API: requests of one network in a minute, and tokens that it guesses wrong.

Redis counts, for all processes together, under a hash: no address is stored. While Redis is away each process counts
requests by itself; guesses are not limited then, of 256 random bits.
"""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from ninja.throttling import BaseThrottle

from api.problems import Problem
from core.web import frequency

#: Seconds for which requests are counted together, and wrong tokens.
WINDOW_S, GUESSES_WINDOW_S = 60, 300
#: Wrong tokens of one network in that time. A program whose token was revoked has it soon.
GUESSES = 60


class Throttle(BaseThrottle):
    """The limit of requests, which django-ninja asks before each operation."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Count a request; return False if its network has sent too many."""
        most = settings.API_RATE_LIMIT
        return most is None or frequency.count(request, "api", WINDOW_S) <= most

    def wait(self) -> float:
        """Return after how many seconds the next one may come."""
        return WINDOW_S


def refuse_guesses(request: HttpRequest) -> None:
    """Raise Problem if too many wrong tokens came from this network, so that a right one is not looked up."""
    if frequency.counted(request, "api-token") >= GUESSES:
        text = gettext("Too many wrong tokens came from your network. Try again in {minutes} minutes.")
        detail = text.format(minutes=GUESSES_WINDOW_S // 60)
        raise Problem(429, "too_many", detail, retry_after=GUESSES_WINDOW_S)


def note_guess(request: HttpRequest) -> None:
    """Count a wrong token."""
    frequency.count(request, "api-token", GUESSES_WINDOW_S)

"""Where a vote comes from, for the rate limit alone: no address is stored.

What Redis counts under is a hash with a key that changes every hour, and it expires within a minute.
"""

from django.conf import settings
from django.http import HttpRequest

from core.web import proxies
from polls.box.ballot_box import Limit


def limit(request: HttpRequest) -> Limit | None:
    """The limit for the caller's address; None while VOTE_RATE_LIMIT is off."""
    if settings.VOTE_RATE_LIMIT is None:
        return None
    return Limit(proxies.pseudonym("address", proxies.caller(request)), settings.VOTE_RATE_LIMIT)

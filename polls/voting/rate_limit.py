"""Where a vote comes from, for the rate limit alone: no address is stored.

What Redis counts under is a hash with a key that changes every hour, and it expires within a minute.
"""

import hmac
import time

from django.conf import settings
from django.http import HttpRequest

from core.web import proxies
from polls.box.ballot_box import Limit


def limit(request: HttpRequest) -> Limit | None:
    """The limit for the caller's address; None while VOTE_RATE_LIMIT is off."""
    if settings.VOTE_RATE_LIMIT is None:
        return None
    text = f"votingsite.address:{int(time.time()) // 3600}:{proxies.caller(request)}"
    key = hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()[:32]
    return Limit(key, settings.VOTE_RATE_LIMIT)

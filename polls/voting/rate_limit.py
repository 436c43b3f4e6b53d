"""Rate limit of votes, by the caller's network. No address is stored.

What is counted under is a hash with a key that changes every hour, and it is forgotten within a minute.
"""

from django.conf import settings
from django.http import HttpRequest

from core.web import counts, proxies
from core.web.counts import Counts
from polls.box.ballot_box import Limit


def limit(request: HttpRequest, *, is_repeat: bool = False) -> Limit | None:
    """Return the limit for the caller's network; None while VOTE_RATE_LIMIT is off.

    Repeats with a receipt are counted apart: whoever has used up the votes may still ask what became of one.
    """
    if settings.VOTE_RATE_LIMIT is None:
        return None
    purpose = "repeat" if is_repeat else "address"
    return Limit(proxies.pseudonym(purpose, proxies.caller(request)), settings.VOTE_RATE_LIMIT)


def take(counted: Counts, limit: Limit) -> int:
    """Count one more vote in this process. Returns 0, or after how many seconds the caller may vote again."""
    return 0 if counted.add(limit.address_key) <= limit.casts else counts.left_s()


#: What the cast script counts in Redis, while Redis is away.
without_redis = Counts()
#: Entries that were sent to this process. The votes that pick them are counted as all votes are.
entries = Counts()

"""The networks that votes come from, so that a host sees when many come from one. No address is stored.

A network has another name in each poll and at each site: a hash under the site's key and the poll's own. From the
database alone, without SECRET_KEY, nobody can find out which network it is, not even by trying all.
"""

import hmac

from django.conf import settings
from django.http import HttpRequest

from core.web import proxies
from polls.box.casts import NETWORK_LENGTH
from polls.box.definition import Definition


def of(request: HttpRequest, definition: Definition) -> str:
    """Return the name that the caller's network has in this poll."""
    text = f"votingsite.network:{definition.voter_salt}:{proxies.caller(request)}"
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256").hex()[:NETWORK_LENGTH]

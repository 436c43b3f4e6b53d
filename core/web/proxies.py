"""The proxies in front of the web services, whose headers are believed: those of TRUSTED_PROXIES and no others."""

import hmac
import time
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def is_trusted(address: str) -> bool:
    """Whether this is the address of one of them."""
    if not settings.TRUSTED_PROXIES:
        return False
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)


def pseudonym(purpose: str, text: str) -> str:
    """A name for a caller that Redis may count under: another one for each purpose and hour, and nobody can undo it."""
    named = f"votingsite.{purpose}:{int(time.time()) // 3600}:{text}"
    return hmac.new(settings.SECRET_KEY.encode(), named.encode(), "sha256").hexdigest()[:32]


def caller(request: HttpRequest) -> str:
    """The caller's address: of the ones that X-Forwarded-For names, the last that is none of TRUSTED_PROXIES.

    Without a trusted proxy in front the header is whatever a caller likes, and is not looked at.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    for forwarded in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not is_trusted(address):
            break
        address = forwarded.strip() or address
    return address

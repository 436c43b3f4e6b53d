"""The proxies in front of the web services, whose headers are believed: those of TRUSTED_PROXIES and no others."""

import hmac
import re
import time
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

#: What some proxies write: an address with a port, in brackets where it is one of IPv6, in quotes.
_WITH_PORT = re.compile(r'"?(?:\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+)"?')


#: No address is longer, in whatever form.
_LONGEST = 80


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address in any form that a proxy may give it; None for what is none. An IPv4 one in IPv6 is the IPv4 one."""
    return _parsed_and_kept(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)  # Each vote asks twice, and parsing takes fifty times as long as looking up.
def _parsed_and_kept(text: str) -> IPv4Address | IPv6Address | None:
    form = _WITH_PORT.fullmatch(text.strip())
    text = (form["six"] or form["four"]) if form else text.strip()
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=4096)
def _network_of(address: IPv4Address | IPv6Address) -> str:
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def _is_proxy(address: IPv4Address | IPv6Address | None) -> bool:
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def is_trusted(address: str) -> bool:
    """Tell whether this is the address of one of them."""
    return bool(settings.TRUSTED_PROXIES) and _is_proxy(_parsed(address))


def pseudonym(purpose: str, text: str) -> str:
    """A name for a caller that Redis may count under: another one for each purpose and hour, and nobody can undo it."""
    named = f"votingsite.{purpose}:{int(time.time()) // 3600}:{text}"
    return hmac.new(settings.SECRET_KEY.encode(), named.encode(), "sha256").hexdigest()[:32]


def caller(request: HttpRequest) -> str:
    """Return the caller's network: an IPv4 address, or the /64 of an IPv6 one.

    Who has an address of such a /64 mostly has all of them. Of the addresses that X-Forwarded-For names it is the last
    that is none of TRUSTED_PROXIES. Without a trusted proxy in front the header is whatever a caller likes, and is not
    looked at.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    address = _parsed(remote)
    for forwarded in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        named = _parsed(forwarded)
        if named is None or not _is_proxy(address):
            break
        address = named
    return remote if address is None else _network_of(address)

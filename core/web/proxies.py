"""The proxies in front of the web services. Only headers from TRUSTED_PROXIES are believed."""

import hmac
import re
import time
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

#: The forms that some proxies write: with a port, in quotes, IPv6 in brackets.
_WITH_PORT = re.compile(r'"?(?:\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+)"?')


#: No address is longer, in whatever form.
_LONGEST = 80


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address in any form that proxies write; None for anything else. IPv4 inside IPv6 becomes IPv4."""
    return _parsed_and_kept(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)  # Each vote parses two addresses, and parsing takes fifty times as long as this lookup.
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
    """Tell whether this is the address of a trusted proxy."""
    return bool(settings.TRUSTED_PROXIES) and _is_proxy(_parsed(address))


def pseudonym(purpose: str, text: str) -> str:
    """Return a key under which Redis may count a caller: a one-way hash that differs by purpose and hour."""
    named = f"votingsite.{purpose}:{int(time.time()) // 3600}:{text}"
    return hmac.new(settings.SECRET_KEY.encode(), named.encode(), "sha256").hexdigest()[:32]


def caller(request: HttpRequest) -> str:
    """Return the caller's network: an IPv4 address, or the /64 of an IPv6 one.

    One household or office usually has a whole /64. Of the addresses in X-Forwarded-For it is the last that is not in
    TRUSTED_PROXIES. Without a trusted proxy in front the header may be forged, and is ignored.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    address = _parsed(remote)
    for forwarded in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        named = _parsed(forwarded)
        if named is None or not _is_proxy(address):
            break
        address = named
    return remote if address is None else _network_of(address)

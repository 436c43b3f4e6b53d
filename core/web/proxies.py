"""The proxies in front of the web services, whose headers are believed: those of TRUSTED_PROXIES and no others."""

from ipaddress import ip_address

from django.conf import settings


def is_trusted(address: str) -> bool:
    """Whether this is the address of one of them."""
    if not settings.TRUSTED_PROXIES:
        return False
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)

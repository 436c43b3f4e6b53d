"""The secret keys under which codes and accounts become voters. A mark names one without giving it away.

Codes are printed, so one SECRET_KEY has to stay good for them after another has taken its place: an electorate keeps
the mark of the one that it began with, which is found again in SECRET_KEY_FALLBACKS.
"""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from django.conf import settings

#: Hexadecimal digits of a mark.
MARK_LENGTH = 8


def present_mark() -> str:
    """Return the mark of SECRET_KEY."""
    return next(iter(_known()))


def derived(mark: str, purpose: str) -> bytes | None:
    """Return a key for one purpose, made of the secret key with this mark; None if that is no longer configured."""
    secret = _known().get(mark)
    return None if secret is None else hmac.digest(secret.encode(), f"votingsite.{purpose}".encode(), "sha256")


def _known() -> Mapping[str, str]:
    return _by_mark((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=16)
def _by_mark(secrets: tuple[str, ...]) -> Mapping[str, str]:
    """Return the secret keys by mark, the present one first."""
    return {hmac.digest(key.encode(), b"votingsite.key-mark", "sha256").hex()[:MARK_LENGTH]: key for key in secrets}


def of_voter(voter_id: str, voter_salt: str) -> UUID:
    """Return the key that is stored for a voter: 128 bits of an HMAC-SHA256 under the poll's own key (hexadecimal).

    128 bits: among 10,000,000 voters of one poll two have the same key with a probability below 2e-25.
    """
    return UUID(bytes=hmac.digest(bytes.fromhex(voter_salt), voter_id.encode(), "sha256")[:16])

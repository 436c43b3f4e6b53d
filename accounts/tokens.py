"""Access tokens of the API: made, looked up and revoked. A token is shown once; a hash of it is stored."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AccessToken
from core.web import texts

#: By which scanners for leaked secrets, and people, know what it is.
PREFIX: Final = "vs_"
#: Letters that the list shows.
_SHOWN = 8
#: Tokens that one user may have.
MOST = 20
#: The time after which the last use is written again.
NOTED_EVERY = timedelta(minutes=1)


class TooManyError(Exception):
    """The user has as many tokens as they may."""


def make(user: User, name: str, scope: str, days: int | None) -> str:
    """Make a token that holds for so many days, or until it is revoked; return its text. Raises TooManyError."""
    if of(user).count() >= MOST:
        raise TooManyError
    text = PREFIX + secrets.token_urlsafe(32)
    expires_at = None if days is None else timezone.now() + timedelta(days=days)
    AccessToken.objects.create(
        user=user, name=name, scope=scope, expires_at=expires_at, digest=_digest(text), beginning=text[:_SHOWN]
    )
    return text


def find(text: str) -> AccessToken | None:
    """Return the token of this text with its user; None for none, one that has expired, or of a closed account."""
    if not text.startswith(PREFIX):
        return None
    holds = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    found = AccessToken.objects.select_related("user").filter(holds, digest=_digest(text), user__is_active=True)
    return found.first()


def note_use(token: AccessToken) -> None:
    """Record that a token was used; at most once a minute."""
    now = timezone.now()
    if token.used_at is None or now - token.used_at > NOTED_EVERY:
        AccessToken.objects.filter(pk=token.pk).update(used_at=now)


def of(user: User) -> QuerySet[AccessToken]:
    """Return the tokens of a user, those that have expired included."""
    return AccessToken.objects.filter(user=user)


def revoke(user: User, number: str) -> bool:
    """Revoke the token with this id at once; return False if this user has none with it."""
    gone, _ = of(user).filter(pk=texts.whole_number(number) or 0).delete()
    return gone > 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

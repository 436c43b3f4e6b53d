"""Signing in: how often somebody may guess a password, and that each failed guess is logged.

A guess costs a third of a second of CPU, so the number is asked before the password is hashed. It is kept in Redis for
some minutes, under hashes: neither names nor addresses are stored. While Redis is away nobody is held back.
"""

import logging
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.web import proxies

logger = logging.getLogger(__name__)

#: Seconds after which a failed guess is forgotten.
WINDOW_S = 300
#: Failed guesses of one network at one account, and at all accounts, before it has to wait.
OF_ACCOUNT, OF_NETWORK = 10, 50

KINDS = (
    KeyKind(
        "logins:H", r"logins:[0-9a-f]{32}", gettext_lazy("How often a password was guessed wrong in the last minutes.")
    ),
)


def is_held_back(request: HttpRequest, name: str) -> bool:
    """Tell whether the caller has guessed too often of late; False while Redis can't say."""
    try:
        of_account, of_network = redis.client().mget(_keys(request, name))
    except RedisError as error:
        logger.warning("Failed logins can't be counted: %s", error)
        return False
    return int(of_account or 0) >= OF_ACCOUNT or int(of_network or 0) >= OF_NETWORK


def note_failure(request: HttpRequest | None = None, credentials: dict[str, Any] | None = None, **_: Any) -> None:
    """Count and log a guess that was wrong. The receiver of Django's `user_login_failed`."""
    if request is None:  # a program has asked, and no caller
        return
    logger.warning("A login failed: a wrong name or password")
    try:
        pipeline = redis.client().pipeline()
        for key in _keys(request, str((credentials or {}).get("username", ""))):
            pipeline.incr(key)
            pipeline.expire(key, WINDOW_S)
        pipeline.execute()
    except RedisError as error:
        logger.warning("Failed logins can't be counted: %s", error)


def watch() -> None:
    """Count failures from now on. Harmless to repeat."""
    user_login_failed.connect(note_failure, dispatch_uid="core.web.logins")


def _keys(request: HttpRequest, name: str) -> list[str]:
    """Return the keys that count the caller's guesses: those at this account, and all of them."""
    network = proxies.caller(request)
    counted = (f"{network} {name.casefold()[:150]}", network)
    return [f"logins:{proxies.pseudonym('login', text)}" for text in counted]


class _Patient(AuthenticationForm):
    """Asks before the password is looked at."""

    def clean(self) -> Any:
        """Refuse who has guessed too often; else see whether name and password are right."""
        if self.request is not None and is_held_back(self.request, str(self.data.get("username", ""))):
            minutes = WINDOW_S // 60
            raise ValidationError(
                gettext("Too many wrong passwords came from your network. Try again in {minutes} minutes.").format(
                    minutes=minutes
                ),
                code="held_back",
            )
        return super().clean()


class LoginForm(_Patient):
    """The form of the sign-in page."""


class AdminLoginForm(_Patient, AdminAuthenticationForm):
    """The sign-in form of the admin, which lets staff in."""

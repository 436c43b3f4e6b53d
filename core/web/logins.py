"""Signing in: a limit on wrong passwords, and a log line for each.

Hashing a password costs a third of a second of CPU, so the limit is checked before. Redis counts for some minutes,
under hashes: neither names nor addresses are stored. While Redis is away there is no limit.
"""

import logging
from typing import Any

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
#: Failed guesses that one network may make at one account, and at all accounts together.
OF_ACCOUNT, OF_NETWORK = 10, 50

KINDS = (KeyKind("logins:H", r"logins:[0-9a-f]{32}", gettext_lazy("Wrong passwords in the last minutes.")),)


def is_held_back(request: HttpRequest, name: str) -> bool:
    """Tell whether the caller has reached the limit; False while Redis does not answer."""
    try:
        of_account, of_network = redis.client().mget(_keys(request, name))
    except RedisError as error:
        logger.warning("Failed logins can't be counted: %s", error)
        return False
    return int(of_account or 0) >= OF_ACCOUNT or int(of_network or 0) >= OF_NETWORK


def refuse_if_held_back(request: HttpRequest, name: str) -> None:
    """Raise ValidationError, with what to do, if the caller has reached the limit."""
    if is_held_back(request, name):
        said = gettext("Too many wrong passwords came from your network. Try again in {minutes} minutes.")
        raise ValidationError(said.format(minutes=WINDOW_S // 60), code="held_back")


def count(request: HttpRequest, name: str) -> None:
    """Count a guess of the caller at this account."""
    try:
        pipeline = redis.client().pipeline()
        for key in _keys(request, name):
            pipeline.incr(key)
            pipeline.expire(key, WINDOW_S)
        pipeline.execute()
    except RedisError as error:
        logger.warning("Failed logins can't be counted: %s", error)


def note_failure(request: HttpRequest | None = None, credentials: dict[str, Any] | None = None, **_: Any) -> None:
    """Count and log a wrong guess. Receives Django's signal `user_login_failed`."""
    if request is None:  # a program has asked, and no caller
        return
    logger.warning("A login failed: a wrong name, password or code")
    count(request, str((credentials or {}).get("username", "")))


def watch() -> None:
    """Count failures from now on. Harmless to repeat."""
    user_login_failed.connect(note_failure, dispatch_uid="core.web.logins")


def _keys(request: HttpRequest, name: str) -> list[str]:
    """Return the keys that count the caller's guesses: at this account, and at all."""
    network = proxies.caller(request)
    counted = (f"{network} {name.casefold()[:150]}", network)
    return [f"logins:{proxies.pseudonym('login', text)}" for text in counted]


class LoginForm(AuthenticationForm):
    """The form of the sign-in page, which checks the limit before the password."""

    def clean(self) -> Any:
        """Refuse a caller who has reached the limit; else check name and password."""
        if self.request is not None:
            refuse_if_held_back(self.request, str(self.data.get("username", "")))
        return super().clean()

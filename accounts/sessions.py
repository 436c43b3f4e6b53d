"""The list of sessions of a user: written at the sign-in, and every few minutes on pages behind the sign-in.

Django's own row is the session: deleting it ends the session at the next request. Ours has what the list shows. The way
of a vote reads and writes none of this.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import Error as PostgresError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import devices
from accounts.models import SignIn
from core.stores import postgres
from core.web import proxies, texts

#: The time after which a session is written again.
NOTED_EVERY = timedelta(minutes=5)
#: Prefixes of the addresses behind the sign-in.
_PLACES = ("/host/", "/admin/", "/account/")
#: Stored bits of an address, by IP version.
_KEPT_BITS = {4: 24, 6: 48}


def note(request: HttpRequest, user: User, **_: Any) -> None:
    """Record a new session. The receiver of Django's `user_logged_in`."""
    if request.session.session_key is None:
        request.session.save()
    browser, system = devices.words(request.META.get("HTTP_USER_AGENT", ""))
    said = {"user": user, "browser": browser, "system": system, "network": _network(request)}
    SignIn.objects.update_or_create(
        session_id=request.session.session_key, defaults={**said, "seen_at": timezone.now()}
    )


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Record now and then that a session is in use."""

    def noting(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(_PLACES) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            with suppress(PostgresError), postgres.bounded():
                _note_again(request)
        return response

    return noting


def _note_again(request: HttpRequest) -> None:
    """Update the row of a session, or add one: changing the password gives the session a new key."""
    key, user = request.session.session_key, request.user
    if key is None or not user.is_authenticated:
        return
    seen_at = SignIn.objects.filter(session_id=key).values_list("seen_at", flat=True).first()
    if seen_at is None or timezone.now() - seen_at > NOTED_EVERY:
        note(request, user)


def of(user: User) -> QuerySet[SignIn]:
    """Return the sessions of a user, the one used last first."""
    return SignIn.objects.filter(user=user, session__expire_date__gt=timezone.now()).order_by("-seen_at")


def end(user: User, number: str) -> bool:
    """End the session with this id at once; return False if this user has none with it."""
    ended, _ = Session.objects.filter(sign_in__user=user, sign_in__pk=texts.whole_number(number) or 0).delete()
    return ended > 0


def end_others(request: HttpRequest, user: User) -> None:
    """End all sessions of a user but that of this request."""
    Session.objects.filter(sign_in__user=user).exclude(pk=request.session.session_key).delete()


def end_all(user: User) -> None:
    """End all sessions of a user."""
    Session.objects.filter(sign_in__user=user).delete()


def _network(request: HttpRequest) -> str:
    """Return the caller's network, which many share; empty if there is no valid address."""
    try:
        network = ip_network(proxies.caller(request))
    except ValueError:
        return ""
    return str(network.supernet(new_prefix=min(network.prefixlen, _KEPT_BITS[network.version])))

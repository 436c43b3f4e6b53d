"""The sessions of a user: noted at the sign-in, and again every few minutes on pages for which people sign in.

Django's row of a session is the session: without it the next request is nobody's. Beside it stands what a list of them
shows. The way of a vote asks for no session and writes none of this.
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

#: A session is noted again after this time.
NOTED_EVERY = timedelta(minutes=5)
#: Where addresses begin whose pages people sign in for.
_PLACES = ("/host/", "/admin/", "/account/")
#: Bits of an address that are stored, by its version.
_KEPT_BITS = {4: 24, 6: 48}


def note(request: HttpRequest, user: User, **_: Any) -> None:
    """Write down a session that begins. The receiver of Django's `user_logged_in`."""
    if request.session.session_key is None:
        request.session.save()
    browser, system = devices.words(request.META.get("HTTP_USER_AGENT", ""))
    said = {"user": user, "browser": browser, "system": system, "network": _network(request)}
    SignIn.objects.update_or_create(
        session_id=request.session.session_key, defaults={**said, "seen_at": timezone.now()}
    )


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Note now and then that a session is in use."""

    def noting(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith(_PLACES) and settings.SESSION_COOKIE_NAME in request.COOKIES:
            with suppress(PostgresError), postgres.bounded():
                _note_again(request)
        return response

    return noting


def _note_again(request: HttpRequest) -> None:
    """A session also gets a new key, and so no row, when its user changes the password."""
    key, user = request.session.session_key, request.user
    if key is None or not user.is_authenticated:
        return
    seen_at = SignIn.objects.filter(session_id=key).values_list("seen_at", flat=True).first()
    if seen_at is None or timezone.now() - seen_at > NOTED_EVERY:
        note(request, user)


def of(user: User) -> QuerySet[SignIn]:
    """Return the sessions that a user is signed in by, the one seen last first."""
    return SignIn.objects.filter(user=user, session__expire_date__gt=timezone.now()).order_by("-seen_at")


def end(user: User, number: str) -> bool:
    """End the session with this number, at once; return False if this user has none with it."""
    ended, _ = Session.objects.filter(sign_in__user=user, sign_in__pk=texts.whole_number(number) or 0).delete()
    return ended > 0


def end_others(request: HttpRequest, user: User) -> None:
    """End all sessions of a user but the one that asks."""
    Session.objects.filter(sign_in__user=user).exclude(pk=request.session.session_key).delete()


def end_all(user: User) -> None:
    """End all sessions of a user."""
    Session.objects.filter(sign_in__user=user).delete()


def _network(request: HttpRequest) -> str:
    """The caller's network, wide enough to be nobody's own; empty where the address is none."""
    try:
        network = ip_network(proxies.caller(request))
    except ValueError:
        return ""
    return str(network.supernet(new_prefix=min(network.prefixlen, _KEPT_BITS[network.version])))

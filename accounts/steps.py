"""The steps after the right password: a code, a password of one's own, a second factor.

Nobody is signed in before all steps are done: for some minutes the session only remembers whose password was right.
So no page has to check for open steps.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import passwords, second_factor

#: Seconds for all steps together.
PATIENCE_S = 900
_KEY = "signing_in"


@dataclass
class Pending:
    """A user who has given the right password and is not signed in yet."""

    user: User
    next: str
    #: Whether a code of the second factor was given too.
    is_verified: bool
    began: float

    def step(self) -> str:
        """Return the name of the page of the next step; empty if there is none."""
        if not self.is_verified and second_factor.is_on(self.user):
            return "login_code"
        if passwords.is_given(self.user):
            return "login_password"
        return "login_second_factor" if second_factor.is_owed(self.user) else ""


View = Callable[[HttpRequest, Pending], HttpResponse]


def begin(request: HttpRequest, user: User, next_page: str) -> HttpResponse:
    """Begin the steps after the right password."""
    return go_on(request, Pending(user, next_page, is_verified=False, began=time.time()))


def go_on(request: HttpRequest, pending: Pending) -> HttpResponse:
    """Redirect to the next step; after the last one sign in, and redirect to the requested page."""
    if step := pending.step():
        request.session[_KEY] = {
            "user": pending.user.pk,
            "password": pending.user.get_session_auth_hash(),
            "next": pending.next,
            "is_verified": pending.is_verified,
            "began": pending.began,
        }
        return redirect(step)
    request.session.pop(_KEY, None)
    login(request, pending.user)
    return redirect(pending.next)


def pending_of(request: HttpRequest) -> Pending | None:
    """Return the pending user; None if there is none, the time is over, or the password has changed."""
    kept = request.session.get(_KEY)
    if not kept or time.time() - kept["began"] > PATIENCE_S:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or not constant_time_compare(kept["password"], user.get_session_auth_hash()):
        return None
    return Pending(user, kept["next"], kept["is_verified"], kept["began"])


def step(name: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """Make a view the page of that step: redirect users at another step there, and others to the sign-in page."""

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @never_cache
        @sensitive_post_parameters()
        @wraps(view)
        def wrapper(request: HttpRequest) -> HttpResponse:
            pending = pending_of(request)
            if pending is None:
                return redirect("login")
            return view(request, pending) if pending.step() == name else go_on(request, pending)

        return wrapper

    return decorate

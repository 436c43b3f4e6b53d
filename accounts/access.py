"""Access to the account pages: for signed-in users."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from core.web.errors import answer, wants_json

View = Callable[..., HttpResponse]


def for_users(view: View) -> View:
    """Let signed-in users through; redirect others to the sign-in page, or refuse with JSON."""

    @never_cache
    @sensitive_post_parameters()
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if wants_json(request):
            return answer(request, 403, "signed_out", gettext("You are not signed in. Sign in and try again."))
        return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("account"))

    return wrapper


def user_of(request: HttpRequest) -> User:
    """Return the signed-in user. Call it only behind `for_users`."""
    return cast("User", request.user)

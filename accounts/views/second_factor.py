"""Setting a second factor up, renewing its recovery codes, and turning it off."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts import second_factor, sessions
from accounts.access import for_users, user_of
from accounts.forms import FirstCodeForm, PasswordForm


@for_users
def show(request: HttpRequest) -> HttpResponse:
    """Show the state of the second factor, with its actions."""
    return _draw(request)


def _draw(request: HttpRequest, form: Any = None) -> HttpResponse:
    user = user_of(request)
    is_on = second_factor.is_on(user)
    device = None if is_on else second_factor.unconfirmed(user)
    context: dict[str, Any] = {"is_on": is_on, "device": device, "is_required": second_factor.is_required(user)}
    if device is not None:
        context |= {"picture": second_factor.picture(device), "key": second_factor.key(device)}
        form = form or FirstCodeForm(request, user)
    context |= {"form": form or PasswordForm(request, user), "codes_left": second_factor.codes_left(user)}
    return render(request, "accounts/second_factor.html", context, status=400 if form and form.errors else 200)


@require_POST
@for_users
def begin(request: HttpRequest) -> HttpResponse:
    """Make a key for an app; the present device stays until it is confirmed."""
    user = user_of(request)
    form = PasswordForm(request, user, request.POST)
    if second_factor.is_on(user):
        return redirect("second_factor")
    if not form.is_valid():
        return _draw(request, form)
    second_factor.begin(user)
    return redirect("second_factor")


@require_POST
@for_users
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the new device by its first code. Other sessions end."""
    user = user_of(request)
    form = FirstCodeForm(request, user, request.POST)
    if second_factor.unconfirmed(user) is None:
        return redirect("second_factor")
    if not form.is_valid():
        return _draw(request, form)
    sessions.end_others(request, user)
    return render(request, "accounts/codes.html", {"codes": form.codes})


@require_POST
@for_users
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Show new recovery codes, once, in the answer."""
    user = user_of(request)
    form = PasswordForm(request, user, request.POST)
    if not second_factor.is_on(user):
        return redirect("second_factor")
    if not form.is_valid():
        return _draw(request, form)
    return render(request, "accounts/codes.html", {"codes": second_factor.new_codes(user)})


@require_POST
@for_users
def turn_off(request: HttpRequest) -> HttpResponse:
    """Turn the second factor off."""
    user = user_of(request)
    form = PasswordForm(request, user, request.POST)
    if second_factor.is_required(user):
        messages.error(request, gettext("Operators need a second factor here."))
        return redirect("second_factor")
    if not form.is_valid():
        return _draw(request, form)
    second_factor.remove(user)
    messages.success(request, gettext("The second factor is off."))
    return redirect("account")

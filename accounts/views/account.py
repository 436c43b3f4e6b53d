"""The account page: e-mail address, password, sessions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts import second_factor, sessions, tokens
from accounts.access import for_users, user_of
from accounts.forms import ChangePasswordForm, EmailForm
from polls import people


@for_users
def account(request: HttpRequest) -> HttpResponse:
    """Show the account."""
    return _draw(request)


def _draw(request: HttpRequest, **forms: Form) -> HttpResponse:
    """Return the page, with a submitted form that has errors."""
    user = user_of(request)
    context: dict[str, Any] = {
        "email_form": EmailForm(request, user, prefix="email", initial={"email": user.email}),
        "password_form": ChangePasswordForm(request, user, prefix="new"),
        "sign_ins": sessions.of(user),
        "this_session": request.session.session_key,
        "has_second_factor": second_factor.is_on(user),
        "may_host": people.may_host(user),
        "number_of_tokens": tokens.of(user).count(),
        **forms,
    }
    return render(request, "accounts/account.html", context, status=400 if forms else 200)


@require_POST
@for_users
def change_email(request: HttpRequest) -> HttpResponse:
    """Store another e-mail address, or none."""
    user = user_of(request)
    form = EmailForm(request, user, request.POST, prefix="email")
    if not form.is_valid():
        return _draw(request, email_form=form)
    user.email = form.cleaned_data["email"]
    user.save(update_fields=["email"])
    return _done(request, gettext("E-mail address saved."))


@require_POST
@for_users
def change_password(request: HttpRequest) -> HttpResponse:
    """Store another password; all other sessions end."""
    user = user_of(request)
    form = ChangePasswordForm(request, user, request.POST, prefix="new")
    if not form.is_valid():
        return _draw(request, password_form=form)
    form.save()
    update_session_auth_hash(request, user)
    sessions.end_others(request, user)
    return _done(request, gettext("Password changed. All other sessions have ended."))


@require_POST
@for_users
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End the session that is named, or all others."""
    user = user_of(request)
    number = request.POST.get("session", "")
    if not number:
        sessions.end_others(request, user)
        return _done(request, gettext("All other sessions have ended."))
    if not sessions.end(user, number):
        return _done(request, gettext("This session has already ended."))
    return _done(request, gettext("The session has ended."))


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("account")

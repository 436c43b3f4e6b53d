"""The sign-in page, and the steps that may follow."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import second_factor, steps
from accounts.forms import CodeForm, FirstCodeForm, OwnPasswordForm
from accounts.steps import Pending
from core.web.logins import LoginForm
from polls import people
from polls.models import Poll


class SignInView(LoginView):
    """Asks for name and password."""

    authentication_form = LoginForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Redirect a pending user to the next step, unless they ask to sign in as somebody else."""
        pending = None if "other" in request.GET else steps.pending_of(request)
        if pending is None or request.user.is_authenticated:
            return super().get(request, *args, **kwargs)
        if self.get_redirect_url():
            pending.next = self.get_redirect_url()
        return steps.go_on(request, pending)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Begin the steps, where Django's view would sign in at once."""
        return steps.begin(self.request, form.get_user(), self.get_success_url())


@steps.step("login_code")
def code(request: HttpRequest, pending: Pending) -> HttpResponse:
    """Ask for a code of the second factor."""
    form = CodeForm(request, pending.user, request.POST or None)
    if form.is_valid():
        pending.is_verified = True
        return steps.go_on(request, pending)
    return _page(request, "accounts/step_code.html", pending, form)


@steps.step("login_password")
def password(request: HttpRequest, pending: Pending) -> HttpResponse:
    """Ask for a password of one's own instead of the given one."""
    form = OwnPasswordForm(pending.user, request.POST or None)
    if form.is_valid():
        form.save()
        if pending.next == reverse("host") and _has_yet_to_begin(pending.user):
            pending.next = reverse("host_new")
        return steps.go_on(request, pending)
    return _page(request, "accounts/step_password.html", pending, form)


def _has_yet_to_begin(user: User) -> bool:
    """Tell whether a host has no poll: their list would be empty, but for what a superuser sees of others."""
    return people.may_host(user) and not Poll.objects.filter(Q(owner=user) | Q(hosts=user)).exists()


@steps.step("login_second_factor")
def set_up(request: HttpRequest, pending: Pending) -> HttpResponse:
    """Set up a required second factor. The recovery codes are shown once, in the answer."""
    if request.method == "POST" and "begin" in request.POST:
        second_factor.begin(pending.user)
        return redirect("login_second_factor")
    device = second_factor.unconfirmed(pending.user)
    form = FirstCodeForm(request, pending.user, request.POST or None)
    if device is not None and form.is_valid():
        pending.is_verified = True
        steps.go_on(request, pending)
        return render(request, "accounts/codes.html", {"codes": form.codes, "next": pending.next})
    return _page(request, "accounts/step_second_factor.html", pending, form, device=device)


def _page(request: HttpRequest, template: str, pending: Pending, form: Any, **more: Any) -> HttpResponse:
    if (device := more.get("device")) is not None:
        more |= {"picture": second_factor.picture(device), "key": second_factor.key(device)}
    status = 400 if form.errors else 200
    return render(request, template, {"form": form, "who": pending.user, **more}, status=status)

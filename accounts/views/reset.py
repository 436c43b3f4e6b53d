"""Lost passwords: Django's own pages if mail is configured; else the first page says whom to ask."""

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.http import HttpResponse
from django.urls import reverse_lazy

from accounts import mail
from accounts.forms import OwnPasswordForm
from core.web import logins, origins


class ForgottenView(views.PasswordResetView):
    """Sends a link to the address of an account; the answer is the same if there is none."""

    template_name = "accounts/forgotten.html"
    email_template_name = "accounts/reset_mail.txt"
    subject_template_name = "accounts/reset_subject.txt"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether mail can be sent."""
        return super().get_context_data(**kwargs) | {"mail": mail.is_configured()}

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """Send the link, unless this network has asked for many. Its host is ours, whatever the request names."""
        name = f"mail to {form.cleaned_data['email']}"
        if mail.is_configured() and not logins.is_held_back(self.request, name):
            logins.count(self.request, name)
            self.extra_email_context = {"origin": origins.vote_url(self.request)}
            return super().form_valid(form)
        return HttpResponse(status=303, headers={"Location": str(self.get_success_url())})


class ForgottenDoneView(views.PasswordResetDoneView):
    """Asks to look into the mailbox."""

    template_name = "accounts/forgotten_done.html"


class ResetView(views.PasswordResetConfirmView):
    """Takes a new password from the holder of a link. Signing in, with all its steps, follows."""

    template_name = "accounts/reset.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("password_reset_complete")


class ResetDoneView(views.PasswordResetCompleteView):
    """Redirects to the sign-in page."""

    template_name = "accounts/reset_done.html"

"""Inviting hosts, and accepting an invitation."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import invitations, mail
from accounts.forms import AcceptForm, InviteForm
from accounts.models import Invitation
from core.web import origins, texts
from core.web.errors import answer
from polls.host.access import RefusedError, for_hosts, host_of, owned_by
from polls.models import Poll


@for_hosts
def invite(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Show the open invitations; by POST make one, to a poll or in general."""
    user = host_of(request)
    poll = owned_by(request, slug) if slug else None
    if not invitations.may_invite(user, poll):
        raise RefusedError(
            403, "forbidden", gettext("To invite a host to a poll of yours, open the page of that poll.")
        )
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _send(request, invitations.make(user, form.cleaned_data["email"], poll))
        return redirect(request.path)
    return _draw(request, form, poll)


def _draw(request: HttpRequest, form: InviteForm, poll: Poll | None) -> HttpResponse:
    found = invitations.seen_by(host_of(request))
    context: dict[str, Any] = {
        "form": form,
        "poll": poll,
        "days": invitations.VALID_FOR.days,
        "open": [{"invitation": item, "link": _link(request, item)} for item in found],
    }
    return render(request, "accounts/invitations.html", context, status=400 if form.errors else 200)


def _link(request: HttpRequest, invitation: Invitation) -> str:
    return origins.join_url(request) + reverse("invitation", args=[invitations.token(invitation)])


def _send(request: HttpRequest, invitation: Invitation) -> None:
    """Send the link by mail if possible, and say whether it was sent."""
    if not invitation.email or not mail.is_configured():
        messages.success(request, gettext("Invitation made. Send the link to them."))
        return
    subject = gettext("An invitation to host polls")
    context = {"invitation": invitation, "link": _link(request, invitation)}
    if mail.send(invitation.email, subject, "accounts/invitation_mail.txt", context):
        messages.success(request, gettext("Invitation sent to {email}.").format(email=invitation.email))
    else:
        messages.error(request, gettext("The mail could not be sent. Send the link to them yourself."))


@require_POST
@for_hosts
def take_back(request: HttpRequest) -> HttpResponse:
    """Revoke an invitation."""
    number = texts.whole_number(request.POST.get("invitation", "")) or 0
    invitations.seen_by(host_of(request)).filter(pk=number).delete()
    messages.success(request, gettext("Invitation taken back."))
    page = request.POST.get("next", "")
    return redirect(page if url_has_allowed_host_and_scheme(page, allowed_hosts=None) else "host")


@never_cache
@sensitive_post_parameters()
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Become a host, with a new account or the one that is signed in."""
    invitation = invitations.find(token)
    if invitation is None:
        return _void(request)
    user = request.user if request.user.is_authenticated else None
    form = AcceptForm(request.POST or None, initial={"email": invitation.email})
    if request.method == "POST" and (user is not None or form.is_valid()):
        try:
            is_accepted = invitations.accept(invitation, user or form.save(commit=False))
        except invitations.NameTakenError:
            form.add_error("username", form.instance.unique_error_message(User, ["username"]))
            return _form(request, invitation, form)
        if not is_accepted:
            return _void(request)
        if user is None:
            login(request, form.instance)
        poll = invitation.poll
        messages.success(request, gettext("Welcome. You can host polls now."))
        return redirect("host" if poll is None else reverse("host_poll", args=[poll.slug]))
    return _form(request, invitation, form, is_refused=user is None)


def _form(request: HttpRequest, invitation: Invitation, form: AcceptForm, *, is_refused: bool = True) -> HttpResponse:
    context = {"invitation": invitation, "form": form}
    return render(request, "accounts/invitation.html", context, status=400 if is_refused and form.errors else 200)


def _void(request: HttpRequest) -> HttpResponse:
    detail = gettext("This invitation was used or taken back, or it has expired. Ask whoever sent it for a new one.")
    return answer(request, 404, "not_found", detail)

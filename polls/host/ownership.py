"""Actions beyond one poll: duplicate, delete, and add or remove hosts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from core.web.errors import wants_json
from polls.host import operations
from polls.host.access import RefusedError, for_hosts, host_of, owned_by, poll_of, posts_only
from polls.host.answers import done
from polls.host.forms import ShareForm
from polls.host.views import draw_poll
from polls.models import Ballot


@for_hosts
@posts_only
def duplicate(request: HttpRequest, slug: str) -> HttpResponse:
    """Copy the poll into a draft of the caller."""
    poll = poll_of(request, slug)
    copy = operations.duplicate(host_of(request), poll)
    said = gettext("This is your copy: a draft that only you can see.")
    if wants_json(request):
        return done(request, copy, "duplicated", said, slug=copy.slug)
    messages.success(request, said)
    return redirect("host_edit", copy.slug)


@for_hosts
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is deleted with the poll; with `confirm=1`, delete it."""
    poll = owned_by(request, slug)
    confirmed = request.method == "POST" and request.POST.get("confirm") == "1"
    if not confirmed:
        asked = gettext("Tick the box to confirm.") if request.method == "POST" else ""
        if asked and wants_json(request):
            raise RefusedError(400, "not_confirmed", gettext("Send confirm=1 to confirm."))
        counts = {"ballots": Ballot.objects.filter(poll=poll).count(), "rounds": poll.past_rounds.count()}
        status = 400 if asked else 200
        return render(request, "polls/host/delete.html", {"poll": poll, "asked": asked, **counts}, status=status)
    question = poll.question
    operations.delete(host_of(request), poll)
    said = gettext("%(question)s was deleted, with all its votes.") % {"question": question}
    if wants_json(request):
        return done(request, poll, "deleted", said)
    messages.success(request, said)
    return redirect("host")


@for_hosts
@posts_only
def share(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a host by user name."""
    poll = owned_by(request, slug)
    form = ShareForm(request.POST)
    form.shared = poll
    if not form.is_valid():
        if wants_json(request):
            raise RefusedError(400, "bad_user", " ".join(map(str, form.errors["username"])))
        return draw_poll(request, poll, form, 400)
    operations.share(host_of(request), poll, form.user)
    said = gettext("%(name)s can host this poll now.") % {"name": form.user.get_username()}
    return done(request, poll, "shared", said)


@for_hosts
@posts_only
def unshare(request: HttpRequest, slug: str) -> HttpResponse:
    """Remove a host; a co-host may remove themselves."""
    user = host_of(request)
    name = request.POST.get("username", "")
    leaves = name == user.get_username()
    poll = poll_of(request, slug) if leaves else owned_by(request, slug)
    operations.unshare(user, poll, name)
    said = gettext("%(name)s no longer hosts this poll.") % {"name": name[:150]}
    if leaves and not wants_json(request):
        messages.success(request, said)
        return redirect("host")
    return done(request, poll, "unshared", said)

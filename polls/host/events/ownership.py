"""Copy and delete an event, and add or remove its hosts."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from core.web.errors import wants_json
from polls.host.access import RefusedError, for_hosts, host_of
from polls.host.events import editing
from polls.host.events.access import action, done, event_of, owned_by
from polls.host.events.forms import ShareForm
from polls.host.events.pages import draw_event
from polls.lifecycle import events


@action
def duplicate(request: HttpRequest, event: str) -> HttpResponse:
    """Copy the event with all its polls. The copies are drafts of the caller."""
    copy = editing.duplicate(host_of(request), event_of(request, event))
    said = gettext("This is your copy. Its polls are drafts that only you can see.")
    return done(request, copy, "duplicated", said, slug=copy.slug)


@for_hosts
def delete(request: HttpRequest, event: str) -> HttpResponse:
    """Ask; with `confirm=1`, delete the event. Its polls stay."""
    found = owned_by(request, event)
    if request.method != "POST" or request.POST.get("confirm") != "1":
        if request.method == "POST" and wants_json(request):
            raise RefusedError(400, "not_confirmed", gettext("Send confirm=1 to confirm."))
        return render(request, "polls/host/events/delete.html", {"event": found})
    title = found.title
    events.delete(found.pk)
    messages.success(request, gettext("The event “%(title)s” was deleted. Its polls stay.") % {"title": title})
    return redirect("host_events")


@action
def share(request: HttpRequest, event: str) -> HttpResponse:
    """Add a host by user name."""
    found = owned_by(request, event)
    form = ShareForm(request.POST)
    form.shared = found
    if not form.is_valid():
        if wants_json(request):
            raise RefusedError(400, "bad_user", " ".join(map(str, form.errors["username"])))
        return draw_event(request, found, share=form, status=400)
    found.hosts.add(form.user)
    said = gettext("%(name)s can host this event now.") % {"name": form.user.get_username()}
    return done(request, found, "shared", said)


@action
def unshare(request: HttpRequest, event: str) -> HttpResponse:
    """Remove a host; a co-host may remove themselves."""
    name = request.POST.get("username", "").replace("\0", "")
    leaves = name == host_of(request).get_username()
    found = event_of(request, event) if leaves else owned_by(request, event)
    found.hosts.remove(*User.objects.filter(username=name))
    said = gettext("%(name)s no longer hosts this event.") % {"name": name[:150]}
    if leaves and not wants_json(request):
        messages.success(request, said)
        return redirect("host_events")
    return done(request, found, "unshared", said)

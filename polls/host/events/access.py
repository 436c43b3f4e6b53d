"""Access to events, and the answers to actions on them: JSON, or a redirect to the event's page with a message."""

from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from core.web.errors import answer, wants_json
from polls.host.access import RefusedError, View, for_hosts, host_of
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Event


def event_of(request: HttpRequest, slug: str) -> Event:
    """Return an event of this host. Raises RefusedError."""
    event = Event.objects.hosted_by(host_of(request)).filter(slug=slug).first()
    if event is not None:
        return event
    if Event.objects.filter(slug=slug).exists():
        raise RefusedError(403, "forbidden", gettext("You don't host this event. Its owner can add you."))
    raise RefusedError(404, "not_found", gettext("You have no event at this address."))


def owned_by(request: HttpRequest, slug: str) -> Event:
    """Return an event as `event_of` does, for an action of its owner alone. Raises RefusedError."""
    event = event_of(request, slug)
    if not is_owner(request, event):
        raise RefusedError(403, "forbidden", gettext("Only the event's owner can do this."))
    return event


def is_owner(request: HttpRequest, event: Event) -> bool:
    """Tell whether the caller may delete the event and add hosts."""
    user = host_of(request)
    return user.is_superuser or event.owner_id == user.pk


def action(view: View) -> View:
    """Accept POST of hosts alone; answer what is not possible. Any other request is redirected to the event's page."""

    @for_hosts
    @wraps(view)
    def wrapper(request: HttpRequest, event: str) -> HttpResponse:
        if request.method != "POST":
            if wants_json(request):
                return answer(request, 405, "not_allowed", gettext("Use POST for this."))
            return redirect("host_event", event)
        try:
            return view(request, event)
        except NotPossibleError as error:
            if wants_json(request):
                return answer(request, 409, "not_possible", str(error))
            messages.error(request, str(error))
            return redirect("host_event", event)
        except ObjectDoesNotExist as error:
            raise RefusedError(404, "not_found", gettext("This has been deleted meanwhile.")) from error

    return wrapper


def done(request: HttpRequest, event: Event, status: str, said: str, **more: Any) -> HttpResponse:
    """Return JSON `{"status", "detail"}`, or a redirect with the same text as a message."""
    if wants_json(request):
        return JsonResponse({"status": status, "detail": said, **more})
    messages.success(request, said)
    if request.POST.get("next") == reverse("event_present", args=[event.slug]):
        return redirect("event_present", event.slug)
    return redirect("host_event", event.slug)

"""Answers to a host's action: JSON, or a redirect to the page that sent it, with a message."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from core.web.errors import answer, wants_json
from polls.host import operations
from polls.host.access import RefusedError, host_of
from polls.host.buttons import Button
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Poll


def press(request: HttpRequest, poll: Poll, button: Button, **more: Any) -> HttpResponse:
    """Make the transition of a button, record it in the history, and answer."""
    try:
        operations.press(host_of(request), poll, button)
    except (NotPossibleError, ObjectDoesNotExist) as error:
        return not_done(request, poll, error)
    return done(request, poll, button.status, str(button.said), **more)


def done(request: HttpRequest, poll: Poll, status: str, said: str, **more: Any) -> HttpResponse:
    """Return JSON `{"status", "detail"}`, or a redirect with the same text as a message."""
    if wants_json(request):
        return JsonResponse({"status": status, "detail": said, **more})
    return _lead_back(request, poll, messages.SUCCESS, said)


def not_done(request: HttpRequest, poll: Poll, error: Exception) -> HttpResponse:
    """Answer an action that the poll's state does not allow. Raises RefusedError if the poll was deleted meanwhile."""
    if isinstance(error, ObjectDoesNotExist):
        raise RefusedError(404, "not_found", gettext("This poll has been deleted.")) from error
    if wants_json(request):
        return answer(request, 409, "not_possible", str(error))
    return _lead_back(request, poll, messages.ERROR, str(error))


def _lead_back(request: HttpRequest, poll: Poll, level: int, said: str) -> HttpResponse:
    """Redirect to the page that the form names, else to the poll's; a message on another page names the poll."""
    page = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(page, allowed_hosts=None) and page.startswith("/"):
        is_its_own = page.startswith(reverse("host_poll", args=[poll.slug]))
        messages.add_message(request, level, said if is_its_own else f"{poll.question} - {said}")
        return redirect(page)
    messages.add_message(request, level, said)
    return redirect("host_poll", poll.slug)

"""Answers to a host's action: JSON, or the page where they did it, with a sentence on it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from core.web.errors import answer, wants_json
from polls.host.access import RefusedError
from polls.models import Poll


def done(request: HttpRequest, poll: Poll, status: str, said: str, **more: Any) -> HttpResponse:
    """`{"status", "detail"}`, or the page that it came from with the same words."""
    if wants_json(request):
        return JsonResponse({"status": status, "detail": said, **more})
    return _lead_back(request, poll, messages.SUCCESS, said)


def not_done(request: HttpRequest, poll: Poll, error: Exception) -> HttpResponse:
    """The poll's state does not allow it, or somebody has deleted it meanwhile."""
    if isinstance(error, ObjectDoesNotExist):
        raise RefusedError(404, "not_found", gettext("This poll was deleted meanwhile.")) from error
    if wants_json(request):
        return answer(request, 409, "not_possible", str(error))
    return _lead_back(request, poll, messages.ERROR, str(error))


def _lead_back(request: HttpRequest, poll: Poll, level: int, said: str) -> HttpResponse:
    """To the page of ours that the form names, else to the poll's own; about other polls too, it is told which."""
    page = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(page, allowed_hosts=None) and page.startswith("/"):
        is_its_own = page.startswith(reverse("host_poll", args=[poll.slug]))
        messages.add_message(request, level, said if is_its_own else f"{poll.question} - {said}")
        return redirect(page)
    messages.add_message(request, level, said)
    return redirect("host_poll", poll.slug)

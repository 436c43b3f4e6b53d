"""Asking yes or no at once: one press makes the poll and opens it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from core.web.errors import wants_json
from polls.host import buttons, editing
from polls.host.access import RefusedError, for_hosts, host_of
from polls.host.answers import done, press
from polls.host.forms import QuickForm
from polls.host.views import draw_polls
from polls.lifecycle import transitions
from polls.models import Tally


@for_hosts
def ask(request: HttpRequest) -> HttpResponse:
    """Make a yes-or-no poll with this question, and open it. May be repeated: one code makes one poll."""
    if request.method != "POST":
        return redirect("host")
    form = QuickForm(request.POST)
    if not form.is_valid():
        if wants_json(request):
            raise RefusedError(400, "bad_question", " ".join(map(str, form.errors["question"])))
        return draw_polls(request, form, 400)
    question = form.cleaned_data["question"] or gettext("Yes or no?")
    poll = editing.ask(host_of(request), question, form.cleaned_data["code"])
    if Tally.objects.get(pk=poll.pk).state in transitions.UNOPENED:
        return press(request, poll, buttons.ASK, slug=poll.slug)
    return done(request, poll, buttons.ASK.status, str(buttons.ASK.said), slug=poll.slug)

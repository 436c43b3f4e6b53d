"""Asking yes or no at once: one press makes the poll and opens it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop

from core.web.errors import wants_json
from polls.host import buttons, editing, history
from polls.host.access import RefusedError, for_hosts, host_of
from polls.host.answers import done, not_done
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
    host = host_of(request)
    poll = editing.ask(host, form.cleaned_data["question"] or gettext("Yes or no?"), form.cleaned_data["code"])
    if Tally.objects.get(pk=poll.pk).state in transitions.UNOPENED:
        try:
            buttons.OPEN.transition(poll.pk)
        except transitions.NotPossibleError as error:
            return not_done(request, poll, error)
        history.note(host, poll, gettext_noop("Asked yes or no."))
    return done(request, poll, buttons.OPEN.status, str(buttons.OPEN.said), slug=poll.slug)

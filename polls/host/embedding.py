"""The action that says which sites may show a poll in a frame."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_noop

from core.web.errors import wants_json
from polls.counting.tally import lock
from polls.host import history
from polls.host.access import RefusedError, for_hosts, host_of, poll_of, posts_only
from polls.host.answers import done
from polls.host.embeds import EmbedForm
from polls.host.forms import ShareForm
from polls.host.views import draw_poll
from polls.lifecycle import transitions
from polls.models import Poll


@for_hosts
@posts_only
def allow(request: HttpRequest, slug: str) -> HttpResponse:
    """Set the sites that may show the poll in a frame; none: nobody may."""
    poll = poll_of(request, slug)
    form = EmbedForm(request.POST)
    if not form.is_valid():
        if wants_json(request):
            raise RefusedError(400, "bad_origin", " ".join(map(str, form.errors["origins"])))
        return draw_poll(request, poll, ShareForm(), 400, embed=form)
    allowed: list[str] = form.cleaned_data["origins"]
    if allowed != poll.embed_origins:
        _save(poll, allowed)
        if allowed:
            noted = gettext_noop("Sites that may show it in a frame: {sites}.")
            history.note(host_of(request), poll, noted, sites=", ".join(allowed))
        else:
            history.note(host_of(request), poll, gettext_noop("No site may show it in a frame."))
    said = gettext("These sites can show this poll now.") if allowed else gettext("No site can show this poll now.")
    return done(request, poll, "embedding", said, origins=allowed)


@transaction.atomic
def _save(poll: Poll, allowed: list[str]) -> None:
    lock(poll.pk)
    Poll.objects.filter(pk=poll.pk).update(embed_origins=allowed)
    transitions.edited(poll.pk)

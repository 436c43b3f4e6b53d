"""Actions of hosts on an event. Each is a POST."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from core.web.errors import wants_json
from core.web.texts import clean, whole_number
from polls.events import agendas
from polls.host.access import RefusedError, for_hosts, host_of
from polls.host.events import editing, operations
from polls.host.events.access import action, done, event_of
from polls.host.events.forms import NewEventForm, RulesForm
from polls.host.events.pages import draw_event, draw_events
from polls.lifecycle import events
from polls.voting import players

_MOST_ID = 2**63 - 1


@for_hosts
def new(request: HttpRequest) -> HttpResponse:
    """Make an event with this title. May be repeated: one code makes one event."""
    if request.method != "POST":
        return redirect("host_events")
    form = NewEventForm(request.POST)
    if not form.is_valid():
        if wants_json(request):
            raise RefusedError(400, "bad_title", " ".join(map(str, form.errors["title"])))
        return draw_events(request, form, 400)
    event = editing.create(host_of(request), form.cleaned_data["title"], form.cleaned_data["code"])
    return done(request, event, "created", gettext("This is your event. Add polls to it."), slug=event.slug)


@action
def step(request: HttpRequest, event: str) -> HttpResponse:
    """Put on the poll `to`; an empty one shows no poll. May be repeated, as by a double press."""
    found = event_of(request, event)
    to = clean(request.POST.get("to", ""))
    if not to:
        events.take_off(found.pk)
        return done(request, found, "off", gettext("No poll is shown now."))
    poll = operations.put_on(host_of(request), found, to)
    agenda = agendas.read(pk=found.pk)
    there = f"{reverse('present', args=[poll.slug])}#follow={agenda.version if agenda else 0}"
    said = gettext("“%(question)s” is on now.") % {"question": poll.question}
    return done(request, found, "on", said, slug=poll.slug, there=there)


@action
def order(request: HttpRequest, event: str) -> HttpResponse:
    """Put the polls into the order of the fields `poll` (ids); `do` moves one of them: up-N or down-N."""
    found = event_of(request, event)
    ids = _ids(request)
    word, _, place = request.POST.get("do", "").partition("-")
    at = whole_number(place)
    if word in ("up", "down") and at is not None and at < len(ids):
        poll_id = ids.pop(at)
        ids.insert(max(0, at + (1 if word == "down" else -1)), poll_id)
    events.order(found.pk, ids)
    return done(request, found, "ordered", gettext("The new order is saved."))


@action
def add(request: HttpRequest, event: str) -> HttpResponse:
    """Put the polls `poll` (ids) at the end. Those of others, and those that stand in an event, stay where they are."""
    found = event_of(request, event)
    ids = _ids(request)
    operations.add(host_of(request), found, ids)
    return done(request, found, "added", gettext("Added at the end."))


@action
def take_out(request: HttpRequest, event: str) -> HttpResponse:
    """Take the poll `poll` (id) out of the event."""
    found = event_of(request, event)
    for poll_id in _ids(request):
        events.take_out(found.pk, poll_id)
    return done(request, found, "removed", gettext("Taken out. The poll itself stays."))


@action
def set_rules(request: HttpRequest, event: str) -> HttpResponse:
    """Save title and switches."""
    found = event_of(request, event)
    form = RulesForm(request.POST)
    if not form.is_valid():
        if wants_json(request):
            problems = " ".join(str(text) for texts in form.errors.values() for text in texts)
            raise RefusedError(400, "bad_title" if "title" in form.errors else "bad_rule", problems)
        return draw_event(request, found, rules=form, status=400)
    events.set_rules(found.pk, **form.cleaned_data)
    return done(request, found, "saved", gettext("Saved."))


@action
def remove_player(request: HttpRequest, event: str) -> HttpResponse:
    """Take the player `player` (id) out of the scores. Their votes stay."""
    found = event_of(request, event)
    player_id = whole_number(request.POST.get("player", ""))
    if player_id is not None:
        players.remove(found.pk, player_id)
    return done(request, found, "removed", gettext("The nickname is removed. The votes stay."))


def _ids(request: HttpRequest) -> list[int]:
    """Return the ids that the form names, each once."""
    ids = (whole_number(text, _MOST_ID) for text in request.POST.getlist("poll"))
    return list(dict.fromkeys(poll_id for poll_id in ids if poll_id))

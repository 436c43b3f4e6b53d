"""Operations of hosts on events: the same operations as on their pages."""

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Router, Status

from api import documents, forms
from api.access import Token
from api.endpoints.hosting import CHANGE, READ, Key
from api.idempotency import once
from api.schemas import (
    EventFields,
    HostedEvent,
    HostedEventPage,
    NewEvent,
    Order,
    PageNumber,
    PageSize,
    PollNamed,
    Slug,
    Step,
)
from polls.host.access import RefusedError, host_of
from polls.host.events import editing, operations
from polls.host.events.access import event_of, owned_by
from polls.host.events.forms import NewEventForm, RulesForm, rules_of
from polls.lifecycle import events
from polls.models import Event, Poll

router = Router(tags=["Hosting events"], auth=Token())


@router.get("/events", response={200: HostedEventPage, **READ}, summary="List your events")
def list_hosted_events(request: HttpRequest, page: PageNumber = 1, size: PageSize = 20) -> HostedEventPage:
    """Return the events that you host, the newest first."""
    found = documents.with_all(Event.objects.hosted_by(host_of(request)))
    rows, about = documents.page_of(found, page, size)
    return HostedEventPage(items=documents.hosted_events(request, rows), **about)


@router.post("/events", response={201: HostedEvent, **CHANGE}, summary="Make an event")
def create_event(request: HttpRequest, sent: NewEvent, idempotency_key: Key = "") -> Status[object]:
    """Make an event without polls."""

    def create() -> HostedEvent:
        form = NewEventForm({"title": sent.title})
        if not form.is_valid():
            raise forms.sentences(form)
        rules = sent.model_dump(include={"closes_last", "self_paced", "scores"}, exclude_none=True)
        event = editing.create(host_of(request), form.cleaned_data["title"], form.cleaned_data["code"], **rules)
        if sent.who_may_vote:
            events.set_rules(event.pk, who_may_vote=sent.who_may_vote)
        return documents.hosted_event(request, event)

    return once(request, idempotency_key, create)


@router.get("/events/{slug:slug}", response={200: HostedEvent, **READ}, summary="Read an event of yours")
def read_hosted_event(request: HttpRequest, slug: Slug) -> HostedEvent:
    """Return an event with its drafts."""
    return documents.hosted_event(request, event_of(request, slug))


@router.patch("/events/{slug:slug}", response={200: HostedEvent, **CHANGE}, summary="Change an event")
def change_event(request: HttpRequest, slug: Slug, sent: EventFields) -> HostedEvent:
    """Change title and switches; what is not sent stays."""
    event = event_of(request, slug)
    form = RulesForm({**rules_of(event), **sent.model_dump(exclude_none=True)})
    if not form.is_valid():
        raise forms.sentences(form)
    events.set_rules(event.pk, **form.cleaned_data)
    return documents.hosted_event(request, event)


@router.delete("/events/{slug:slug}", response={204: None, **CHANGE}, summary="Delete an event")
def delete_event(request: HttpRequest, slug: Slug) -> Status[None]:
    """Delete an event; its polls stay. Only its owner may."""
    events.delete(owned_by(request, slug).pk)
    return Status(204, None)


@router.post("/events/{slug:slug}/copies", response={201: HostedEvent, **CHANGE}, summary="Copy an event")
def copy_event(request: HttpRequest, slug: Slug, idempotency_key: Key = "") -> Status[object]:
    """Make an event of yours with copies of all its polls, which are drafts."""

    def create() -> HostedEvent:
        copy = editing.duplicate(host_of(request), event_of(request, slug))
        return documents.hosted_event(request, copy)

    return once(request, idempotency_key, create)


@router.post("/events/{slug:slug}/polls", response={200: HostedEvent, **CHANGE}, summary="Add a poll")
def add_poll(request: HttpRequest, slug: Slug, sent: PollNamed) -> HostedEvent:
    """Put a poll of yours at the end. A poll stands in one event at most."""
    event = event_of(request, slug)
    ids = Poll.objects.hosted_by(host_of(request)).filter(slug=sent.poll).values_list("pk", flat=True)
    operations.add(host_of(request), event, list(ids))
    return documents.hosted_event(request, event)


@router.delete("/events/{slug:slug}/polls/{slug:poll}", response={204: None, **CHANGE}, summary="Take a poll out")
def remove_poll(request: HttpRequest, slug: Slug, poll: Slug) -> Status[None]:
    """Take a poll out of the event. The poll itself stays."""
    event = event_of(request, slug)
    found = Poll.objects.filter(slug=poll, place__event=event).values_list("pk", flat=True).first()
    if found is None:
        raise RefusedError(404, "not_found", gettext("This event has no such poll."))
    events.take_out(event.pk, found)
    return Status(204, None)


@router.put("/events/{slug:slug}/order", response={200: HostedEvent, **CHANGE}, summary="Order the polls")
def order_polls(request: HttpRequest, slug: Slug, sent: Order) -> HostedEvent:
    """Put the polls into this order."""
    event = event_of(request, slug)
    ids = dict(Poll.objects.filter(place__event=event).values_list("slug", "pk"))
    events.order(event.pk, [ids[name] for name in dict.fromkeys(sent.polls) if name in ids])
    return documents.hosted_event(request, event)


@router.post("/events/{slug:slug}/step", response={200: HostedEvent, **CHANGE}, summary="Go on to a poll")
def step(request: HttpRequest, slug: Slug, sent: Step) -> HostedEvent:
    """Show a poll to the audience: it is opened, and the last one closed if the event says so. null shows none."""
    event = event_of(request, slug)
    if sent.to is None:
        events.take_off(event.pk)
    else:
        operations.put_on(host_of(request), event, sent.to)
    return documents.hosted_event(request, event)

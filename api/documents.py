"""Polls and events as the API gives them."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from api.schemas import Choice, Event, EventPoll, HostedEvent, HostedPoll, Poll, Row
from core.web import origins
from polls import models, pictures
from polls.box import definitions
from polls.box.definition import Definition
from polls.events import agendas
from polls.events.agenda import Agenda, Told
from polls.host.choices import rows_of
from polls.lifecycle import edits
from polls.results import snapshots
from polls.results.snapshots import ANYBODY, STAFF, Viewer

_Row = TypeVar("_Row", bound=Model)


def poll(request: HttpRequest, definition: Definition) -> Poll:
    """Return a poll as voters see it."""
    (shown,) = _with_entries([definition], ANYBODY)
    event = agendas.cache.of_poll(definition.id)
    return Poll(**_of(request, shown, None if event is None else event.slug))


def polls(request: HttpRequest, found: Sequence[Definition]) -> list[Poll]:
    """Return several polls as voters see them."""
    events = agendas.told([each.id for each in found])
    return [Poll(**_of(request, each, _slug(events.get(each.id)))) for each in _with_entries(found, ANYBODY)]


def _with_entries(found: Sequence[Definition], viewer: Viewer) -> list[Definition]:
    """Return the polls; open lists with their entries, which stand in their snapshots alone."""
    open_lists = [each.id for each in found if each.kind.takes_entries]
    if not open_lists:
        return list(found)
    newest = snapshots.newest(open_lists)
    seen = {poll_id: newest.seen_by(viewer, poll_id) for poll_id in open_lists}
    return [each.with_entries(seen.get(each.id)) for each in found]


def _slug(event: Told | None) -> str | None:
    return None if event is None else event["slug"]


def _of(request: HttpRequest, definition: Definition, event: str | None) -> dict[str, Any]:
    names = ("slug", "code", "question", "state", "round", "is_test", "max_choices", "allows_changes", "result_rule")
    return {
        **{name: getattr(definition, name) for name in names},
        "address": f"{origins.vote_url(request)}/p/{definition.slug}/",
        "kind": definition.kind_name,
        "who_may_vote": definition.rule,
        "choices": [
            Choice(id=each.id, text=each.text, statement=each.statement, picture=each.picture)
            for each in definition.choices
        ],
        "details": dict(definition.kind.drawn),
        "opens_at": definition.opens_at,
        "closes_at": definition.closes_at,
        "event": event,
    }


def hosted_polls(request: HttpRequest, found: Sequence[models.Poll]) -> list[HostedPoll]:
    """Return polls as their hosts see them."""
    events = agendas.told([each.pk for each in found])
    shown = _with_entries([definitions.of(each) for each in found], STAFF)
    return [
        _hosted(request, each, definition, _slug(events.get(each.pk)))
        for each, definition in zip(found, shown, strict=True)
    ]


def _hosted(request: HttpRequest, found: models.Poll, definition: Definition, event: str | None) -> HostedPoll:
    rows = () if definition.kind.takes_entries else rows_of(found.choices.all())
    own = {
        "details": found.details,
        "rows": [
            Row(id=row.id or 0, text=row.text, picture=pictures.address(row.picture), right=bool(row.is_right))
            for row in rows
        ],
        "owner": None if found.owner is None else found.owner.get_username(),
        "hosts": [user.get_username() for user in found.hosts.all()],
        "is_listed": found.is_listed,
        "may_be_checked": found.may_be_checked,
        **{name: getattr(found, name) for name in ("closes_after", "voters_per_minute", "slow_down_after")},
        "version": edits.version(found.tally),
        "created_at": found.created_at,
    }
    return HostedPoll(**{**_of(request, definition, event), **own})


def event(request: HttpRequest, agenda: Agenda) -> Event:
    """Return an event as its audience sees it: without drafts."""
    return Event(**_of_event(request, agenda, drafts=False))


def _of_event(request: HttpRequest, agenda: Agenda, *, drafts: bool) -> dict[str, Any]:
    polls = [
        EventPoll(slug=item.slug, question=item.question, state=item.state)
        for item in agenda.polls
        if drafts or item.is_published
    ]
    return {
        "slug": agenda.slug,
        "code": agenda.code,
        "address": f"{origins.vote_url(request)}/e/{agenda.slug}/",
        "title": agenda.title,
        "version": agenda.version,
        "self_paced": agenda.self_paced,
        "on": agenda.told()["on"],
        "polls": polls,
    }


def hosted_event(request: HttpRequest, found: models.Event) -> HostedEvent:
    """Return an event as its hosts see it now. Raises ObjectDoesNotExist if it is gone."""
    return _hosted_event(request, with_all(models.Event.objects.all()).get(pk=found.pk))


def hosted_events(request: HttpRequest, found: Sequence[models.Event]) -> list[HostedEvent]:
    """Return events that were read `with_all` as their hosts see them."""
    return [_hosted_event(request, each) for each in found]


def with_all(found: QuerySet[models.Event]) -> QuerySet[models.Event]:
    """Have events read with their polls and hosts."""
    return agendas.with_places(found).select_related("owner").prefetch_related("hosts")


def _hosted_event(request: HttpRequest, found: models.Event) -> HostedEvent:
    own = {
        "closes_last": found.closes_last,
        "scores": found.scores,
        "who_may_vote": found.who_may_vote,
        "owner": None if found.owner is None else found.owner.get_username(),
        "hosts": [user.get_username() for user in found.hosts.all()],
    }
    return HostedEvent(**{**_of_event(request, agendas.of(found), drafts=True), **own})


def page_of(found: QuerySet[_Row], page: int, size: int) -> tuple[Sequence[_Row], dict[str, int]]:
    """Return the rows of a page, and what the answer says of it; for a number that is too great the last page."""
    shown: Page[_Row] = Paginator(found, size).get_page(page)
    about = {"page": shown.number, "pages": shown.paginator.num_pages, "total": shown.paginator.count}
    return list(shown.object_list), about

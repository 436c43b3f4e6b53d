"""Reading what is public of events."""

from django.http import Http404, HttpRequest
from ninja import Router

from api import documents, schemas
from polls.events import agendas

router = Router(tags=["Events"])


@router.get(
    "/events/{slug:slug}",
    response={200: schemas.Event, frozenset({404, 422, 429, 503}): schemas.Problem},
    summary="Read an event",
)
def read_event(request: HttpRequest, slug: schemas.Slug) -> schemas.Event:
    """Return an event with its polls, and which of them is on. Drafts are not named."""
    agenda = agendas.cache.get(slug)
    if agenda is None:
        raise Http404
    return documents.event(request, agenda)

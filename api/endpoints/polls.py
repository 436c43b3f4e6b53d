"""Reading what is public of polls."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Router
from ninja.params.functions import Header

from api import documents, schemas
from api.problems import Problem
from api.schemas import PageNumber, PageSize, PollPage, Results, Slug
from core.stores import postgres
from polls.box import definitions
from polls.box.definition import Definition
from polls.models import State
from polls.results import snapshots
from polls.results.snapshots import Newest, Seen, Viewer
from polls.views.shared import published, send_result
from polls.voting import receipts
from polls.voting.errors import RETRY_AFTER

router = Router(tags=["Polls"])

_READ: dict[Any, Any] = {frozenset({404, 422, 429, 503}): schemas.Problem}
_LISTS = {"open": (State.OPEN,), "closed": (State.SEALING, State.FINAL)}


@router.get("/polls", response={200: PollPage, **_READ}, summary="List the polls of the home page")
def list_polls(
    request: HttpRequest,
    state: Literal["open", "closed"] = "open",
    page: PageNumber = 1,
    size: PageSize = 20,
) -> PollPage:
    """Return the open or the closed polls that stand on the home page, newest first."""
    with postgres.bounded():
        rows, about = documents.page_of(definitions.listed(_LISTS[state]), page, size)
    return PollPage(items=documents.polls(request, [definitions.of(row) for row in rows]), **about)


@router.get("/polls/{slug:slug}", response={200: schemas.Poll, **_READ}, summary="Read a poll")
def read_poll(request: HttpRequest, slug: Slug) -> schemas.Poll:
    """Return a poll that is no draft. While Postgres is away it is as this process or Redis knows it."""
    return documents.poll(request, published(definitions.cache.get(slug)))


@router.get("/polls/{slug:slug}/results", response={200: Results, 304: None, **_READ}, summary="Read a result")
def read_results(
    request: HttpRequest,
    slug: Slug,
    results_pass: str = Header(
        "", alias="Results-Pass", max_length=1_000, description="Of a vote, where voters alone see the result."
    ),
) -> HttpResponse:
    """Return the result as its rule lets the caller see it; numbers that it hides are null.

    Send the last answer's `ETag` as `If-None-Match`: an unchanged result is 304, without a body.
    """
    definition = published(definitions.cache.get(slug))
    newest = snapshots.newest([definition.id], with_waiting=True)
    viewer = Viewer(receipts.read_results_token(results_pass, definition.id))
    return results(request, definition, newest, viewer)


def results(request: HttpRequest, definition: Definition, newest: Newest, viewer: Viewer) -> HttpResponse:
    """Answer with a snapshot as this viewer sees it, or with 304."""
    seen: Seen | None = newest.seen_by(viewer, definition.id)
    if not definition.has_snapshot:
        raise Problem(404, "not_found", gettext("This poll has no choices yet, and so no result."))
    if seen is None:
        raise Problem(503, "not_known", gettext("The totals can't be read just now."), retry_after=RETRY_AFTER)
    is_for_all = not viewer.is_staff and snapshots.ANYBODY.may_see(newest.snapshots[definition.id])
    return send_result(request, seen, "Authorization, Results-Pass", is_for_all=is_for_all)

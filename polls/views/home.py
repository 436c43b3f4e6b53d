"""The ways to a poll: the home page, and the code on the projector."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.stores import postgres
from core.web import guesses, origins
from core.web.errors import answer, not_found, wants_json
from polls.box import definitions
from polls.box.definition import Definition
from polls.events import agendas
from polls.models import Event, Poll, State
from polls.results import snapshots
from polls.results.snapshots import Newest
from polls.views import drawn
from polls.views.shared import as_seen, is_host, only_hosts_see, page

#: Polls on one page of a list.
PER_PAGE = 20
#: Polls that this process has seen on the home page. Only these are listed while Postgres does not answer.
_listed: set[int] = set()
#: The states of the lists of the home page, by parameter.
LISTS = {"open": (State.OPEN,), "closed": (State.SEALING, State.FINAL)}


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the polls. Redirects to a single open one, but for `?home`, and with `?code=` to what has the code."""
    code = request.GET.get("code", "").strip().strip("/")
    found = _found_by(code) if code else None
    if found is not None:
        return redirect(*found)
    if code and (refusal := _guessed_wrong(request)):
        return refusal
    try:
        if not drawn.may_be_shared(request):
            return page(request, "polls/home.html", _context(request, code), 404 if code else 200)
        response = drawn.respond(request, "polls/home.html", "home", lambda: _context(request, code))
    except _OnlyOneError as only:
        return redirect("results" if settings.ROLE == "result" else "vote", only.slug)
    return origins.let_follow(request, response)


class _OnlyOneError(Exception):
    """Just one poll is open."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def _context(request: HttpRequest, code: str) -> dict[str, Any]:
    """Return the context of the page. Raises _OnlyOneError if a single poll is open and nothing else was asked for."""
    pages = {name: _page_of(name, request.GET.get(name)) for name in LISTS}
    if pages["open"].paginator.count == 1 and not request.GET and not code:
        raise _OnlyOneError(pages["open"].object_list[0].slug)
    newest = snapshots.newest([poll.id for listed in pages.values() for poll in listed.object_list])
    return {
        "pages": pages,
        "open_polls": _rows(request, pages["open"].object_list, newest),
        "closed_polls": _rows(request, pages["closed"].object_list, newest),
        "is_host": is_host(request),
        "code": code,
        "code_error": gettext("No poll has the code {code}.").format(code=code[:20]) if code else None,
    }


def _page_of(name: str, number: str | None) -> Page[Definition]:
    """Return a page of a list, from memory while Postgres does not answer; for a wrong number the nearest page."""
    try:
        with postgres.bounded():
            return _read_page(name, number)
    except PostgresError:
        known = [poll for poll in definitions.cache.known() if poll.state in LISTS[name] and poll.id in _listed]
        return Paginator(known, PER_PAGE).get_page(number)


def _read_page(name: str, number: str | None) -> Page[Definition]:
    polls = Paginator(definitions.listed(LISTS[name]), PER_PAGE).get_page(number)
    _listed.update(poll.pk for poll in polls.object_list)
    return Page([definitions.of(poll) for poll in polls.object_list], polls.number, polls.paginator)  # type: ignore[arg-type]


def _rows(request: HttpRequest, polls: Iterable[Definition], newest: Newest) -> list[dict[str, Any]]:
    rows = []
    for poll in polls:
        snapshot = as_seen(request, poll, newest, None)
        hosts_only = only_hosts_see(snapshot, poll, newest, None)
        rows.append({"poll": poll, "snapshot": snapshot, "only_hosts_see": hosts_only})
    return rows


@require_safe
def short_address(request: HttpRequest, code: str) -> HttpResponse:
    """Redirect the address on the projector to the vote page, or to the event."""
    found = _found_by(code)
    if found is None:
        if wants_json(request):
            return _guessed_wrong(request) or not_found(request)
        # With the field for the right code.
        return _guessed_wrong(request) or page(request, "polls/home.html", _context(request, code), 404)
    return redirect(*found)


def _guessed_wrong(request: HttpRequest) -> HttpResponse | None:
    """Refuse a network that has tried too many codes."""
    if not guesses.are_too_many(request):
        return None
    detail = gettext("Too many codes were tried from your network. Wait a minute, then type the one on the screen.")
    return answer(request, 429, "too_many", detail, guesses.WINDOW_S)


def _found_by(code: str) -> tuple[str, str] | None:
    """Return the name and the slug of the page of that code: of a poll, or of an event. None for a draft or nothing."""
    code = code.lower()
    try:
        with postgres.bounded():
            poll = Poll.objects.published().filter(code=code).values_list("slug", flat=True).first()
            event = None if poll else Event.objects.filter(code=code).values_list("slug", flat=True).first()
    except PostgresError:
        known = (poll for poll in definitions.cache.known() if poll.state != State.DRAFT)
        poll = next((poll.slug for poll in known if poll.code == code), None)
        agenda = agendas.cache.by_code(code)
        event = None if agenda is None else agenda.slug
    if poll:
        return "vote", poll
    return ("event", event) if event else None

"""The projector of a live drill: a room votes, parts are killed, and the phones say what became of their receipts.

It is for superusers where bin/up runs the system with DRILLS=on. While Postgres is down it goes on for whoever holds
its pass, and kills nothing.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import messages
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.stores import postgres
from core.telemetry import control
from core.telemetry.control import Do, Event, Log, Stage
from core.web import origins, qr
from core.web.errors import RETRY_AFTER, answer, wants_json
from inspection import staff_pass
from inspection.pipeline import events, formatting, instructor
from inspection.pipeline.instructor import RefusedError
from polls.box import definitions
from polls.box.definition import Definition
from polls.host import access
from polls.models import Poll, State
from polls.views import shared
from polls.voting import live_drill
from polls.voting.live_drill import Going, Numbers

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: The name of its pass.
_PASS = "live drill"  # noqa: S105 - no password
#: What a room sees while a part is down (promise P4).
_MEANWHILE = {
    "vote": gettext_lazy("Phones keep what is pressed now, and send it when the vote service is back."),
    "redis": gettext_lazy("Votes go straight into Postgres and are counted at once."),
    "worker": gettext_lazy("Votes are received and wait in Redis. They are counted when a worker is back."),
    "postgres": gettext_lazy("Votes are received and wait in Redis. They are counted when Postgres is back."),
    "result": gettext_lazy("Voting goes on. Result pages reconnect by themselves."),
}


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part that can be killed: its key, its names, and how it is, in words and as it is drawn."""

    key: int
    name: str
    label: str
    says: str
    sign: str

    @property
    def meanwhile(self) -> str:
        """Return what the room sees while it is down; empty while it runs."""
        return str(_MEANWHILE[self.name]) if self.sign == "hatch" else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The numbers of stores and phones, for the page; None for what nobody can say."""

    numbers: Numbers

    @property
    def checked(self) -> int | None:
        """Return the number of receipts that phones have checked."""
        found, missing = self.numbers.found, self.numbers.missing
        return None if found is None or missing is None else found + missing

    @property
    def ledger(self) -> list[tuple[str, int | None]]:
        """Return what the stores say: a word and a number each."""
        return [
            (pgettext("votes", "accepted"), self.numbers.accepted),
            (pgettext("votes", "counted"), self.numbers.counted),
            (pgettext("votes", "waiting"), self.waiting),
        ]

    @property
    def waiting(self) -> int | None:
        """Return the number of accepted votes that are not counted yet."""
        return _difference(self.numbers.accepted, self.numbers.counted)

    @property
    def unheard(self) -> int | None:
        """Return the number of receipts of which no phone has said anything."""
        return _difference(self.numbers.accepted, self.checked)

    @property
    def share(self) -> int:
        """Return the receipts that were found counted, in per cent of those given."""
        return round(100 * (self.numbers.found or 0) / max(1, self.numbers.accepted or 0, self.checked or 0))


def _difference(all_: int | None, some: int | None) -> int | None:
    # They are read one after the other: a vote between the two is no number below zero.
    return None if all_ is None or some is None else max(0, all_ - some)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the projector; POST `begin` begins the drill, POST `kill` kills a part."""
    try:
        with postgres.bounded():
            refused, is_sure = _turned_away(request), True
    except PostgresError:
        refused, is_sure = _without_pass(request), False
    if (refused := refused or _not_here(request)) is not None:
        return refused
    try:
        definition = shared.published(definitions.cache.get(slug))
    except definitions.NobodyKnowsError:
        detail = _("This poll can't be read just now. Try again in a moment.")
        return answer(request, 503, "unavailable", detail, RETRY_AFTER)
    return _press(request, definition) if request.method == "POST" else _draw(request, definition, is_sure=is_sure)


def _turned_away(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to who is no superuser. Raises django.db.Error."""
    if (turned_away := access.turned_away(request)) is not None:
        return turned_away
    if not request.user.is_superuser:
        return answer(request, 403, "forbidden", _("This page is for superusers."))
    return None


def _without_pass(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to who presses, or holds no pass, while Postgres can't say who it is."""
    if request.method != "POST" and staff_pass.is_held(request, _PASS):
        return None
    detail = _("Postgres is down, so your permissions can't be checked. Try again in a moment.")
    return answer(request, 503, "unavailable", detail, RETRY_AFTER)


def _not_here(request: HttpRequest) -> HttpResponse | None:
    """Return the answer where no part can be killed."""
    if not settings.DRILLS:
        return answer(request, 404, "off", _("Drills with an audience are off. Start bin/up with DRILLS=on."))
    if not settings.INSTRUCTOR:
        detail = _("Parts can be killed only where bin/up runs the system, and without HTTPS.")
        return answer(request, 403, "not_here", detail)
    return None


def _press(request: HttpRequest, definition: Definition) -> HttpResponse:
    try:
        said = _do(request, definition)
    except RefusedError as error:
        return _not_done(request, definition, error.code, str(error))
    except PostgresError:
        return _not_done(request, definition, 503, _("Postgres does not answer. Nothing was done."))
    if wants_json(request):
        return JsonResponse({"status": "started", "detail": said}, status=202)
    messages.success(request, said)
    return redirect("break", definition.slug)


def _do(request: HttpRequest, definition: Definition) -> str:
    """Do what was pressed; return what is said of it. Raises RefusedError and django.db.Error."""
    part = request.POST.get("kill", "")
    if part:
        if live_drill.of(definition) is None:
            raise RefusedError(409, _("Begin the drill first."))
        instructor.ask(cast("User", request.user), Do.KILL, part)
        return _("Killed: {part}.").format(part=formatting.NAMES[part])
    if "begin" not in request.POST:
        raise RefusedError(400, _("There is no such button. Load the page again."))
    # Not as this process knew the poll a moment ago: it may have been opened or closed since.
    poll = Poll.objects.get(pk=definition.id)
    if poll.tally.state != State.OPEN:
        raise RefusedError(409, _("Open the poll first: the room has to be able to vote."))
    live_drill.begin(definitions.of(poll))
    return _("The drill has begun.")


def _not_done(request: HttpRequest, definition: Definition, code: int, detail: str) -> HttpResponse:
    if wants_json(request):
        return answer(request, code, "refused", detail)
    messages.error(request, detail)
    return redirect("break", definition.slug)


def _draw(request: HttpRequest, definition: Definition, *, is_sure: bool) -> HttpResponse:
    """Return the page; whoever Postgres knows gets the pass with it."""
    going = live_drill.of(definition)
    address = f"{origins.join_url(request)}/{definition.code}"
    parts = [] if going is None else _parts(control.read(settings.DATA_DIR), going)
    context = {
        "poll": definition,
        "is_going": going is not None,
        "parts": parts,
        "meanwhile": [row.meanwhile for row in parts if row.meanwhile],
        "verdict": None if going is None else Verdict(live_drill.numbers(definition)),
        "qr": qr.inline(address),
        "only_here": origins.is_for_this_machine_alone(request),
    }
    response = shared.page(request, "polls/break.html", context)
    if is_sure:
        staff_pass.give(request, response, reverse("break", args=[definition.slug]), _PASS)
    return response


def _parts(log: Log, going: Going) -> list[PartRow]:
    """Return the parts that bin/up runs, each with what happened to it last since the drill began."""
    rows = []
    for number, name in enumerate(log.parts, 1):
        happened = [event for event in log.events if _part_of(event) == name and event.at >= going.began_at]
        if happened:
            last = max(happened, key=_order)
            says, sign = events.outcome(last, time.time()), _sign(last)
        else:
            says, sign = pgettext("part of the system", "runs"), "runs"
        rows.append(PartRow(number, name, str(formatting.NAMES[name]), says, sign))
    return rows


def _order(event: Event) -> tuple[bool, float]:
    """Sort what goes on behind what has ended, and the newest last."""
    return event.stage == Stage.RUNNING, event.at


def _sign(event: Event) -> str:
    return {Stage.RUNNING: "hatch", Stage.DONE: "ok"}.get(Stage(event.stage), "unknown")


def _part_of(event: Event) -> str:
    """Return the part that an event is of, also where supervisor's name of a process stands there; empty for votes."""
    if event.kind == Do.VOTES:
        return ""
    name = event.subject.partition("-")[0]
    return "postgres" if name == "db" else name

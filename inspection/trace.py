"""Following one vote: a staff member casts it, by the way of all votes, and each station says when it was there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.telemetry import tracing
from core.telemetry.tracing import Span
from core.web import request_ids
from inspection import waterfall
from inspection.waterfall import Step, Waterfall, milliseconds
from polls.box import definitions
from polls.box.casts import new_cast_id, position_key
from polls.box.definition import Definition
from polls.models import Poll, State
from polls.voting import casting
from polls.voting.receipts import Receipt

#: Polls that are offered: the newest open ones.
POLLS = 50
#: Seconds after which a broadcast that no screen has answered found none open.
SCREENS_ANSWER_WITHIN_S = 2.0
#: Seconds for which the page goes on asking: then it says what the vote waits for, and stops.
PATIENCE_S = 120


def open_polls() -> list[Poll]:
    """Those that take votes now, with their choices. Raises django.db.Error."""
    return list(Poll.objects.filter(tally__state=State.OPEN).prefetch_related("choices").order_by("-pk")[:POLLS])


def voter_of(user_id: int) -> str:
    """The voter that a staff member is when they follow votes: one of their own, so one ballot in each poll.

    From SECRET_KEY: whoever has only the database can't tell whose ballot it is. From the oldest that is honoured: a
    rotation makes nobody a second voter, as with the cookies of all others.
    """
    secret = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS][-1]
    return salted_hmac("votingsite.follow", str(user_id), secret=secret, algorithm="sha256").hexdigest()


def cast(slug: str, choice: int, user_id: int) -> Receipt:
    """Cast a vote that is followed under the id of this request. Raises CastError, NobodyKnowsError, LookupError."""
    follow_id, pressed_at = request_ids.current(), time.time()
    definition: Definition | None = definitions.cache.for_cast(slug)
    if definition is None:
        raise LookupError(slug)
    tracing.begin(follow_id)
    # As a browser would send it now. The id of the request is that of the way.
    ballot = casting.Submission(voter_of(user_id), new_cast_id(), (choice,), None, follow=follow_id)
    receipt = casting.cast(definition, ballot)
    answered = Span("answered", time.time())
    if receipt.position is not None:
        # A position begins with Redis's own time, in whole milliseconds.
        milliseconds, _number = position_key(receipt.position)
        in_box = Span("accepted", max(pressed_at, milliseconds / 1000), "redis", {"position": receipt.position})
        tracing.write([follow_id], [Span("pressed", pressed_at), in_box, answered])
    return receipt


@dataclass(frozen=True, slots=True)
class Station:
    """A station as the page shows it."""

    name: Any
    does: Any
    #: What happened there, in words; empty as long as the vote has not been there.
    said: str = ""
    process: str = ""
    #: Since it came to the web service, and since the station that this one waits for; None where it has not been.
    since_press: str | None = None
    step: str | None = None
    #: `passed`, `waiting` (it is the next), `ahead`, or `not` (not on the way of this vote).
    state: str = "ahead"


#: What each station waits for: a station's span in the picture begins where that of this one ends.
_FOLLOWS = {
    "accepted": "pressed",
    "bell": "accepted",
    "answered": "accepted",
    "job": "bell",
    "batch": "job",
    "transaction": "batch",
    "broadcast": "transaction",
    "screen": "broadcast",
}
#: Stations of those votes alone for which a worker had to come.
_OF_A_JOB = ("bell", "job")
#: From here on the vote is counted; before, it is on its way.
_COUNTED = ("transaction", "broadcast", "screen")

_STATIONS = (
    ("accepted", gettext_lazy("Redis"), gettext_lazy("the vote is in the ballot box")),
    ("bell", gettext_lazy("Bell"), gettext_lazy("a job for the workers is in the queue")),
    ("answered", gettext_lazy("Answer"), gettext_lazy("the vote is on the disk, and its voter is told: received")),
    ("job", gettext_lazy("Job"), gettext_lazy("a worker has taken the job")),
    ("batch", gettext_lazy("Batch"), gettext_lazy("the vote was read from the box, with all that waited there")),
    ("transaction", gettext_lazy("Postgres"), gettext_lazy("the transaction is committed: the vote is counted")),
    ("broadcast", gettext_lazy("Broadcast"), gettext_lazy("the new result goes out to the result processes")),
    ("screen", gettext_lazy("Screen"), gettext_lazy("it was handed to every open screen")),
)


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one vote, as far as it has come."""

    stations: list[Station]
    is_done: bool
    #: Asked for too long, or of something that nobody follows.
    is_over: bool
    sentence: str
    #: The same as a picture: each station's wait for the one that it follows.
    waterfall: Waterfall


def way(follow_id: str) -> Way | None:
    """How far the vote has come; None for one that nobody follows. Raises NoAnswerError."""
    spans = tracing.read(follow_id)
    if "accepted" not in spans or "pressed" not in spans:
        return None
    return _way(spans, follow_id, time.time())


def _way(spans: dict[str, Span], follow_id: str, now: float) -> Way:
    pressed = spans["pressed"].at
    is_with_it = _worker_is_with_it(spans)
    if is_with_it:
        spans = {station: span for station, span in spans.items() if station not in _OF_A_JOB}
    was_found = "batch" in spans and "job" not in spans
    no_screen = "broadcast" in spans and "screen" not in spans and now - spans["broadcast"].at > SCREENS_ANSWER_WITHIN_S
    stations, is_next = [], True
    for station, name, does in _STATIONS:
        span = spans.get(station)
        if span is not None:
            said = _said(span, follow_id)
            before = _end_before(station, spans)
            step = milliseconds(span.at - before) if span.at >= before else None
            stations.append(Station(name, does, said, span.process, milliseconds(span.at - pressed), step, "passed"))
        elif (station in _OF_A_JOB and was_found) or (station == "screen" and no_screen):
            stations.append(Station(name, does, _not_on_its_way(station, is_with_it=is_with_it), state="not"))
        else:
            stations.append(Station(name, does, state="waiting" if is_next else "ahead"))
            is_next = False
    is_done = "screen" in spans or no_screen
    is_over = not is_done and now - pressed > PATIENCE_S
    waits_until = None if is_done else now
    return Way(
        stations,
        is_done,
        is_over,
        _sentence(spans, pressed, is_done=is_done, is_over=is_over),
        waterfall.draw(list(_steps(spans, pressed, waits_until))),
    )


def _worker_is_with_it(spans: dict[str, Span]) -> bool:
    """Tell whether a worker was with the poll when the vote came: then it has waited for no bell and no job."""
    return "job" in spans and spans["job"].at < spans["accepted"].at


def _steps(spans: dict[str, Span], pressed: float, waits_until: float | None) -> Iterator[Step]:
    """Yield the steps that the vote has taken, and the one in which it waits at that moment, if any."""
    is_waiting = False
    for station, name, _does in _STATIONS:
        before = _end_before(station, spans)
        if station in spans:
            kind = "counted" if station in _COUNTED else "on-its-way"
            # Clocks of two processes may differ: nothing ends before it has begun.
            yield Step(name, before - pressed, max(spans[station].at, before) - pressed, kind)
        elif waits_until is not None and not is_waiting and not spans.keys() & set(_after(station)):
            is_waiting = True
            yield Step(name, before - pressed, max(waits_until, before) - pressed, "waiting")


def _end_before(station: str, spans: dict[str, Span]) -> float:
    """Return when the vote was at the last station before this one that has written it down."""
    before = _FOLLOWS[station]
    while before not in spans:
        before = _FOLLOWS[before]
    return spans[before].at


def _after(station: str) -> list[str]:
    """Return the stations that come only after this one."""
    found = [later for later, before in _FOLLOWS.items() if before == station]
    return [*found, *(last for later in found for last in _after(later))]


def _said(span: Span, follow_id: str) -> str:
    detail = span.detail
    if span.station == "accepted":
        return _("at position {position}").format(position=detail["position"])
    if span.station == "bell":
        return _("rung by this vote") if detail.get("request") == follow_id else _("rung by another vote just before")
    if span.station == "batch":
        number = detail["casts"]
        return ngettext("{number} vote in it", "{number} votes in it", number).format(number=number)
    if span.station == "screen":
        number = detail["screens"]
        return ngettext("{number} screen", "{number} screens", number).format(number=number)
    return ""


def _not_on_its_way(station: str, *, is_with_it: bool) -> str:
    if station == "screen":
        return _("no screen is open")
    if is_with_it:
        return _("a worker was counting this poll already")
    return _("the safety net of a worker found the vote before any job")


def _sentence(spans: dict[str, Span], pressed: float, *, is_done: bool, is_over: bool) -> str:
    if is_done:
        last = max(span.at for span in spans.values())
        return _("It took {time} in all.").format(time=milliseconds(last - pressed))
    if "transaction" not in spans:
        text = _("The vote is received and not counted yet. It waits in the ballot box for a worker and for Postgres.")
    else:
        text = _("The vote is counted, and on its way to the screens.")
    return text if not is_over else text + " " + _("This page has stopped asking; load it again to go on.")

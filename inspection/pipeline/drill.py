"""The time line of the drill that breaks this system (core.telemetry.drills), in words."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.telemetry import drills
from core.telemetry.drills import Moment, Sign
from inspection.pipeline.formatting import Clock, seconds, spaced


@dataclass(frozen=True, slots=True)
class Row:
    """A moment in words."""

    when: str
    #: Since the first fault: +2.1 s; empty up to it.
    since: str
    what: str
    #: As it is drawn: `ok`, `bad`, or empty.
    sign: str
    #: Numbers of answers that voters got from then to the next moment, as in drills.TOLD.
    told: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A drill in words."""

    name: str
    what: str
    #: The newest first.
    rows: list[Row]
    #: The voters who wait for an answer, or the result.
    status: str
    #: `ok` or `bad`; empty while it runs.
    sign: str


def read(clock: Clock) -> Shown | None:
    """Return the drill of this system; None if there is none."""
    found = drills.read(settings.DATA_DIR)
    if found is None:
        return None
    fault = next((moment.at for moment in found.moments if moment.sign == Sign.FAULT), None)
    rows = [_row(moment, clock, fault) for moment in reversed(found.moments)]
    if found.result is None:
        waiting = ngettext("{number} voter waits for an answer", "{number} voters wait for an answer", found.waiting)
        text = waiting.format(number=spaced(found.waiting))
        return Shown(found.name, _(found.what), rows, text, "")
    sign = "ok" if found.result["clean"] else "bad"
    return Shown(found.name, _(found.what), rows, _result(found.result), sign)


def _row(moment: Moment, clock: Clock, fault: float | None) -> Row:
    is_after = fault is not None and moment.at > fault
    return Row(
        when=clock(moment.at),
        since=f"+{seconds(moment.at - (fault or 0.0))}" if is_after else "",
        what=_(moment.text).format(**moment.values),
        sign=drills.DRAWN.get(moment.sign, ""),
        told=[spaced(moment.told.get(name, 0)) for name in drills.TOLD],
    )


def _result(result: dict[str, int]) -> str:
    verdict = _("Every promise held:") if result["clean"] else _("A promise was broken:")
    numbers = _("{accepted} accepted, {counted} counted, {lost} lost, {twice} twice, {wrong} wrong").format(
        **{name: spaced(number) for name, number in result.items()}
    )
    return f"{verdict} {numbers}"

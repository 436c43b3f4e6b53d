"""The timeline of a drill: the observations of voters and screens in each second around the fault."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import floor
from statistics import median

from core.telemetry.drills import Sign
from ops.drill.history import History, Observation, Outcome
from ops.drill.target import Event

#: Seconds shown before the first event and after the last.
_BEFORE, _AFTER = 3, 4
_HEAD = "  second  accepted  unknown  refused   wait p50       max   screens behind by"


def broken(events: Sequence[Event]) -> list[Event]:
    """Return the events without the steps that every drill takes; the time line is around them."""
    return [event for event in events if event.sign is not Sign.PHASE]


def lines(history: History, all_events: Sequence[Event]) -> Iterator[str]:
    """Return the lines of the table; second 0 is that of the first event. Empty without events."""
    events = broken(all_events)
    if not events:
        return
    zero = events[0].at
    answers: dict[int, Counter[Outcome]] = defaultdict(Counter)
    for operation in history.operations:
        for one in operation.attempts:
            answers[floor(one.ended - zero)][one.outcome] += 1
    waits: dict[int, list[float]] = defaultdict(list)
    for moment, seconds in history.waits:
        waits[floor(moment - zero)].append(seconds)
    happened: dict[int, list[str]] = defaultdict(list)
    for event in events:
        happened[floor(event.at - zero)].append(str(event))
    yield _HEAD
    for second in range(-_BEFORE, floor(events[-1].at - zero) + _AFTER):
        yield _line(
            second, answers[second], waits[second], _behind(history, zero + second + 1), "; ".join(happened[second])
        ).rstrip()


def told(history: History, events: Sequence[Event]) -> list[Counter[Outcome]]:
    """Return for each event the answers that voters got from then to the next one."""
    begins = [event.at for event in events]
    answers = [Counter[Outcome]() for _ in events]
    for operation in history.operations:
        for one in operation.attempts:
            if (number := bisect_right(begins, one.ended)) > 0:
                answers[number - 1][one.outcome] += 1
    return answers


def _line(second: int, answers: Counter[Outcome], waits: Sequence[float], behind: int, happened: str) -> str:
    counts = f"{answers[Outcome.ACCEPTED]:10}{answers[Outcome.UNKNOWN] or '-':>9}{answers[Outcome.REFUSED] or '-':>9}"
    times = f"{_ms(median(waits)):>12}{_ms(max(waits)):>10}" if waits else f"{'-':>12}{'-':>10}"
    return f"{second:8}{counts}{times}   {behind or '-':>17}   {happened}"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


def _behind(history: History, moment: float) -> int:
    """Return how many accepted voters were missing at that moment on the screen that lagged most; 0 without screens."""
    if not history.screens:
        return 0
    firsts = (voter.first_accepted_at for voter in history.voters)
    owed = sum(first is not None and first <= moment for first in firsts)
    shown = min(_shown(screen, moment) for screen in history.screens)
    return max(0, owed - shown)


def _shown(screen: Sequence[Observation], moment: float) -> int:
    return max((observation.voters for observation in screen if observation.at <= moment), default=0)

"""The pipeline in words: what runs, what is down since when, and what still works (the table of promise P4)."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core.web import texts
from inspection.pipeline.state import Is, Lag, Part, State

#: Writes a moment (seconds since 1970) down where it is read.
Clock = Callable[[float], str]

#: What people call the parts.
NAMES = {
    "browsers": gettext_lazy("Browsers"),
    "vote": pgettext_lazy("part of the system", "vote"),
    "redis": gettext_lazy("Redis"),
    "worker": gettext_lazy("worker"),
    "postgres": gettext_lazy("Postgres"),
    "result": gettext_lazy("result"),
    "screens": gettext_lazy("Screens"),
}
#: From one second on a clock is worth a warning: casts are ordered by their web services' clocks.
CLOCK_MAY_DIFFER_S = 1.0

_IS_DOWN = {
    "vote": gettext_lazy("The vote part is down."),
    "redis": gettext_lazy("Redis is down."),
    "worker": gettext_lazy("The worker is down."),
    "postgres": gettext_lazy("Postgres is down."),
    "result": gettext_lazy("The result part is down."),
}
_STILL = {
    "vote": gettext_lazy("Nobody can vote there; result pages still work, and received votes are counted."),
    "redis": gettext_lazy(
        "Votes go straight into Postgres and are counted at once; screens follow within two seconds."
    ),
    "result": gettext_lazy("Voting still works; result pages reconnect by themselves and are up to date at once."),
}


def utc(moment: float) -> str:
    """A moment for those whose time zone is not known."""
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S} UTC"


def local(moment: float) -> str:
    """A moment by the clock of this machine, for its terminal."""
    return f"{datetime.fromtimestamp(moment).astimezone():%H:%M:%S}"


def spaced(number: float) -> str:
    """A whole number in groups of three digits: 18,204."""
    return texts.spaced(round(number))


def rate(number: float) -> str:
    """How often a second: 31.4, from a thousand on 1,204."""
    return spaced(number) if number >= 1000 else texts.decimal(number)


def seconds(number: float) -> str:
    """A time: 4 ms, 0.4 s, 77 s, 12 min, 3 h."""
    for limit, unit, length in ((0.0995, "ms", 0.001), (99.5, "s", 1), (5400, "min", 60), (172800, "h", 3600)):
        if number < limit:
            value = number / length
            if unit == "s" and value < 9.95:
                return f"{texts.decimal(value)}\N{NO-BREAK SPACE}s"
            return _whole(value, unit)
    return _whole(number / 86400, "d")


def _whole(value: float, unit: str) -> str:
    return f"{round(value)}\N{NO-BREAK SPACE}{unit}"


def size(number: float) -> str:
    """Bytes: 89 MB."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return _whole(number, unit)
        number /= 1000
    return f"{texts.decimal(number)}\N{NO-BREAK SPACE}GB"


def headline(state: State, clock: Clock) -> tuple[str, str]:
    """The first line: what is down (or that nothing is), and what that means."""
    down = state.down
    if not down:
        is_whole = all(process.state == Is.UP for process in state.processes)
        alarm = _("Everything is running.") if is_whole else _("Every part is running, but not every process.")
        return alarm, _lag_in_words(state.lag)
    if {"redis", "postgres"} <= set(down):
        return (
            _("Redis and Postgres are down."),
            _("Votes are refused, and voters are told. Nothing that was received or counted is lost."),
        )
    return " ".join(str(_IS_DOWN[name]) for name in down), _what_still_works(state, clock)


def _what_still_works(state: State, clock: Clock) -> SafeString:
    """Say what still works while these parts are down, each sentence once: some stop the same things."""
    sentences = []
    if "vote" in state.down:
        sentences.append(format_html("{}", _STILL["vote"]))
    if "redis" in state.down:
        sentences.append(format_html("{}", _STILL["redis"]))
    elif {"worker", "postgres"} & set(state.down):
        sentences.append(_screens_stand_still(state, clock))
    if "result" in state.down:
        sentences.append(format_html("{}", _STILL["result"]))
    return format_html_join(" ", "{}", ((sentence,) for sentence in sentences))


def _screens_stand_still(state: State, clock: Clock) -> SafeString:
    since = min(filter(None, (state.parts[name].since for name in ("worker", "postgres"))), default=None)
    if since is None:
        return format_html("{}", _("Voting still works and Redis keeps every vote; screens stand still."))
    text = _("Voting still works and Redis keeps every vote; screens stand still at {time}.")
    return format_html(text, time=clock(since))


def _lag_in_words(lag: Lag | None) -> str:
    if lag is None:
        return _("No vote has come yet.")
    if lag.to == "broadcast":
        return _("No screen is open; a vote is counted and broadcast {time} after the tap.").format(
            time=seconds(lag.seconds)
        )
    if lag.seconds < 0.5:
        return _("A vote is on the screens less than half a second after the tap.")
    return _("A vote is on the screens {time} after the tap.").format(time=seconds(lag.seconds))


def warnings(state: State, clock: Clock) -> list[SafeString]:
    """Return the warnings: no failures, and yet somebody should see to them."""
    found = [_missing(part, clock) for part in state.parts.values()]
    for process in state.processes:
        ahead = process.said.get("clock_ahead") or 0.0
        if process.state == Is.UP and abs(ahead) >= CLOCK_MAY_DIFFER_S:
            text = _(
                "The clock of {name} differs from that of Redis by {time}. "
                "Votes are ordered by the web services' clocks."
            )
            found.append(format_html(text, name=process.name, time=seconds(abs(ahead))))
    if state.postgres is not None and state.postgres.set_aside:
        text = ngettext(
            "{number} cast was set aside: it could not be counted.",
            "{number} casts were set aside: they could not be counted.",
            state.postgres.set_aside,
        )
        found.append(format_html(text, number=spaced(state.postgres.set_aside)))
    if settings.APPENDFSYNC_EVERYSEC:
        found.append(
            format_html(
                "{}", _("Redis may sync once a second: its crash loses the votes accepted in its last two seconds.")
            )
        )
    return [warning for warning in found if warning]


def _missing(part: Part, clock: Clock) -> SafeString:
    """Processes that are gone of a part that runs all the same."""
    gone = [process for process in part.processes if process.state == Is.DOWN]
    if not gone or part.state != Is.UP:
        return mark_safe("")
    text = ngettext(
        "{name} is down since {time}; the part goes on with {running}.",
        "{number} processes of {part} are down; the part goes on with {running}.",
        len(gone),
    )
    return format_html(
        text,
        name=gone[0].name,
        number=len(gone),
        part=NAMES[part.name],
        time=clock(gone[0].heard_at or 0.0),
        running=part.running,
    )


def status(part: Part, state: State, clock: Clock) -> SafeString:
    """The line under a part's name."""
    if part.state == Is.DOWN:
        return _down_since(part, clock)
    if part.state == Is.UNKNOWN:
        return format_html("{}", _("not known now"))
    if part.name == "redis" and state.redis is not None:
        waiting = state.redis.waiting
        is_stuck = "worker" in state.down or "postgres" in state.down
        text = ngettext("holding {number} vote", "holding {number} votes", waiting) if is_stuck else _("queue {number}")
        return format_html(text, number=spaced(waiting))
    if part.name == "postgres":
        return format_html("{}", _("ballots counted"))
    if not part.processes or all(process.state == Is.UNKNOWN for process in part.processes):
        return format_html("{}", _("connected to Postgres"))
    return format_html(_("{running} of {all} running"), running=part.running, all=len(part.processes))


def _down_since(part: Part, clock: Clock) -> SafeString:
    if part.since is None:
        return format_html("{}", _("down"))
    return format_html(_("down since {time}"), time=clock(part.since))

"""The rows of the table: every process and store, in words."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from inspection.pipeline.formatting import Clock, rate, seconds, size, spaced
from inspection.pipeline.state import Is, Part, Process, State
from polls.models import State as PollState

#: What each part does, which of its counters is its rate, and which of its times the 95 % are of.
_DOES = {
    "vote": (gettext_lazy("takes votes"), ("received", "direct"), "requests"),
    "worker": (gettext_lazy("counts"), ("counted",), "batches"),
    "result": (gettext_lazy("shows results"), ("frames",), "requests"),
}
_STATES = {Is.UP: gettext_lazy("running"), Is.DOWN: gettext_lazy("down"), Is.UNKNOWN: gettext_lazy("not known")}
#: RQ's words for what becomes of a job.
_JOBS = {
    "queued": gettext_lazy("queued"),
    "started": gettext_lazy("started"),
    "finished": gettext_lazy("finished"),
    "failed": gettext_lazy("failed"),
    "deferred": gettext_lazy("deferred"),
    "scheduled": pgettext_lazy("of jobs", "scheduled"),
}
_NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a process or store. All are texts, but for `state`."""

    name: str
    does: str
    state: Is
    state_word: str
    since: str
    rate: str
    late: str
    memory: str
    where: str
    version: str
    heard: str

    @property
    def sign(self) -> str:
        """The sign before its state."""
        return {Is.UP: "ok", Is.DOWN: "bad", Is.UNKNOWN: "unknown"}[self.state]


def rows(state: State, clock: Clock) -> list[Row]:
    """All of them, in the order in which a vote meets them."""
    found = []
    for part in state.parts.values():
        if part.name == "redis":
            found.append(_redis(part, state, clock))
        elif part.name == "postgres":
            found.append(_postgres(part, state, clock))
        else:
            found += [_row(process, state, clock) for process in part.processes] or [_empty(part, clock)]
    return found


def _row(process: Process, state: State, clock: Clock) -> Row:
    does, counters, times = _DOES[process.part]
    late = process.late(times)
    said = process.said
    return Row(
        name=process.name,
        does=str(does),
        state=process.state,
        state_word=str(_STATES[process.state]),
        since=_since(process, state, clock),
        rate=_rate(sum(process.rate(name) for name in counters) if process.state == Is.UP else 0.0),
        late=_NOTHING if late is None else seconds(late),
        memory=_NOTHING if not said.get("memory") else size(said["memory"]),
        where=said.get("address") or _NOTHING,
        version=said.get("program", _NOTHING),
        heard=_NOTHING if process.heard_at is None else _ago(state.at - process.heard_at),
    )


def _since(process: Process, state: State, clock: Clock) -> str:
    """How long it has run; of one that is down, when it was heard last."""
    if process.state == Is.DOWN and process.heard_at:
        return clock(process.heard_at)
    started = process.said.get("started_at")
    return _NOTHING if started is None else seconds(max(0.0, state.at - started))


def _empty(part: Part, clock: Clock) -> Row:
    """A part of which no process has been heard."""
    since = _NOTHING if part.since is None else clock(part.since)
    nothing = dict.fromkeys(("rate", "late", "memory", "where", "version", "heard"), _NOTHING)
    does, _counters, _times = _DOES[part.name]
    return Row(part.name, str(does), part.state, str(_STATES[part.state]), since, **nothing)


def _redis(part: Part, state: State, clock: Clock) -> Row:
    redis = state.redis
    if redis is None:
        return _store("redis", _("keeps votes until they are counted"), part, clock)
    return _store(
        "redis",
        _("keeps votes until they are counted"),
        part,
        clock,
        since=seconds(max(0.0, state.at - redis.started_at)),
        rate=_rate(redis.operations),
        late=seconds(redis.round_trip),
        memory=size(redis.memory),
        version=f"{redis.name} {redis.version}",
        heard=_ago(0.0),
    )


def _postgres(part: Part, state: State, clock: Clock) -> Row:
    postgres = state.postgres
    if postgres is None:
        return _store("postgres", _("keeps what is counted"), part, clock)
    return _store(
        "postgres",
        _("keeps what is counted"),
        part,
        clock,
        since=seconds(max(0.0, state.at - postgres.started_at)),
        rate=_NOTHING if postgres.commit_rate is None else _rate(postgres.commit_rate),
        late=seconds(postgres.round_trip),
        memory=_("{size} stored").format(size=size(postgres.size)),
        version=f"PostgreSQL {postgres.version}",
        heard=_ago(0.0),
    )


def _store(name: str, does: str, part: Part, clock: Clock, **known: str) -> Row:
    since = _NOTHING if part.since is None else clock(part.since)
    nothing = dict.fromkeys(("rate", "late", "memory", "version", "heard"), _NOTHING)
    texts = {"since": since, **nothing, "where": address(name), **known}
    return Row(name, does, part.state, str(_STATES[part.state]), **texts)


def address(store: str) -> str:
    """Return the address of a store."""
    if store == "redis":
        return f"{settings.REDIS.host}:{settings.REDIS.port}"
    database = settings.DATABASES["default"]
    return f"{database['HOST']}:{database['PORT']}"


@dataclass(frozen=True, slots=True)
class PollLine:
    """A row of a poll and its ballot box. All are texts."""

    name: str
    url: str | None
    state: str
    waiting: str
    oldest: str
    counted_through: str
    ballots: str
    screens: str


def polls(state: State, *, linked: bool) -> list[PollLine]:
    """Polls with waiting votes first; as far as each store can say. `linked`: who looks may look at them too."""
    boxes = {} if state.redis is None else {(box.poll_id, box.number): box for box in state.redis.fullest}
    known = {} if state.postgres is None else {row.id: row for row in state.postgres.rows}
    keys = list(boxes) or [(row.id, row.box) for row in known.values()]
    lines = []
    for poll_id, number in keys:
        row, box = known.get(poll_id), boxes.get((poll_id, number))
        is_present = row is not None and row.box == number
        lines.append(
            PollLine(
                name=_("poll {id}").format(id=poll_id) if row is None else row.slug,
                url=None if row is None or not linked else reverse("admin:polls_poll_change", args=[poll_id]),
                state=_NOTHING if row is None else str(PollState(row.state).label),
                waiting=_NOTHING if box is None else spaced(box.waiting),
                oldest=seconds(box.oldest_s) if box is not None and box.waiting else _NOTHING,
                counted_through=row.counted_through if row is not None and is_present else _NOTHING,
                ballots=_NOTHING if row is None else spaced(row.voters),
                screens=spaced(state.screens_of(poll_id)),
            )
        )
    return lines


def facts(state: State) -> list[tuple[str, str]]:
    """Return the facts that the picture has no place for, each with a title and a text."""
    return [*_of_redis(state), *_of_processes(state), *_of_postgres(state), (_("Read by"), state.reader)]


def _of_redis(state: State) -> list[tuple[str, str]]:
    if state.redis is None:
        return []
    jobs = ", ".join(f"{spaced(number)} {_JOBS[name]}" for name, number in state.redis.jobs.items())
    return [(_("RQ jobs"), jobs), (_("Ballot boxes"), spaced(state.redis.boxes))]


def _of_processes(state: State) -> list[tuple[str, str]]:
    up = [process for process in state.processes if process.state == Is.UP]
    refused = _("{refused} refused, {failed} not recorded a second").format(
        refused=rate(state.rate("refused")), failed=rate(state.rate("failed"))
    )
    in_line = _("{number} wait, {shed} turned away a second").format(
        number=spaced(sum(process.said.get("queued", 0) for process in up)), shed=rate(state.rate("shed"))
    )
    breakers = [(process.name, *breaker) for process in up for breaker in process.said.get("breakers", {}).items()]
    open_breakers = ", ".join(f"{name}: {store}" for name, store, is_open in breakers if is_open)
    return [
        *(_last_batch(process) for process in state.parts["worker"].processes if process.said.get("batch")),
        (_("Safety-net checks"), _("{rate} a second").format(rate=rate(state.rate("sweeps")))),
        (_("Votes not taken"), refused),
        (_("Requests in line"), in_line),
        (_("Circuit breakers"), open_breakers or _("all closed")),
    ]


def _last_batch(worker: Process) -> tuple[str, str]:
    casts, took = worker.said["batch"]
    text = _("{number} votes in {time}").format(number=spaced(casts), time=seconds(took))
    return _("Last batch of {name}").format(name=worker.name), text


def _of_postgres(state: State) -> list[tuple[str, str]]:
    if state.postgres is None:
        return []
    used = sum(state.postgres.connections.values())
    connections = _("{used} of {all}").format(used=used, all=state.postgres.max_connections)
    return [(_("Postgres connections"), connections), (_("Casts set aside"), spaced(state.postgres.set_aside))]


def _rate(number: float) -> str:
    return f"{rate(number)}\N{NO-BREAK SPACE}/s"


def _ago(number: float) -> str:
    return str(format_html(_("{time} ago"), time=seconds(max(0.0, number))))

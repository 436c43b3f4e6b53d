"""The tables of docs/scaling.md, as Markdown by name."""

from collections.abc import Iterable, Sequence

from ops.scaling import one_machine, sizes
from ops.scaling.costs import MEASURED, SEND
from ops.scaling.sizes import SIZES, Load, Size


def tables() -> dict[str, str]:
    """Simulate everything, and return all tables; some ten seconds."""
    return {
        "costs": _costs(),
        "one machine": _one_machine(),
        "ends": _ends(),
        "load": _load(),
        "bought": _bought(),
        "busiest": _busiest(),
    }


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rounded(value: float, digits: int = 2) -> str:
    """Return a number with so many digits that say something."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if rounded >= 10 ** (digits - 1) else f"{rounded:g}"


def _costs() -> str:
    rows = [(cost.what, f"{cost.micros:,g}", f"{cost.micros / SEND:,.0f}", cost.source) for cost in MEASURED.values()]
    return _table(["a core's time for", "µs", "sends", "source"], rows)


def _one_machine() -> str:
    rows = [
        (row.what, f"{row.measured:,g}", _rounded(row.simulated, 3), f"{row.differs:+.0f} %", _verdict(row))
        for row in one_machine.rows()
    ]
    return _table(["figure", "measured", "simulated", "", ""], rows)


def _verdict(row: one_machine.Row) -> str:
    if row.is_input:
        return "an input was chosen by it"
    return "holds" if row.holds else "not reproduced"


def _ends() -> str:
    rows = [(what, _rounded(rate)) for what, rate in sizes.most_votes()]
    return _table(["one of a part, busy all the time", "a second"], rows)


def _load() -> str:
    parts = ("vote", "result", "workers", "redis", "postgres", "tally")
    head = ["voters", "votes/s, busiest", *parts[:-1], "one Tally row", "to phones, Gbit/s"]
    rows = []
    for size in SIZES:
        load = Load(size)
        cores = [_rounded(getattr(load, part)) for part in parts]
        rows.append([size.name, _rounded(size.peak), *cores, _rounded(load.egress / 1e9)])
    return _table(head, rows)


def _bought() -> str:
    head = ["voters", "vote", "result", "workers", "Redis", "Postgres", "memory for screens", "connections to Postgres"]
    return _table(head, map(_bought_for, SIZES))


def _bought_for(size: Size) -> Sequence[str]:
    plan, load = sizes.plan_of(size), Load(size)
    most = sizes.POOL * (plan.vote + plan.result) + sizes.OF_A_WORKER * plan.workers
    memory = f"{_rounded(load.screens_bytes / 1e9)} GB"
    processes = [f"{number:,}" for number in (plan.vote, plan.result, plan.workers)]
    if load.tally > sizes.FULL:
        needed = sizes.processes(load.redis)
        *web, workers = processes
        return [size.name, *web, f"{workers}, and can use 1", f"{needed}, and can use 1", "1", memory, f"{most:,}"]
    each = f"{most // size.redis:,}{' each' if size.redis > 1 else ''}"
    return [size.name, *processes, f"{size.redis:,}", f"{size.redis:,}", memory, each]


def _busiest() -> str:
    rows = [
        (name, plan, f"{_rounded(peak.vote_p99)} ms", f"{_rounded(peak.age_p99)} ms")
        for name, plan, peak in sizes.simulate()
    ]
    return _table(["voters", "on", "vote p99", "screens behind, p99"], rows)

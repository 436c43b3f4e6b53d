"""Which parts run, from what their processes say, and from who is connected to Postgres where they can't be heard."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.telemetry import reports
from core.telemetry.heartbeat import FIXED, Heartbeat
from core.telemetry.reports import Report
from inspection.pipeline.state import Is, Part, PostgresSide, Process

#: The parts that report.
REPORTING = ("vote", "worker", "result")
#: A Redis that has just started: those who report may not have found it yet.
YOUNG_S = 3.0
#: Seconds by which a new process's start may seem earlier than the end of the one in whose place it came.
_CLOCKS_S = 1.0


def heard(found: Sequence[Report], clock: float, *, redis_is_young: bool) -> list[Part]:
    """The parts as their reports tell, at that moment of Redis's clock."""
    silent = Is.UNKNOWN if redis_is_young else Is.DOWN
    processes = [_process(report, clock, silent) for report in found]
    return [_part(name, [process for process in processes if process.part == name], silent) for name in REPORTING]


def _process(report: Report, clock: float, silent: Is) -> Process:
    state = Is.UP if clock - report.heard_at <= reports.SILENT_AFTER_S else silent
    return Process(report.process, report.said["part"], state, report.heard_at, report.said)


def _part(name: str, processes: Sequence[Process], silent: Is) -> Part:
    running = [process for process in processes if process.state == Is.UP]
    missed = _missed(processes)
    shown = tuple(sorted([*running, *missed], key=lambda process: (process.said["started_at"], process.name)))
    if running:
        return Part(name, Is.UP, processes=shown)
    since = max((process.heard_at for process in processes if process.heard_at), default=None)
    return Part(name, silent, since, shown)


def _missed(processes: Sequence[Process]) -> list[Process]:
    """Silent processes in whose place no other has started since: each that starts takes the place of one."""
    starts = sorted(_started(process) for process in processes)
    missed = []
    for process in sorted((process for process in processes if process.state != Is.UP), key=_heard_at):
        later = next((start for start in starts if start > _heard_at(process) - _CLOCKS_S), None)
        if later is None:
            missed.append(process)
        else:
            starts.remove(later)
    return missed


def _heard_at(process: Process) -> float:
    return process.heard_at or 0.0


def _started(process: Process) -> float:
    """By Redis's clock."""
    return float(process.said["started_at"]) - float(process.said.get("clock_ahead") or 0.0)


def unheard(before: Sequence[Process], postgres: PostgresSide | None, me: Heartbeat | None) -> list[Part]:
    """The parts while Redis can't say: this process runs; of the others, who is connected to Postgres does.

    `before` are those that ran when Redis last answered. Postgres says that somebody is connected, not who.
    """
    connected = {} if postgres is None else postgres.connections
    return [_unheard_part(name, before, connected, me) for name in REPORTING]


def _what_stays(process: Process) -> dict[str, Any]:
    return {name: process.said[name] for name in FIXED}


def _unheard_part(name: str, before: Sequence[Process], connected: dict[str, int], me: Heartbeat | None) -> Part:
    mine = [] if me is None or me.part != name else [Process(me.process, name, Is.UP, None, me.report())]
    own = None if me is None else me.process
    known = [process for process in before if process.part == name and process.name != own]
    # What they counted then says nothing of now.
    others = [replace(process, state=Is.UNKNOWN, said=_what_stays(process)) for process in known]
    if not mine and connected.get(f"votingsite {name}"):
        # With one process of the part, it is that one.
        connected_ones = [replace(process, state=Is.UP) for process in others] if len(others) == 1 else others
        return Part(name, Is.UP, processes=tuple(connected_ones))
    return Part(name, Is.UP if mine else Is.UNKNOWN, processes=(*mine, *others))

"""Several drills on one copy of the system, and what is printed of them."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

from ops.drill import checker, report, runner, timeline
from ops.drill.checker import Verdict
from ops.drill.faults import DEEDS, KILLS_A_ROUND, at_random
from ops.drill.runner import Options, Outcome
from ops.drill.system import System
from ops.drill.target import Deed

_RANDOM = "random"


def run(name: str, options: Options, kills: int, out: TextIO, *, as_json: bool) -> bool:
    """Run the drill of that name, or all; returns whether everything that was promised held.

    With `as_json` the list of verdicts is all that is written to `out`; else the timelines, and a line each at the end.
    """
    plan = list(_plan(name, kills))
    said = sys.stderr if as_json else out
    said.write(f"A copy of the system is started; chance begins with --seed {options.seed}.\n")
    verdicts: dict[str, list[Verdict]] = {}
    with report.Progress(len(plan)) as progress, runner.a_copy() as system:
        for number, (each, deed) in enumerate(plan):
            outcome = runner.run(system, each, deed, replace(options, seed=options.seed + number), progress)
            verdicts.setdefault(each, []).append(outcome.verdict)
            progress.is_over()
            if not as_json:
                _tell(outcome, deed, out, brief=len(plan) > len(DEEDS))
    found = [checker.together(rounds_) for rounds_ in verdicts.values()]
    if as_json:
        out.write(f"{report.as_json(found)}\n")
    else:
        lines = [report.line(verdict) for verdict in found] if len(plan) > 1 else []
        out.writelines(f"{line}\n" for line in ["", *lines, report.conclusion(found)])
    return all(verdict.clean for verdict in found)


def _plan(name: str, kills: int) -> Iterator[tuple[str, Deed[System]]]:
    """Names and deeds; `random` once for each ten kills."""
    for each, deed in DEEDS.items():
        if name not in (each, "all"):
            continue
        if each != _RANDOM:
            yield each, deed
            continue
        for left in range(kills, 0, -KILLS_A_ROUND):
            yield each, Deed(deed.what, at_random(min(left, KILLS_A_ROUND)))


def _tell(outcome: Outcome, deed: Deed[System], out: TextIO, *, brief: bool) -> None:
    """The timeline, and the verdict in a line; of many rounds the timeline only where something went wrong."""
    if not brief or not outcome.verdict.clean:
        out.write(f"\n{outcome.verdict.name}: {deed.what}\n")
        out.writelines(f"{line}\n" for line in timeline.lines(outcome.history, outcome.events))
    out.write(f"{report.line(outcome.verdict)}\n")
    out.writelines(f"  {line}\n" for line in outcome.verdict.evidence)
    out.flush()

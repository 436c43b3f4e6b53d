"""Pages of drills that never ran, for tests."""

from dataclasses import replace

from core.telemetry.drills import Sign
from ops.drill.checker import CheckResult
from ops.drill.history import Attempt, History, Operation, Outcome, Voter
from ops.drill.report_page import Page
from ops.drill.runner import Options, Run
from ops.drill.stored import Poll
from ops.drill.target import Event

EVENTS = [
    Event(100.0, "voters vote", Sign.PHASE),
    Event(104.0, "{part} is killed", Sign.FAULT, {"part": "redis"}),
    Event(106.5, "{parts} is back", Sign.RECOVERY, {"parts": "redis"}),
    Event(115.0, "the poll is final", Sign.PHASE),
]
GOOD = CheckResult("kill-redis", accepted=1204, counted=1204, unknown=2, final_ms=2100, kind="pick", seed=7)
BAD = replace(GOOD, name="kill-db", counted=1203, lost=1, evidence=["lost: voter <b>ann</b>, stored None"])


def votes() -> History:
    """Some hundred votes, of which a few were refused or had no answer."""
    kinds = [Outcome.ACCEPTED] * 8 + [Outcome.UNKNOWN, Outcome.REFUSED]
    pressed = []
    for number in range(300):
        at, outcome = 100 + number / 20, kinds[number % 10]
        pressed.append(Operation((1,), at, [Attempt(at, at + 0.004 * 1.03**number, outcome, 202)]))
    return History([Voter("ann", pressed)])


def page(*results: CheckResult) -> Page:
    """The page of drills with these results."""
    made = Page("all" if len(results) > 1 else results[0].name, Options(15, 60, 7))
    for result in results:
        made.add(Run(result, votes(), EVENTS, "Redis is killed", Poll(1, "drill", "", (1, 2))))
        made.results.append(result)
    return made

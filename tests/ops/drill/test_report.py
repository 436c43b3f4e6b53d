"""The report of a drill."""

import json

from core.telemetry.drills import Sign
from ops.drill import report, timeline
from ops.drill.checker import CheckResult
from ops.drill.history import Attempt, History, Observation, Operation, Outcome, Voter
from ops.drill.target import Event

ACCEPTED = Operation((1,), 99.5, [Attempt(99.5, 99.9, Outcome.ACCEPTED, 202)])
IN_DOUBT = Operation(
    (2,), 100.25, [Attempt(100.25, 101.5, Outcome.UNKNOWN, 503), Attempt(101.5, 101.75, Outcome.REFUSED, 409)]
)
#: The first and the last are steps that every drill takes.
EVENTS = [
    Event(99.0, "voters vote", Sign.PHASE),
    Event(100.0, "{part} is killed", Sign.FAULT, {"part": "redis"}),
    Event(101.1, "redis is back", Sign.RECOVERY),
    Event(109.0, "the poll is closed", Sign.PHASE),
]


def test_the_timeline_has_a_line_for_each_second_around_the_deed():
    history = History([Voter("ann", [ACCEPTED, IN_DOUBT])], [[Observation(100.1, 1, 1, {1: 1}, "open")]])

    lines = list(timeline.lines(history, EVENTS))

    assert lines == [
        "  second  accepted  unknown  refused   wait p50       max   screens behind by",
        "      -3         0        -        -           -         -                   -",
        "      -2         0        -        -           -         -                   -",
        "      -1         1        -        -      400 ms    400 ms                   1",
        "       0         0        -        -    1,250 ms  1,250 ms                   -   redis is killed",
        "       1         0        1        1           -         -                   -   redis is back",
        "       2         0        -        -           -         -                   -",
        "       3         0        -        -           -         -                   -",
        "       4         0        -        -           -         -                   -",
    ]


def test_a_line_has_the_figures_and_the_troubles():
    bad = CheckResult(
        "kill-redis", accepted=1204, counted=1203, lost=1, longest_wait_ms=480, waits_over_2s=0, final_ms=2100
    )
    bad.longest_stale_ms, bad.backwards, bad.last_snapshot, bad.trouble = None, 2, False, ["no redis"]

    assert report.line(bad) == (
        "kill-redis        accepted  1,204  counted  1,203  lost 1  twice 0  wrong 0  unknown    0  refused    0  "
        "longest wait  0.48 s (0 over 2 s)  stale   never  final in  2.10 s  audit clean  "
        "screens went back 2 times  the last snapshot is not that of the ballots  no redis"
    )
    assert report.conclusion([bad]) == "A promise was broken: see above."


def test_json_says_which_drill_was_clean():
    results = [
        CheckResult("kill-redis", accepted=1, counted=1, final_ms=900),
        CheckResult("kill-db", lost=1, final_ms=900),
    ]

    found = json.loads(report.as_json(results))

    assert [(each["name"], each["lost"], each["clean"]) for each in found] == [
        ("kill-redis", 0, True),
        ("kill-db", 1, False),
    ]


def test_voters_were_told_so_much_between_two_events():
    told = timeline.told(History([Voter("ann", [ACCEPTED, IN_DOUBT])]), EVENTS)

    assert told == [{Outcome.ACCEPTED: 1}, {}, {Outcome.UNKNOWN: 1, Outcome.REFUSED: 1}, {}]

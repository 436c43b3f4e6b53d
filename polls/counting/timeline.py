"""The time line: how many people voted when, in at most SPANS spans, which grow longer as the poll runs longer.

Pure functions. `polls.counting.tally` keeps it on the Tally row, in the transaction that stores the ballots: a voter is
counted once, at the moment of the first cast that was stored, so it adds up to the number of voters and no repeat
changes it.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from polls.results.snapshots import Timeline

#: What a screen can show side by side.
SPANS: Final = 42
#: Lengths of a span in seconds. Each divides the next: spans are put together, and never have to be taken apart.
STEPS: Final = (10, 30, 60, 120, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800, 2_419_200, 31_449_600)
#: A new one begins at a full minute, so that its labels can be times of day.
_BEGINS_AT: Final = 60


def grown(timeline: Timeline, moments_ms: Iterable[int], now_ms: int) -> Timeline:
    """With first votes of these moments (milliseconds since 1970).

    What is said to come from the future counts as of now: a web service's wrong clock stretches no chart. What is older
    than the first span, because its page kept it or a queue was slow, counts there.
    """
    shortest = STEPS[0]
    # Two thousand moments fall into a handful of the shortest spans: all else is done for those.
    arrived = Counter(moment // (1000 * shortest) for moment in moments_ms)
    if not arrived:
        return timeline
    now = now_ms // (1000 * shortest)
    last = min(max(arrived), now) * shortest
    first = min(*arrived, now) * shortest
    line = timeline or {"start": first - first % _BEGINS_AT, "step": shortest, "votes": []}
    line = until(line, last)
    start, step, votes = line["start"], line["step"], [*line["votes"]]
    for span, more in arrived.items():
        index = min(max(0, min(span, now) * shortest - start) // step, SPANS - 1)
        votes += [0] * (index + 1 - len(votes))
        votes[index] += more
    return {"start": start, "step": step, "votes": votes}


def until(timeline: Timeline, second: int) -> Timeline:
    """The same votes in spans that are long enough for this moment to have one of the SPANS."""
    for step in STEPS:
        if step > timeline["step"] and second - timeline["start"] >= SPANS * timeline["step"]:
            timeline = _coarser(timeline, step)
    return timeline


def _coarser(timeline: Timeline, step: int) -> Timeline:
    start = timeline["start"] - timeline["start"] % step
    votes: Counter[int] = Counter()
    for index, number in enumerate(timeline["votes"]):
        votes[(timeline["start"] + index * timeline["step"] - start) // step] += number
    return {"start": start, "step": step, "votes": [votes[index] for index in range(max(votes, default=-1) + 1)]}

"""The search: random runs, and the shortest run that still breaks the same promise."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ops.model.chooser import Chooser
from ops.model.play import Outcome, play
from ops.model.rules import RULES

#: Counterexamples that are shrunk, of those found; the shortest result counts.
_SHRUNK = 8
#: After the first counterexample this many more runs are tried at most.
_RUNS_AFTER_FIRST = 2000
#: Runs that shrinking one counterexample may take.
_BUDGET = 4000


@dataclass(frozen=True)
class Found:
    """The result of a search: how many runs it took, and the shortest counterexample, if there is one."""

    runs: int
    counterexample: Outcome | None


def search(without: frozenset[str], runs: int, seed: int, *, tick: Callable[[], object] = lambda: None) -> Found:
    """Play random runs until a few break a promise, and shrink these. The same seed finds the same.

    Seven of eight runs tell the story that was written down for one of the rules; the others tell any story.
    """
    stories = [rule.story for rule in RULES.values() if not without or rule.name in without]
    found: list[Outcome] = []
    last = runs
    number = 0
    while number < last and len(found) < _SHRUNK:
        rng = random.Random(f"{seed}-{number}")
        story = stories[number // 8 % len(stories)] if number % 8 else ()
        outcome = play(Chooser(story, rng), without)
        number += 1
        tick()
        if outcome.broken:
            found.append(outcome)
            last = min(last, number + _RUNS_AFTER_FIRST) if len(found) == 1 else last
    shrunk = [shrink(outcome, without) for outcome in found]
    return Found(number, min(shrunk, key=_length, default=None))


def replay(choices: Sequence[int], without: frozenset[str] = frozenset()) -> Outcome:
    """Play the run of these choices."""
    return play(Chooser(choices), without)


def shrink(outcome: Outcome, without: frozenset[str]) -> Outcome:
    """Return the shortest run near this one that breaks the same promise: leave out choices, or make them smaller."""
    assert outcome.broken
    promise = outcome.broken.promise
    best, budget, before = outcome, _BUDGET, None
    while best is not before and budget > 0:
        before = best
        for candidate in _smaller(best.choices):
            budget -= 1
            tried = replay(candidate, without)
            if tried.broken and tried.broken.promise == promise and _length(tried) < _length(best):
                best = tried
                break
            if budget <= 0:
                break
    return best


def _length(outcome: Outcome) -> tuple[int, int, list[int]]:
    """Order runs by their time line, then by how many choices are not the usual way."""
    return len(outcome.timeline), sum(map(bool, outcome.choices)), outcome.choices


def _smaller(choices: list[int]) -> list[list[int]]:
    """Return the neighbours of a run: without some of its choices, or with smaller ones; the boldest first."""
    end = max((index for index, choice in enumerate(choices) if choice), default=-1) + 1
    used = choices[:end]
    candidates = []
    for size in (8, 4, 2, 1):
        candidates += [used[:at] + used[at + size :] for at in range(0, end, max(1, size // 2))]
        # The usual way instead: of a story it is the end.
        candidates += [[*used[:at], 0, *used[at + size :]] for at in range(0, end, max(1, size // 2))]
    for at in range(end):
        candidates += [[*used[:at], lower, *used[at + 1 :]] for lower in range(1, used[at])]
    return candidates

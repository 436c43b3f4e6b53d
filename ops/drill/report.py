"""The results of drills, for people and for programs, and the progress while they run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Never

from tqdm import tqdm

from ops.drill.checker import CheckResult
from ops.drill.history import Outcome


class ProgressBar:
    """A progress bar on stderr, if that is a terminal. Use it as a context manager."""

    def __init__(self, drills: int, *, hidden: bool = False) -> None:
        disable = True if hidden else None
        self._bar: tqdm[Never] = tqdm(total=drills, unit=" drill", disable=disable, bar_format="{desc} [{n}/{total}]")

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def happens(self, name: str, what: str, outcomes: Mapping[Outcome, int]) -> None:
        """Show what happens now."""
        counts = "  ".join(f"{outcome} {outcomes[outcome]:,}" for outcome in Outcome if outcomes.get(outcome))
        self._bar.set_description_str(f"{name}: {what}  {counts}")

    def is_over(self) -> None:
        """Move the bar on by one drill."""
        self._bar.update()


def line(result: CheckResult) -> str:
    """Return the line of a drill's result."""
    stale, final = seconds(result.longest_stale_ms), seconds(result.final_ms)
    return "  ".join(
        [
            f"{result.name:16}",
            f"accepted {result.accepted:6,}",
            f"counted {result.counted:6,}",
            f"lost {result.lost}",
            f"twice {result.twice}",
            f"wrong {result.wrong}",
            f"unknown {result.unknown:4,}",
            f"refused {result.refused:4,}",
            f"longest wait {seconds(result.longest_wait_ms):>7} ({result.waits_over_2s} over 2 s)",
            f"stale {stale:>7}",
            f"final in {final:>7}",
            f"audit {result.audit}",
            *troubles(result),
        ]
    )


def seconds(milliseconds: int | None) -> str:
    """Return a time for people."""
    return "never" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def troubles(result: CheckResult) -> list[str]:
    """Return the troubles that the line does not show."""
    found = [
        (result.after_seal, f"accepted after the seal {result.after_seal}"),
        (result.backwards, f"screens went back {result.backwards} times"),
        (result.overshown, f"screens showed more than was cast {result.overshown} times"),
        (not result.last_snapshot, "the last snapshot is not that of the ballots"),
    ]
    return [text for wrong, text in found if wrong] + result.trouble + result.late


def conclusion(results: Sequence[CheckResult]) -> str:
    """Return the sentence that ends the report."""
    good = all(result.clean for result in results)
    return "Every promise held." if good else "A promise was broken: see above."


def as_json(results: Sequence[CheckResult]) -> str:
    """Return the results as a JSON list of objects."""
    return json.dumps([{**asdict(result), "clean": result.clean} for result in results], indent=2)

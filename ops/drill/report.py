"""The verdicts of drills, for people and for programs, and the progress while they run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Never

from tqdm import tqdm

from ops.drill.checker import Verdict
from ops.drill.history import Answer


class Progress:
    """A bar on stderr, on a terminal alone. Use it as a context manager."""

    def __init__(self, drills: int) -> None:
        self._bar: tqdm[Never] = tqdm(total=drills, unit=" drill", disable=None, bar_format="{desc} [{n}/{total}]")

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def happens(self, name: str, what: str, outcomes: Mapping[Answer, int]) -> None:
        """Show it."""
        counts = "  ".join(f"{outcome} {outcomes[outcome]:,}" for outcome in Answer if outcomes.get(outcome))
        self._bar.set_description_str(f"{name}: {what}  {counts}")

    def is_over(self) -> None:
        """One drill more is over."""
        self._bar.update()


def line(verdict: Verdict) -> str:
    """One drill in a line."""
    stale, final = _seconds(verdict.longest_stale_ms), _seconds(verdict.final_ms)
    return "  ".join(
        [
            f"{verdict.name:16}",
            f"accepted {verdict.accepted:6,}",
            f"counted {verdict.counted:6,}",
            f"lost {verdict.lost}",
            f"twice {verdict.twice}",
            f"wrong {verdict.wrong}",
            f"unknown {verdict.unknown:4,}",
            f"refused {verdict.refused:4,}",
            f"longest wait {_seconds(verdict.longest_wait_ms):>7} ({verdict.waits_over_2s} over 2 s)",
            f"stale {stale:>7}",
            f"final in {final:>7}",
            f"audit {verdict.audit}",
            *troubles(verdict),
        ]
    )


def _seconds(milliseconds: int | None) -> str:
    return "never" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def troubles(verdict: Verdict) -> list[str]:
    """What is wrong beside what every line says."""
    found = [
        (verdict.after_seal, f"accepted after the seal {verdict.after_seal}"),
        (verdict.backwards, f"screens went back {verdict.backwards} times"),
        (verdict.overshown, f"screens showed more than was cast {verdict.overshown} times"),
        (not verdict.last_snapshot, "the last snapshot is not that of the ballots"),
    ]
    return [text for wrong, text in found if wrong] + verdict.trouble


def conclusion(verdicts: Sequence[Verdict]) -> str:
    """Whether all is well."""
    good = all(verdict.clean for verdict in verdicts)
    return "Every promise held." if good else "A promise was broken: see above."


def as_json(verdicts: Sequence[Verdict]) -> str:
    """A list of objects."""
    return json.dumps([{**asdict(verdict), "clean": verdict.clean} for verdict in verdicts], indent=2)

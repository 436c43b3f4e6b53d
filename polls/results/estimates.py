"""The estimates of a number, ready to be drawn: bars over the numbers, and the sentence above them.

Pure functions. static/estimates.js does the same for later snapshots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from polls.results.snapshots import Seen

#: The sentences of a result that has estimates.
SENTENCES: Final = {
    "estimated": _("Median {median}"),
    "estimated_right": _("Median {median}. The right answer is {answer}."),
    "nobody_right": _("The right answer is {answer}."),
}


@dataclass(frozen=True)
class Bar:
    """The votes for a range of numbers; lengths and places are in per cent of the picture."""

    label: str
    votes: int
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True)
class Estimates:
    """All estimates of a poll. Texts are empty, and needles have no place, where there is nothing to show."""

    bars: Sequence[Bar]
    median: str
    answer: str
    needle: str
    right: str
    least: str
    most: str


def of(snapshot: Seen | None) -> Estimates:
    """Return the estimates of a snapshot; empty without one, and where they are hidden."""
    found = _found(snapshot)
    bars = found.get("bars", [])
    if not bars:
        return Estimates([], "", shown(found, found.get("answer")), "", "", "", "")
    most = max(bar["votes"] for bar in bars)
    return Estimates(
        bars=[_bar(found, place, len(bars), bar, most) for place, bar in enumerate(bars)],
        median=shown(found, found["median"]),
        answer=shown(found, found.get("answer")),
        needle=_place(found, found["median"]),
        right=_place(found, found.get("answer")),
        least=shown(found, bars[0]["from"]),
        most=shown(found, bars[-1]["to"]),
    )


def told(snapshot: Seen) -> tuple[str, Mapping[str, str]]:
    """Return the key of the sentence in SENTENCES, and what fills its gaps; ("", {}) if there is none."""
    found = _found(snapshot)
    gaps = {name: shown(found, found.get(name)) for name in ("median", "answer")}
    if not found.get("bars"):
        return ("nobody_right", gaps) if gaps["answer"] else ("", {})
    return ("estimated_right" if gaps["answer"] else "estimated"), gaps


def shown(found: Mapping[str, Any], value: float | None) -> str:
    """Return a value as its language writes it, with the unit; a median may lie half-way between two."""
    if value is None:
        return ""
    places = found["places"]
    text = number_format(value, places if round(value, places) == value else places + 1)
    return f"{text}\N{NO-BREAK SPACE}{found['unit']}" if found["unit"] else text


def _found(snapshot: Seen | None) -> Mapping[str, Any]:
    result: Mapping[str, Any] = snapshot.get("result", {}) if snapshot else {}
    return result


def _place(found: Mapping[str, Any], value: float | None) -> str:
    """Return where a value is; empty where it is beyond the bars. Each bar stands for as many steps."""
    bars, step = found["bars"], found["step"]
    if value is None:
        return ""
    place = (value - bars[0]["from"] + step / 2) / (step * found["width"] * len(bars))
    return f"{100 * place:.2f}%" if 0 <= place <= 1 else ""


def _bar(found: Mapping[str, Any], place: int, count: int, bar: Mapping[str, Any], most: int) -> Bar:
    height = 100 * bar["votes"] / most
    low, high = shown(found, bar["from"]), shown(found, bar["to"])
    return Bar(
        label=low if low == high else f"{low} \N{EN DASH} {high}",
        votes=bar["votes"],
        x=f"{100 * (place + 0.04) / count:.2f}%",
        width=f"{92 / count:.2f}%",
        y=f"{100 - height:.2f}%",
        height=f"{height:.2f}%",
    )

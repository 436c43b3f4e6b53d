"""The ratings of a scale, ready to be drawn: bars for each statement, and the sentence above them.

Pure functions. static/ratings.js does the same for later snapshots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from polls.box.definition import Definition, Option
from polls.results.snapshots import Seen

#: The sentences of a result that has ratings; {names} is bold.
SENTENCES: Final = {
    "rated": _("Highest mean: {names}, {mean}"),
    "rated_alone": _("Mean {mean}, median {median}"),
    "rated_many": _("{count} statements have the highest mean, {mean}"),
}
#: The part of its place that a bar fills.
_FILLED: Final = 0.84


@dataclass(frozen=True)
class Bar:
    """The votes for one point of a statement. Lengths and places are in per cent of the picture."""

    choice: Option
    votes: int | None
    x: str
    width: str
    y: str
    height: str
    middle: str


@dataclass(frozen=True)
class Rating:
    """A statement with what its votes come to; None where they are hidden, or nobody has rated it."""

    text: str
    letter: str
    palette: int
    bars: Sequence[Bar]
    voters: int | None = None
    mean: float | None = None
    median: float | None = None
    #: The place of the mean.
    needle: str = ""


def of(poll: Definition, snapshot: Seen | None) -> list[Rating]:
    """Return the ratings of a snapshot; of empty tracks without one. All bars have one measure: the greatest share."""
    groups = [(text, list(group)) for text, group in groupby(poll.choices, key=lambda choice: choice.statement)]
    found = _found(snapshot)
    if len(found) != len(groups):  # the statements have changed since
        found = [{}] * len(groups)
    top = max((max(rating["votes"]) / rating["voters"] for rating in found if rating.get("voters")), default=1)
    return [_rating(text, choices, rating, top) for (text, choices), rating in zip(groups, found, strict=True)]


def rated(snapshot: Seen) -> list[tuple[str, Mapping[str, Any]]]:
    """Return each statement of a snapshot with what its votes come to, if it shows that."""
    texts = [statement["text"] for statement in snapshot.get("statements", [])]
    return list(zip(texts, _found(snapshot), strict=False))


def told(snapshot: Seen) -> tuple[str, list[str], Mapping[str, str]]:
    """Return the key of the sentence in SENTENCES, its names, and what fills its other gaps; ("", [], {}) if none."""
    found = _found(snapshot)
    rated = [rating for rating in found if rating["voters"]]
    if not rated:
        return "", [], {}
    most = max(rating["mean"] for rating in rated)
    gaps = {"mean": mean(most), "median": median(rated[0]["median"])}
    if len(found) == 1:
        return "rated_alone", [], gaps
    statements = zip(snapshot["statements"], found, strict=True)
    names = [statement["text"] for statement, rating in statements if rating["mean"] == most]
    return "rated", names, gaps


def mean(value: float | None) -> str:
    """Return a mean as its language writes it, with two decimals; a dash for none."""
    return "\N{EN DASH}" if value is None else number_format(value, 2)


def median(value: float | None) -> str:
    """Return a median as its language writes it, with a decimal only where it lies between two points."""
    return "\N{EN DASH}" if value is None else number_format(value, 0 if value == int(value) else 1)


def _found(snapshot: Seen | None) -> Sequence[Mapping[str, Any]]:
    result = snapshot.get("result", {}) if snapshot else {}
    found: Sequence[Mapping[str, Any]] = result.get("statements", [])
    return found


def _rating(text: str, choices: Sequence[Option], rating: Mapping[str, Any], top: float) -> Rating:
    voters, votes = rating.get("voters"), rating.get("votes") or [None] * len(choices)
    bars = [_bar(choices, place, votes[place], top * (voters or 1)) for place in range(len(choices))]
    first, value = choices[0], rating.get("mean")
    place = "" if value is None else f"{100 * (value - int(first.text) + 0.5) / len(choices):.2f}%"
    letter = Option(0, "", first.index).letter
    return Rating(text, letter, first.palette, bars, voters, value, rating.get("median"), place)


def _bar(choices: Sequence[Option], place: int, votes: int | None, most: float) -> Bar:
    step, height = 100 / len(choices), 100 * (votes or 0) / most
    return Bar(
        choice=choices[place],
        votes=votes,
        x=f"{step * (place + (1 - _FILLED) / 2):.2f}%",
        width=f"{step * _FILLED:.2f}%",
        y=f"{100 - height:.2f}%",
        height=f"{height:.2f}%",
        middle=f"{step * (place + 0.5):.2f}%",
    )

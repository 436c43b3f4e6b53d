"""Results as a table, for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.web import texts
from polls.box.definition import Option

_COLUMNS = ("choice", "votes", "percent", "voters", "round", "state", "as_of", "letter", "question", "picture", "right")
_OF_SCALES = ("statement", "mean", "median")
_OF_RANKINGS = ("last_round", "votes_then", "borda")
#: Spreadsheets may take a cell that begins with one of these for a formula. The last four are full-width forms.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: Marks of direction, whose effect would go on after the cell.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Separators by their names in addresses.
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", ",": ",", ";": ";", "\t": "\t"}
#: Languages with a decimal comma: their spreadsheets expect semicolons.
_WITH_SEMICOLON = ("es", "de", "fr", "it", "pt", "nl")
#: Without it Excel reads the file in the machine's old code page.
_BYTE_ORDER_MARK = "\ufeff"


def separator_of(word: str | None, language: str) -> str:
    """Return the separator that was asked for, else the one that spreadsheets of the language expect."""
    return SEPARATORS.get(word or "", ";" if language.partition("-")[0] in _WITH_SEMICOLON else ",")


def as_csv(snapshots: Iterable[Mapping[str, Any]], separator: str = ",") -> str:
    """Return snapshots as the caller sees them: a line for each choice, hidden totals empty.

    The points of a scale have three columns more, and so have ranked choices: the last round in which each was in, its
    votes in it, and its Borda points.
    """
    rows = [row for snapshot in snapshots for row in _rows(snapshot)]
    more = [name for name in (*_OF_SCALES, *_OF_RANKINGS) if any(name in own for _, own in rows)]
    return table([*_COLUMNS, *more], ([*shared, *map(own.get, more)] for shared, own in rows), separator)


def _rows(snapshot: Mapping[str, Any]) -> Iterator[tuple[Sequence[Any], Mapping[str, Any]]]:
    """Yield the cells that every kind has, and those of its own by column."""
    poll = snapshot["poll"]
    of_all = (snapshot["voters"], snapshot["round"], poll["state"], snapshot["sent_at"])
    for bar in snapshot.get("result", {}).get("bars", []):
        yield (_range(bar), bar["votes"], None, *of_all, "", poll["question"], "", ""), {}
    if "bars" in snapshot.get("result", {}):
        return
    of_scale = _of_scale(snapshot)
    for place, choice in enumerate(snapshot["choices"]):
        index, *rated = of_scale.get(choice["id"], (place,))
        own = {**dict(zip(_OF_SCALES, rated, strict=False)), **_of_rankings(snapshot, place)}
        right = "right" if choice["id"] in snapshot.get("quiz", {}).get("right", []) else ""
        shared = (choice["text"], choice["votes"], choice["percent"], *of_all)
        yield (*shared, Option(0, "", index).letter, poll["question"], choice.get("picture", ""), right), own


def _of_rankings(snapshot: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Return how far a ranked choice came, by its place among the choices; nothing for other kinds."""
    result = snapshot.get("result", {})
    if "rounds" not in result:
        return {}
    stood = [(number, each["votes"][place]) for number, each in enumerate(result["rounds"], 1)]
    last, votes = next(((number, votes) for number, votes in reversed(stood) if votes is not None), (None, None))
    return dict(zip(_OF_RANKINGS, (last, votes, result["points"][place]), strict=True))


def _range(bar: Mapping[str, Any]) -> str:
    """Return the numbers that a bar of estimates stands for."""
    low, high = bar["from"], bar["to"]
    return f"{low}" if low == high else f"{low} \N{EN DASH} {high}"


def _of_scale(snapshot: Mapping[str, Any]) -> dict[int, tuple[Any, ...]]:
    """Return place, text, mean and median of the statement of each choice, by its id; nothing for other kinds."""
    statements = snapshot.get("statements", [])
    ratings = snapshot.get("result", {}).get("statements", [{}] * len(statements))
    return {
        choice_id: (place, statement["text"], rating.get("mean"), rating.get("median"))
        for place, (statement, rating) in enumerate(zip(statements, ratings, strict=True))
        for choice_id in statement["choices"]
    }


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], separator: str = ",") -> str:
    """Return a table as RFC 4180 in UTF-8. All texts are quoted, so that any separator leaves them whole.

    Texts that a spreadsheet would run as formulas get a `'` in front.
    """
    file = io.StringIO()
    file.write(_BYTE_ORDER_MARK)
    csv.writer(file, delimiter=separator).writerow(columns)
    writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue()


def _harmless(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = f"'{cell}" if cell.lstrip().startswith(_FORMULAS) or cell.startswith(_FORMULAS) else cell
    return texts.isolated(text) if _TURNING.search(text) else text

"""Results as a table, for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.web import texts
from polls.box.definition import Option

_COLUMNS = ("choice", "votes", "percent", "voters", "round", "state", "as_of", "letter", "question", "picture")
#: A cell that begins with one of these is a formula to a spreadsheet, or may become one. The last four are as wide as a
#: Chinese letter.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: Marks of direction that would go on behind the cell.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: What may stand between two cells, by the word for it in an address.
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", ",": ",", ";": ";", "\t": "\t"}
#: Spreadsheets of these languages, which write 0,5, read a comma as no separator.
_WITH_SEMICOLON = ("es", "de", "fr", "it", "pt", "nl")
#: Without it Excel takes the file for one in the machine's old code page.
_BYTE_ORDER_MARK = "\ufeff"


def separator_of(word: str | None, language: str) -> str:
    """Return what stands between two cells: what was asked for, else what spreadsheets of the language read."""
    return SEPARATORS.get(word or "", ";" if language.partition("-")[0] in _WITH_SEMICOLON else ",")


def as_csv(snapshots: Iterable[Mapping[str, Any]], separator: str = ",") -> str:
    """Snapshots as they are sent to their caller: a line for each choice, totals that are hidden left empty."""
    return table(_COLUMNS, (row for snapshot in snapshots for row in _rows(snapshot)), separator)


def _rows(snapshot: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    poll = snapshot["poll"]
    of_all = (snapshot["voters"], snapshot["round"], poll["state"], snapshot["sent_at"])
    for place, choice in enumerate(snapshot["choices"]):
        letter = Option(0, "", place).letter
        picture = choice.get("picture", "")
        yield (choice["text"], choice["votes"], choice["percent"], *of_all, letter, poll["question"], picture)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], separator: str = ",") -> str:
    """RFC 4180, in UTF-8. Texts are in quotes: one is one cell, whatever a spreadsheet takes for the separator.

    Those that a spreadsheet would run get a `'` before them.
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

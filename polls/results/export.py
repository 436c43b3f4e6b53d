"""Results as a table, for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from polls.results.snapshots import Snapshot

_COLUMNS = ("choice", "votes", "percent", "voters", "round", "state", "as_of")
#: A cell that begins with one of these is a formula to a spreadsheet, or may become one.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Without it Excel takes the file for one in the machine's old code page.
_BYTE_ORDER_MARK = "\ufeff"


def as_csv(snapshot: Snapshot) -> str:
    """The snapshot as it is sent to its caller: a line for each choice, totals that are hidden left empty."""
    of_all = (snapshot["voters"], snapshot["round"], snapshot["poll"]["state"], snapshot["sent_at"])
    choices = snapshot["choices"]
    return table(_COLUMNS, ((choice["text"], choice["votes"], choice["percent"], *of_all) for choice in choices))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """RFC 4180, in UTF-8. Texts of people that a spreadsheet would run get a `'` before them."""
    file = io.StringIO()
    file.write(_BYTE_ORDER_MARK)
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell

"""The entries of an open list that a snapshot shows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from polls.models import EntryState, ResultRule, State

#: The most entries of a snapshot, and the most bytes of their texts as JSON: a frame stays below 64 KiB.
MOST_SHOWN = 100
_MOST_BYTES = 40 * 1024


class Entries(TypedDict):
    """How many entries a snapshot leaves out, and how many there are, those that wait and are hidden included."""

    more: int
    written: int
    #: Of a poll whose result is drawn as a cloud; missing for others.
    cloud: NotRequired[bool]


def public(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], Entries]:
    """Return the rows of the entries that are shown, and what is left out.

    They are those with the most votes, most first. Where the result rule hides votes from somebody, they are the newest
    ones, newest first: which entries are there must not tell what is hidden.
    """
    written = [row for row in rows if row["choice_id"] is not None]
    shown = [row for row in written if row["entry_state"] == EntryState.SHOWN]
    if _hides_from_somebody(rows[0]):
        shown.sort(key=lambda row: -row["choice_id"])
    else:
        shown.sort(key=lambda row: (-row["votes"], row["choice_id"]))
    fitting = _fitting(shown[:MOST_SHOWN])
    about: Entries = {"more": len(shown) - len(fitting), "written": len(written)}
    if rows[0]["details"].get("cloud"):
        about["cloud"] = True
    return fitting, about


def _hides_from_somebody(row: Mapping[str, Any]) -> bool:
    rule = row["result_rule"]
    return bool(rule == ResultRule.STAFF or (rule != ResultRule.ALWAYS and row["state"] != State.FINAL))


def _fitting(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    fitting, left = [], _MOST_BYTES
    for row in rows:
        left -= len(json.dumps(row["text"]))
        if left < 0:
            break
        fitting.append(row)
    return fitting

"""The poll of a snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from polls.box.definition import ballot_mark


class ShownPoll(TypedDict):
    """The poll of a snapshot; `closes_at` as ISO 8601. A vote page with another `ballot` mark is out of date."""

    slug: str
    question: str
    state: str
    closes_at: str | None
    ballot: str


def of(row: Mapping[str, Any], choices: Sequence[Mapping[str, Any]]) -> ShownPoll:
    """Return the poll; `row` has its fields and those of its Tally, `choices` are those of the snapshot."""
    drawn = [(choice["id"], choice["text"], choice.get("picture", "")) for choice in choices]
    return {
        "slug": row["slug"],
        "question": row["question"],
        "state": row["state"],
        "closes_at": row["closes_at"] and row["closes_at"].isoformat(),
        "ballot": ballot_mark(row["kind"], row["max_choices"], drawn, allows_changes=row["allows_changes"]),
    }

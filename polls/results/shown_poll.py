"""The poll of a snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from polls.box.definition import ballot_mark
from polls.kinds import Kind


class ShownPoll(TypedDict):
    """The poll of a snapshot; `closes_at` as ISO 8601. A vote page with another `ballot` mark is out of date."""

    slug: str
    question: str
    state: str
    closes_at: str | None
    #: The name of its kind. (A snapshot of before 0.2 doesn't say these two.)
    kind: NotRequired[str]
    ballot: NotRequired[str]


def of(kind: Kind, row: Mapping[str, Any], drawn: Sequence[tuple[int, str, str, str]]) -> ShownPoll:
    """Return the poll; `row` has its fields and those of its Tally, `drawn` is what its ballot draws of the choices."""
    return {
        "slug": row["slug"],
        "question": row["question"],
        "state": row["state"],
        "closes_at": row["closes_at"] and row["closes_at"].isoformat(),
        "kind": row["kind"],
        "ballot": ballot_mark(row["kind"], kind, row["max_choices"], drawn, allows_changes=row["may_be_changed"]),
    }

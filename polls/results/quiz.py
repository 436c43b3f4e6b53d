"""The right answers of a quiz, as a part of its result: no snapshot has them before the poll is final."""

from collections.abc import Mapping
from typing import Any, TypedDict

from polls.kinds import Kind
from polls.models import State


class Quiz(TypedDict):
    """The ids of the right answers, and how many voters named them and no other: number, and share in per cent."""

    right: list[int]
    voters: int
    percent: int


def of(row: Mapping[str, Any], kind: Kind, percents: Mapping[int, int | None]) -> Quiz | None:
    """Return the part `quiz` of a snapshot; None of a poll that is no quiz, is not final, or is being tried out.

    `row` has the fields of the poll and its Tally, `percents` the shares of the choices by their ids.
    """
    right = row["right_ids"]
    if not right or row["state"] != State.FINAL or row["is_test"]:
        return None
    share = kind.share_of_right([percents.get(choice_id) for choice_id in right], row["right_voters"], row["voters"])
    return {"right": right, "voters": row["right_voters"], "percent": share}

"""The ranking of the choices of a snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Ranking(TypedDict):
    """The ranking of the choices, computed here for pages and scripts alike.

    `base` is the number of voters that the shares are of: all but those who abstained. `leaders` are the ids of the
    choices with the most votes, none without votes; `lead` the votes by which a single leader is ahead of the next
    choice; `top` the per cent at which a chart's axis ends: the full ten over the leader. A choice without a share is
    not ranked.
    """

    base: int
    leaders: list[int]
    lead: int | None
    top: int


def ranking(choices: Sequence[Mapping[str, Any]], voters: int) -> Ranking:
    """Return what the votes come to; without leaders where they are hidden."""
    with_share = [choice for choice in choices if choice["percent"] is not None]
    base = voters - sum(choice["votes"] or 0 for choice in choices if choice["percent"] is None)
    ranked = sorted((choice["votes"] or 0 for choice in with_share), reverse=True)
    most = ranked[0] if ranked else 0
    leaders = [choice["id"] for choice in with_share if choice["votes"] == most] if most else []
    lead = most - ranked[1] if len(leaders) == 1 and len(ranked) > 1 else None
    return {"base": base, "leaders": leaders, "lead": lead, "top": min(100, 10 * most // max(base, 1) * 10 + 10)}

"""Votes that wait in the boxes, as a part of snapshots."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box
from polls.models import State


def say(found: Mapping[int, Any], *, of_open: bool) -> None:
    """Set `waiting`, the number of votes in the box, for closing polls; None while Redis does not answer.

    With `of_open` also for open polls, where it is mostly 0 or missing. It is read now, so it may differ between two
    snapshots of one version. Older boxes are left out: they are empty within a second or so.
    """
    states = (State.SEALING, State.OPEN) if of_open else (State.SEALING,)
    asked = [poll_id for poll_id, snapshot in found.items() if snapshot["poll"]["state"] in states]
    votes_of: Sequence[int | None] = [None] * len(asked)
    if asked:
        with suppress(RedisUnavailableError):
            votes_of = ballot_box.waiting([(poll_id, found[poll_id]["box"]) for poll_id in asked])
    for poll_id, votes in zip(asked, votes_of, strict=True):
        found[poll_id]["waiting"] = votes

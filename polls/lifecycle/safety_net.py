"""The safety net: finds what was left half-way and carries it on. Runs in every worker, every second or so.

Nothing else is needed for the promises to hold after a crash; bells and jobs only make it quick. It is harmless in many
copies: each step checks under the Tally lock what it read.
"""

import logging
from collections import defaultdict

from django.db import Error as PostgresError
from django.db.models import Q
from django.db.models.functions import Now

from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box, definitions
from polls.box.ballot_box import Box
from polls.counting import bell, drain
from polls.lifecycle import transitions, trials
from polls.models import Poll, State, Tally
from polls.results import broadcast

logger = logging.getLogger(__name__)

#: Casts that wait for longer are counted by the safety net itself, in milliseconds: jobs may be stuck or suspended.
RING_FOR_MS = 3000


def sweep(*, everything: bool = True) -> None:
    """Look at every poll that may need something; with `everything`, also at final and deleted ones.

    Of a final one news may have got lost, and of a deleted one something may have stayed. Raises django.db.Error,
    RedisUnavailableError when a store can't be asked at all: then later. The boxes are listed before Postgres
    is asked: a box that is newer than what Postgres says is never taken for a stale box.
    """
    boxes: dict[int, list[Box]] = defaultdict(list)
    for box in ballot_box.boxes():
        boxes[box.poll_id].append(box)
    moving = {tally.pk: tally for tally in Tally.objects.exclude(state__in=[State.DRAFT, State.FINAL], is_test=False)}
    tallies = moving | Tally.objects.in_bulk(set(boxes) - set(moving))
    due = _due()
    for poll_id in tallies.keys() | boxes.keys():
        try:
            _look_after(poll_id, tallies.get(poll_id), boxes[poll_id], due=poll_id in due)
        except (PostgresError, RedisUnavailableError) as error:
            # The others have their turn all the same.
            logger.warning("The safety net could not check poll %s: %s", poll_id, error)
    _publish_again(everything=everything)
    if everything:
        _forget_the_deleted()
    ballot_box.sign_of_life()


def _due() -> set[int]:
    """Polls whose time to open or to close has come, by Postgres's clock."""
    opening = Q(state=State.SCHEDULED, poll__opens_at__lte=Now())
    closing = Q(state=State.OPEN, poll__closes_at__lte=Now())
    going_live = Q(is_test=True, poll__opens_at__lte=Now())
    return set(Tally.objects.filter(opening | closing | going_live).values_list("pk", flat=True))


def _look_after(poll_id: int, tally: Tally | None, boxes: list[Box], *, due: bool) -> None:
    for box in boxes:
        if tally is None or box.number != tally.box:
            _look_after_stranger(box)
        else:
            _look_after_present(box, tally)
    if tally is None:
        ballot_box.forget(poll_id)
    else:
        _carry_on(tally, boxes, due=due)


def _look_after_stranger(box: Box) -> None:
    """A box that isn't the Tally's is closed, drained and taken away.

    What is in it counts if it is of this round, whatever way it came there; of a poll that is gone it is set aside.
    """
    drain.drain(box.poll_id, box.number)
    ballot_box.seal(box.poll_id, box.number)
    drain.drain(box.poll_id, box.number)
    ballot_box.drop(box.poll_id, box.number)


def _look_after_present(box: Box, tally: Tally) -> None:
    if box.waiting and (not bell.ring(box.poll_id) or box.age_ms > RING_FOR_MS):
        # Nobody answers the bell, or a Redis that is out of memory takes no job: counting here frees it.
        drain.drain(box.poll_id, box.number)
    is_outdated = box.definition_version < tally.definition_version
    if tally.state == State.OPEN and box.closed:
        # By a closing time that was moved while Redis was away the poll does not close: it goes on in the next box.
        if not is_outdated or transitions.open_box(box.poll_id, box.number) is None:
            transitions.seal_by_clock(box.poll_id, box.number, box_is_sealed=True)
    elif tally.state == State.OPEN and is_outdated:
        definition = definitions.read(pk=box.poll_id)
        if definition is not None:
            ballot_box.define(definition)


def _carry_on(tally: Tally, boxes: list[Box], *, due: bool) -> None:
    """Carry on a transition that the clock asks for or that was left half-way; `due`: its time has come."""
    poll_id = tally.pk
    if tally.is_test and due:
        trials.go_live_by_clock(poll_id)  # which is another box: what follows changes nothing then
    if tally.state == State.SCHEDULED and due:
        transitions.open_box(poll_id, tally.box)
    elif tally.state == State.OPEN and due:
        transitions.seal_by_clock(poll_id, tally.box, box_is_sealed=False)
    elif tally.state == State.OPEN and _is_missing(tally, boxes):
        transitions.open_box(poll_id, tally.box)
    elif tally.state == State.SEALING:
        _finish(tally)
    elif tally.state == State.FINAL:
        # Open again is one that came back with an older copy of Redis.
        ballot_box.seal(poll_id, tally.box)
        ballot_box.drop(poll_id, tally.box)


def _is_missing(tally: Tally, boxes: list[Box]) -> bool:
    """Tell whether Redis lacks the box. One that is not listed may have been made since."""
    listed = any(box.number == tally.box for box in boxes)
    return not listed and not ballot_box.is_there(tally.pk, tally.box)


def _finish(tally: Tally) -> None:
    """Seal, drain every box that there is, and make the poll final if all are closed and empty."""
    drain.drain(tally.pk, tally.box)
    ballot_box.seal(tally.pk, tally.box)
    for box in _boxes_of(tally.pk):
        drain.drain(tally.pk, box.number)
    if all(box.closed and not box.waiting for box in _boxes_of(tally.pk)):
        transitions.finish(tally.pk, tally.box)


def _boxes_of(poll_id: int) -> list[Box]:
    return [box for box in ballot_box.boxes() if box.poll_id == poll_id]


def _publish_again(*, everything: bool) -> None:
    """Snapshots that never got to Redis, or that Redis has lost."""
    silent = [State.DRAFT] if everything else [State.DRAFT, State.FINAL]
    versions = dict(Tally.objects.exclude(state__in=silent).values_list("pk", "version"))
    polls = list(versions)
    for poll_id, stored in zip(polls, ballot_box.snapshot_versions(polls), strict=True):
        if stored < versions[poll_id]:
            broadcast.publish(poll_id)


def _forget_the_deleted() -> None:
    """Delete what Redis keeps of polls that were deleted while it was away.

    Postgres is asked after Redis: whatever Redis knows of was committed before, so a poll that is being made is not
    taken for one that is gone.
    """
    known = ballot_box.known()
    for poll_id in known.keys() - set(Poll.objects.filter(pk__in=known).values_list("pk", flat=True)):
        ballot_box.forget(poll_id, known[poll_id])

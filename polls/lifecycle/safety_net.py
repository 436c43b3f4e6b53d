"""The safety net: finds unfinished work and completes it. Runs in every worker, every second or so.

After a crash the promises need nothing else; bells and jobs only save time. Many copies may run at once: each step
checks under the Tally lock what it read.
"""

import logging
from collections import defaultdict

from django.db import Error as PostgresError
from django.db.models import Q
from django.db.models.functions import Now

from core.stores import queue
from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box, definitions
from polls.box.ballot_box import Box
from polls.counting import bell, drain
from polls.lifecycle import transitions, trials
from polls.models import Poll, State, Tally
from polls.results import broadcast

logger = logging.getLogger(__name__)

#: Milliseconds after which the safety net counts waiting casts itself: jobs may be stuck or suspended.
RING_FOR_MS = 3000


def sweep(*, everything: bool = True) -> None:
    """Check every poll that may need work; with `everything`, also final and deleted ones.

    The last snapshot of a final poll may be lost, and Redis may still have keys of a deleted one. Raises
    django.db.Error or RedisUnavailableError if a store does not answer. Lists the boxes before it asks Postgres, so
    that it never takes a new box for a stale one.
    """
    boxes: dict[int, list[Box]] = defaultdict(list)
    for box in ballot_box.boxes():
        boxes[box.poll_id].append(box)
    moving = {tally.pk: tally for tally in Tally.objects.exclude(state__in=[State.DRAFT, State.FINAL], is_test=False)}
    tallies = moving | Tally.objects.in_bulk(set(boxes) - set(moving))
    due = _due()
    jobs = queue.waiting()
    for poll_id in tallies.keys() | boxes.keys():
        try:
            is_rung = bell.job_of(poll_id) in jobs
            _look_after(poll_id, tallies.get(poll_id), boxes[poll_id], due=poll_id in due, is_rung=is_rung)
        except (PostgresError, RedisUnavailableError) as error:
            # One poll must not hold up the others.
            logger.warning("The safety net could not check poll %s: %s", poll_id, error)
    _publish_again(everything=everything)
    if everything:
        _forget_the_deleted()
    ballot_box.sign_of_life()


def _due() -> set[int]:
    """Return the polls whose opening or closing time has come, by Postgres's clock."""
    opening = Q(state=State.SCHEDULED, poll__opens_at__lte=Now())
    closing = Q(state=State.OPEN, poll__closes_at__lte=Now())
    going_live = Q(is_test=True, poll__opens_at__lte=Now())
    return set(Tally.objects.filter(opening | closing | going_live).values_list("pk", flat=True))


def _look_after(poll_id: int, tally: Tally | None, boxes: list[Box], *, due: bool, is_rung: bool) -> None:
    for box in boxes:
        if tally is None or box.number != tally.box:
            _clear_stale_box(box)
        else:
            _look_after_present_box(box, tally, is_rung=is_rung)
    if tally is None:
        ballot_box.forget(poll_id)
    else:
        _carry_on(tally, boxes, due=due)


def _clear_stale_box(box: Box) -> None:
    """Close, drain and delete a box that is not the Tally's (a stale box).

    Its casts count if they are of this round; those of a deleted poll are set aside.
    """
    drain.drain(box.poll_id, box.number)
    ballot_box.seal(box.poll_id, box.number)
    drain.drain(box.poll_id, box.number)
    ballot_box.drop(box.poll_id, box.number)


def _look_after_present_box(box: Box, tally: Tally, *, is_rung: bool) -> None:
    # A job more a second would make the queue of a busy poll longer and longer.
    if box.waiting and (not (is_rung or bell.ring(box.poll_id)) or box.age_ms > RING_FOR_MS):
        # No worker takes the job, or Redis is out of memory and refuses jobs: counting here frees memory.
        drain.drain(box.poll_id, box.number)
    is_outdated = box.definition_version < tally.definition_version
    if tally.state == State.OPEN and box.closed:
        # The closing time was moved while Redis was away: the poll stays open and goes on in the next box.
        if not is_outdated or transitions.open_box(box.poll_id, box.number) is None:
            transitions.seal_by_clock(box.poll_id, box.number, box_is_sealed=True)
    elif tally.state == State.OPEN and is_outdated:
        definition = definitions.read(pk=box.poll_id)
        if definition is not None:
            ballot_box.define(definition)


def _carry_on(tally: Tally, boxes: list[Box], *, due: bool) -> None:
    """Make a transition that is due by the clock, or complete an unfinished one."""
    poll_id = tally.pk
    if tally.is_test and due:
        trials.go_live_by_clock(poll_id)  # now it has another box: what follows changes nothing
    if tally.state == State.SCHEDULED and due:
        transitions.open_box(poll_id, tally.box)
    elif tally.state == State.OPEN and due:
        transitions.seal_by_clock(poll_id, tally.box, box_is_sealed=False)
    elif tally.state == State.OPEN and _is_missing(tally, boxes):
        transitions.open_box(poll_id, tally.box)
    elif tally.state == State.SEALING:
        _finish(tally)
    elif tally.state == State.FINAL:
        # A restored older copy of Redis can bring back an open box.
        ballot_box.seal(poll_id, tally.box)
        ballot_box.drop(poll_id, tally.box)


def _is_missing(tally: Tally, boxes: list[Box]) -> bool:
    """Tell whether Redis lacks the box; asks again, since it may be newer than the list."""
    listed = any(box.number == tally.box for box in boxes)
    return not listed and not ballot_box.is_there(tally.pk, tally.box)


def _finish(tally: Tally) -> None:
    """Seal and drain every box; make the poll final if all are closed and empty."""
    drain.drain(tally.pk, tally.box)
    ballot_box.seal(tally.pk, tally.box)
    for box in _boxes_of(tally.pk):
        drain.drain(tally.pk, box.number)
    if all(box.closed and not box.waiting for box in _boxes_of(tally.pk)):
        transitions.finish(tally.pk, tally.box)


def _boxes_of(poll_id: int) -> list[Box]:
    return [box for box in ballot_box.boxes() if box.poll_id == poll_id]


def _publish_again(*, everything: bool) -> None:
    """Publish snapshots that Redis never got, or lost."""
    silent = [State.DRAFT] if everything else [State.DRAFT, State.FINAL]
    versions = dict(Tally.objects.exclude(state__in=silent).values_list("pk", "version"))
    polls = list(versions)
    for poll_id, stored in zip(polls, ballot_box.snapshot_versions(polls), strict=True):
        if stored < versions[poll_id]:
            broadcast.publish(poll_id)


def _forget_the_deleted() -> None:
    """Delete the keys of polls that were deleted while Redis was away.

    Asks Postgres after Redis: a poll that Redis knows was committed before, so a poll that is being made is never taken
    for a deleted one.
    """
    known = ballot_box.known()
    for poll_id in known.keys() - set(Poll.objects.filter(pk__in=known).values_list("pk", flat=True)):
        ballot_box.forget(poll_id, known[poll_id])

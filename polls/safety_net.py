"""The safety net: finds what was left half-way and carries it on. Runs in every worker, every second or so.

Nothing else is needed for the promises to hold after a crash; bells and jobs only make it quick. It is harmless in many
copies: each step checks under the Tally lock what it read.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Now

from polls import ballot_box, broadcast, counting, definitions, lifecycle
from polls.ballot_box import Box
from polls.models import State, Tally
from workers import bell

logger = logging.getLogger(__name__)


def sweep() -> None:
    """Look at everything once. Raises django.db.Error, NotSentError or NoAnswerError when a store can't: then later.

    The boxes are listed before Postgres is asked: a box that is newer than what Postgres says is never taken for a
    stranger.
    """
    found: dict[int, list[Box]] = defaultdict(list)
    for box in ballot_box.boxes():
        found[box.poll_id].append(box)
    tallies = {tally.pk: tally for tally in Tally.objects.exclude(state__in=[State.DRAFT, State.FINAL])}
    ballot_box.sign_of_life()
    missing = set(found) - set(tallies)
    tallies |= Tally.objects.in_bulk(missing)
    for poll_id, boxes in found.items():
        _look_after_boxes(poll_id, boxes, tallies.get(poll_id))
    due = _due()
    for tally in tallies.values():
        _carry_on(tally, due=tally.pk in due)
    _publish_again(tallies)


def _look_after_boxes(poll_id: int, boxes: Iterable[Box], tally: Tally | None) -> None:
    for box in boxes:
        if tally is None:
            ballot_box.drop(poll_id, box.number, with_casts=True)
        elif box.number == tally.box:
            _look_after_present_box(box, tally)
        elif box.number < tally.box or box.closed:
            # A stranger: an older box, closed by the number of the next one. What is in it counts, if it is of this
            # round, whatever way it came here.
            ballot_box.seal(poll_id, box.number)
            counting.drain(poll_id, box.number)
            ballot_box.drop(poll_id, box.number)


def _look_after_present_box(box: Box, tally: Tally) -> None:
    if box.waiting and not bell.ring(box.poll_id):
        # A Redis that is out of memory takes no job, but counting frees it.
        counting.drain(box.poll_id, box.number)
    if tally.state == State.OPEN:
        if box.closed:
            lifecycle.seal_if_open(box.poll_id, box.number)
        elif box.definition_version < tally.definition_version:
            definition = definitions.read(pk=box.poll_id)
            if definition is not None:
                ballot_box.define(definition)


def _carry_on(tally: Tally, *, due: bool) -> None:
    """What the clock or a half-way transition asks for; `due`: the opening or closing time has come."""
    poll_id = tally.pk
    if tally.state == State.SCHEDULED and due:
        lifecycle.open_box(poll_id, tally.box)
    elif tally.state == State.OPEN and due:
        lifecycle.seal_if_open(poll_id, tally.box)
    elif tally.state == State.OPEN and not ballot_box.is_there(poll_id, tally.box):
        lifecycle.open_box(poll_id, tally.box)
    elif tally.state == State.SEALING:
        _finish(tally)
    elif tally.state == State.FINAL:
        ballot_box.drop(poll_id, tally.box)


def _due() -> set[int]:
    """Polls whose time to open or to close has come, by Postgres's clock."""
    opening = Q(state=State.SCHEDULED, poll__opens_at__lte=Now())
    closing = Q(state=State.OPEN, poll__closes_at__lte=Now())
    return set(Tally.objects.filter(opening | closing).values_list("pk", flat=True))


def _finish(tally: Tally) -> None:
    """Seal, drain every box that there is, and make the poll final if all are closed and empty."""
    ballot_box.seal(tally.pk, tally.box)
    for box in _boxes_of(tally.pk):
        counting.drain(tally.pk, box.number)
    if all(box.closed and not box.waiting for box in _boxes_of(tally.pk)):
        lifecycle.finish(tally.pk, tally.box)


def _boxes_of(poll_id: int) -> list[Box]:
    return [box for box in ballot_box.boxes() if box.poll_id == poll_id]


def _publish_again(tallies: dict[int, Tally]) -> None:
    """A snapshot that never got to Redis, or that Redis has lost."""
    polls = list(tallies)
    for poll_id, stored in zip(polls, ballot_box.snapshot_versions(polls), strict=True):
        if stored < tallies[poll_id].version:
            broadcast.publish(poll_id)

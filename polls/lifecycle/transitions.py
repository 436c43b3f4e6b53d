"""The life of a poll: the one set of transitions that admin, host pages, commands and the clock all call.

draft -> scheduled -> open -> sealing -> final, and from final back to open (reopen); a reset begins the next round.
Each transition locks the Tally row, checks under the lock what it read, raises the version and commits; then it calls
Redis. The safety net completes it after a crash in between. Test rounds are in `trials`.

Every function raises NotPossibleError if the state of the poll does not allow it, and django.db.Error if Postgres
fails. If only Redis fails none raises: the safety net or the next web service repeats that part.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from polls import pictures
from polls.box import ballot_box, definitions
from polls.box.definition import Definition
from polls.counting import networks, right
from polls.counting.tally import Clock, closing_time_has_passed, kind_of, opening_time_has_passed
from polls.lifecycle import edits
from polls.lifecycle.edits import choices_may_change as choices_may_change
from polls.lifecycle.edits import right_may_change as right_may_change
from polls.lifecycle.edits import rule_may_change as rule_may_change
from polls.lifecycle.steps import UNOPENED as UNOPENED
from polls.lifecycle.steps import NotPossibleError as NotPossibleError
from polls.lifecycle.steps import (
    begin_round,
    check_can_open,
    forget_times,
    make_box,
    open_fresh_box,
    publish_if_complete,
    start_clock,
    take_time,
    tell_redis,
    transition,
)
from polls.models import Choice, Poll, State, Tally, Total
from polls.results import broadcast

# Editing -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_poll(texts: Iterable[str], *, right: Collection[int] = (), **fields: Any) -> Poll:
    """Make a draft with these choices, or statements, in this order; `fields` are those of the poll.

    `right` are the places of the right answers, from 0; without any the poll is no quiz. Raises django.db.Error, and
    NotPossibleError for what the kind of the poll can't work with.
    """
    poll = Poll.objects.create(**fields)
    edits.check_kind(poll.pk)
    rows = map(kind_of(poll.pk).row_choices, texts)
    # One by one: `polls.apps` cleans a text when it is saved.
    for position, (statement, text) in enumerate(chain.from_iterable(rows)):
        is_right = position in right
        Choice.objects.create(poll=poll, position=position, statement=statement, text=text, is_right=is_right)
    edited(poll.pk)
    return poll


def edited(poll_id: int) -> None:
    """Register an edit of Poll or Choice rows. Call it in the same transaction, after saving them.

    Makes the missing rows of a new poll or choice (Tally, Total) and raises the versions, so that web services and
    screens read it again. Raises NotPossibleError if choices were added or removed while ballots may name them, if too
    few are left, if the kind of the poll gives other choices or can't work with its details, if votes are there and
    the right to change them was given or taken, or if other choices are right now and may not be: the caller has to
    roll back.
    """
    Tally.objects.get_or_create(poll_id=poll_id)
    with transition(poll_id) as tally:
        edits.check_kind(poll_id)
        present = sorted(Choice.objects.filter(poll_id=poll_id).values_list("pk", flat=True))
        if present != tally.choice_ids:
            edits.check_choices(tally, len(present))
        Total.objects.bulk_create(
            [Total(poll_id=poll_id, choice_id=choice_id) for choice_id in present], ignore_conflicts=True
        )
        tally.choice_ids = present
        edits.take_rule(tally)
        edits.take_right(tally)
        edits.take_electorate(tally)
        tally.definition_version += 1
    transaction.on_commit(lambda: _after_edit(poll_id), robust=True)


def tell_all(poll_id: int) -> Definition | None:
    """Make a newer definition known, and publish the snapshot; returns it, or None if the poll is gone. Repeatable."""
    definition = definitions.read(pk=poll_id)
    if definition is not None:
        definitions.cache.keep(definition)
        tell_redis(lambda: ballot_box.define(definition))
        publish_if_complete(definition)
    return definition


def _after_edit(poll_id: int) -> Definition | None:
    definition = tell_all(poll_id)
    # Last: who watches waits for no tidying up, and its failure keeps nothing from them.
    pictures.sweep()
    return definition


def publish(poll_id: int) -> None:
    """Move a draft to scheduled: it is visible, and opens at `opens_at` or by hand. Does nothing to other states."""
    with transition(poll_id) as tally:
        if tally.state == State.DRAFT:
            check_can_open(tally.pk, len(tally.choice_ids))
            tally.state = State.SCHEDULED
    broadcast.publish(poll_id)


# Opening -------------------------------------------------------------------------------------------------------------


def open_poll(poll_id: int) -> Definition:
    """Open a draft, scheduled or final poll by hand; a final one goes on in the same round."""
    with transition(poll_id) as tally:
        if tally.state not in (*UNOPENED, State.FINAL):
            text = gettext("Can't open this poll: it is {state}.")
            raise NotPossibleError(text.format(state=State(tally.state).label))
        check_can_open(tally.pk, len(tally.choice_ids))
        forget_times(tally)
        start_clock(tally)
        open_fresh_box(tally)
    return make_box(poll_id)


def open_box(poll_id: int, missing: int) -> Definition | None:
    """Make the next box for a web service that found none of the number `missing`, if the poll may take votes.

    Returns None if it may not: it is not open, or by Postgres's clock its closing time has passed or its opening time
    has not come. Two callers at once get the same box. May be repeated.
    """
    newer = definitions.read(pk=poll_id)
    if newer is not None and newer.state == State.OPEN and newer.box > missing:
        # If a whole room finds no box, only the first needs the lock. It is not made here: if Redis has lost it too,
        # the next cast finds out and the next box gets another number. No number is used twice.
        return newer
    with transition(poll_id) as tally:
        if tally.state == State.SCHEDULED:
            if not opening_time_has_passed(poll_id):
                return None
            start_clock(tally)
        elif tally.state != State.OPEN or closing_time_has_passed(poll_id):
            return None
        fresh = tally.state == State.SCHEDULED or tally.box == missing
        if fresh:
            open_fresh_box(tally)
    return make_box(poll_id) if fresh else definitions.read(pk=poll_id)


# Closing -------------------------------------------------------------------------------------------------------------


def seal(poll_id: int) -> None:
    """Close a poll: first in Postgres, so that the direct path refuses; then the box, whose seal decides.

    The poll is `sealing` until every vote accepted before is counted; then `finish` makes it final. Does nothing to a
    sealing or final poll.
    """
    with transition(poll_id) as tally:
        if tally.state in UNOPENED:
            raise NotPossibleError(gettext("This poll has never been opened."))
        if tally.state == State.OPEN:
            tally.state = State.SEALING
            # Pages show the time at which it closed, no longer the planned one.
            Poll.objects.filter(pk=poll_id, closes_at__gt=Clock()).update(closes_at=Clock())
        box = tally.box
    tell_redis(lambda: ballot_box.seal(poll_id, box))
    broadcast.publish(poll_id)


def close_in(poll_id: int, minutes: int, *, after: datetime | None = None) -> datetime:
    """Set the closing time of an open poll to `minutes` from now, or from `after`, its present closing time.

    Returns the new closing time, by Postgres's clock. With `after` it may be repeated, as by a double press. Refused if
    the poll has another closing time by now, or would already be closed.
    """
    span = timedelta(minutes=minutes)
    with transition(poll_id) as tally:
        if tally.state != State.OPEN or closing_time_has_passed(poll_id):
            raise NotPossibleError(gettext("Only an open poll can get a closing time."))
        poll = Poll.objects.filter(pk=poll_id)
        if after is None:
            poll.update(closes_at=Clock() + span)
        elif minutes < 0 and poll.filter(closes_at=after, closes_at__lte=Clock() - span).exists():
            raise NotPossibleError(gettext("Less than a minute is left. Close it now, or let it run."))
        elif not poll.filter(closes_at__in=[after, after + span]).update(closes_at=after + span):
            raise NotPossibleError(gettext("Somebody else has changed this poll. Check it and try again."))
        tally.definition_version += 1
    definition = _after_edit(poll_id)
    if definition is None or definition.closes_at is None:
        raise NotPossibleError(gettext("Somebody else has changed this poll. Check it and try again."))
    return definition.closes_at


def seal_by_clock(poll_id: int, box: int, *, box_is_sealed: bool) -> None:
    """Close a poll whose closing time has come by Redis's clock, which sealed the box, or by Postgres's. Repeatable.

    Does nothing if the poll has changed since, or has more time now.
    """
    with transition(poll_id) as tally:
        if tally.state != State.OPEN or tally.box != box:
            return
        if not box_is_sealed and not closing_time_has_passed(poll_id):
            return
        tally.state = State.SEALING
    broadcast.publish(poll_id)


def finish(poll_id: int, box: int) -> bool:
    """Move a sealing poll to final. The caller has seen every box of the round closed and empty after this seal.

    Returns whether the poll is final; it is not if it was reopened or reset meanwhile. May be repeated.
    """
    with transition(poll_id) as tally:
        if tally.state == State.SEALING and tally.box == box:
            if tally.right_ids:
                take_time()
            tally.right_voters = right.count(tally)
            tally.state = State.FINAL
        final = tally.state == State.FINAL
    broadcast.publish(poll_id)
    return final


# Ballots of one network ----------------------------------------------------------------------------------------------


def set_aside(poll_id: int, network: str) -> int:
    """Exclude the ballots of this network from the count; returns their number. May be repeated."""
    return _move(poll_id, network, aside=True)


def put_back(poll_id: int, network: str) -> int:
    """Count the ballots of this network again; returns their number. May be repeated."""
    return _move(poll_id, network, aside=False)


def _move(poll_id: int, network: str, *, aside: bool) -> int:
    with transition(poll_id) as tally:
        if tally.state == State.FINAL:
            raise NotPossibleError(gettext("This poll is final: its result stays as it is."))
        moved = networks.move(tally, network, aside=aside)
    broadcast.publish(poll_id)
    return moved


# The next round ------------------------------------------------------------------------------------------------------


def reset(poll_id: int) -> None:
    """Begin the next round: delete ballots and totals, and casts of this round that are not counted yet.

    Keeps the last snapshot of the round (RoundResult), but not of a test round: a tried-out poll goes live this way.
    The poll is open afterwards.
    """
    with transition(poll_id) as tally:
        if tally.state in UNOPENED:
            raise NotPossibleError(gettext("This poll has never been opened: there is nothing to reset."))
        old_box = tally.box
        if not tally.is_test:
            # The closing time was meant for the last round.
            Poll.objects.filter(pk=poll_id).update(closes_at=None)
        begin_round(tally)
    make_box(poll_id)
    tell_redis(lambda: ballot_box.drop(poll_id, old_box, with_casts=True))


# The end -------------------------------------------------------------------------------------------------------------


def delete(poll_id: int) -> None:
    """Delete a poll with all its votes, uncounted ones included. Does nothing if it is already deleted."""
    with transaction.atomic():
        tally = Tally.objects.select_for_update().filter(pk=poll_id).first()
        poll = Poll.objects.filter(pk=poll_id).first()
        if poll is None:
            return
        take_time()
        slug = poll.slug
        poll.delete()
        transaction.on_commit(pictures.sweep, robust=True)
    definitions.cache.forget(slug)
    tell_redis(lambda: ballot_box.drop(poll_id, 0 if tally is None else tally.box, with_casts=True))
    tell_redis(lambda: ballot_box.forget(poll_id, [slug]))

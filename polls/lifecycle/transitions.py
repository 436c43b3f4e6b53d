"""The life of a poll: the one set of transitions that admin, host pages, commands and the clock all call.

draft -> scheduled -> open -> sealing -> final, and from final back to open (reopen); a reset begins the next round.
Each transition locks the Tally row, checks there what it read, raises the version and commits; only then it speaks to
Redis. What is left half-way when something dies in between, the safety net carries on. Test rounds are in `trials`.

Every function raises NotPossibleError where the poll's state does not allow it, PostgresError when Postgres can't, and
nothing when only Redis can't: that part is done again by the safety net or by the next web service that asks.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from polls import pictures
from polls.box import ballot_box, definitions
from polls.box.definition import Definition
from polls.counting import networks
from polls.counting.tally import Clock, closing_time_has_passed, opening_time_has_passed
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


def edited(poll_id: int) -> None:
    """People have changed Poll or Choice rows: to be called in the same transaction, after they are saved.

    Makes the machine's rows that a new poll or a new choice lacks, and raises the versions, so that web services and
    screens learn of it. Raises NotPossibleError, which has to roll the edit back, if choices came or went while ballots
    may name them, or if too few are left.
    """
    Tally.objects.get_or_create(poll_id=poll_id)
    with transition(poll_id) as tally:
        present = sorted(Choice.objects.filter(poll_id=poll_id).values_list("pk", flat=True))
        if present != tally.choice_ids:
            _check_choices_may_change(tally, len(present))
        Total.objects.bulk_create(
            [Total(poll_id=poll_id, choice_id=choice_id) for choice_id in present], ignore_conflicts=True
        )
        tally.choice_ids = present
        tally.definition_version += 1
    transaction.on_commit(lambda: _after_edit(poll_id), robust=True)


def choices_may_change(tally: Tally) -> bool:
    """Tell whether choices may be added and removed: before the opening, or when the poll is final without ballots."""
    return tally.state in UNOPENED or (tally.state == State.FINAL and tally.voters == 0)


def _check_choices_may_change(tally: Tally, left: int) -> None:
    if not choices_may_change(tally):
        raise NotPossibleError(
            gettext(
                "Choices can't be added or removed once a poll has been opened; their texts can change. To change them "
                "all, start another round and close the poll first."
            )
        )
    if tally.state != State.DRAFT:
        check_can_open(left)


def _after_edit(poll_id: int) -> Definition | None:
    definition = definitions.read(pk=poll_id)
    pictures.sweep()
    if definition is not None:
        definitions.cache.keep(definition)
        tell_redis(lambda: ballot_box.define(definition))
        publish_if_complete(definition)
    return definition


def publish(poll_id: int) -> None:
    """Draft to scheduled: it is seen, and opens at `opens_at` or by hand. Does nothing if it is published."""
    with transition(poll_id) as tally:
        if tally.state == State.DRAFT:
            check_can_open(len(tally.choice_ids))
            tally.state = State.SCHEDULED
    broadcast.publish(poll_id)


# Opening -------------------------------------------------------------------------------------------------------------


def open_poll(poll_id: int) -> Definition:
    """Open by hand, from draft, scheduled or final (which reopens it in the same round)."""
    with transition(poll_id) as tally:
        if tally.state not in (*UNOPENED, State.FINAL):
            text = gettext("Can't open this poll: it is {state}.")
            raise NotPossibleError(text.format(state=State(tally.state).label))
        check_can_open(len(tally.choice_ids))
        forget_times(tally)
        start_clock(tally)
        open_fresh_box(tally)
    return make_box(poll_id)


def open_box(poll_id: int, missing: int) -> Definition | None:
    """A web service found no box of the number `missing`: make the next one, if the poll may take votes.

    None if it may not: it is not open, its closing time has passed, or its opening time hasn't, by Postgres's clock.
    Two callers at once get the same box. May be repeated.
    """
    newer = definitions.read(pk=poll_id)
    if newer is not None and newer.state == State.OPEN and newer.box > missing:
        # Of a room that finds no box only the first need the lock. It is not made here: if Redis has lost this one too,
        # whoever asks it finds that out, and the next has another number. One number is never made twice.
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
    """Close: Postgres first, so that the direct path refuses from here; then the box, whose seal is what counts.

    The poll is `sealing` until every vote accepted before is counted; `finish` makes it final. Does nothing to one that
    is sealing or final.
    """
    with transition(poll_id) as tally:
        if tally.state in UNOPENED:
            raise NotPossibleError(gettext("This poll has never been opened."))
        if tally.state == State.OPEN:
            tally.state = State.SEALING
            # What it was to be is no longer so: pages that come late show when it closed.
            Poll.objects.filter(pk=poll_id, closes_at__gt=Clock()).update(closes_at=Clock())
        box = tally.box
    tell_redis(lambda: ballot_box.seal(poll_id, box))
    broadcast.publish(poll_id)


def close_in(poll_id: int, minutes: int, *, after: datetime | None = None) -> datetime:
    """Let an open poll close so many minutes from now, or so many later than `after`, the closing time that it has.

    Returns the new closing time, by Postgres's clock. With `after` it may be repeated, as by a second press of the same
    button; refused if the poll has another closing time by now, or would have closed already.
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
    """The closing time has come: by Redis's clock, which has sealed the box, or by Postgres's. May be repeated.

    Does nothing if the poll has moved on since that was read, or was given more time.
    """
    with transition(poll_id) as tally:
        if tally.state != State.OPEN or tally.box != box:
            return
        if not box_is_sealed and not closing_time_has_passed(poll_id):
            return
        tally.state = State.SEALING
    broadcast.publish(poll_id)


def finish(poll_id: int, box: int) -> bool:
    """Sealing to final. The caller has seen every box of the round closed and empty, after this box was sealed.

    Returns whether it is final now; not if it was reopened or reset meanwhile. May be repeated.
    """
    with transition(poll_id) as tally:
        if tally.state == State.SEALING and tally.box == box:
            tally.state = State.FINAL
        final = tally.state == State.FINAL
    broadcast.publish(poll_id)
    return final


# Ballots of one network ----------------------------------------------------------------------------------------------


def set_aside(poll_id: int, network: str) -> int:
    """Let the ballots that came from this network count no more; returns how many. May be repeated."""
    return _move(poll_id, network, aside=True)


def put_back(poll_id: int, network: str) -> int:
    """Let those that were set aside count again; returns how many. May be repeated."""
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
    """Begin the next round: ballots and totals go, and so do casts of this round that are still on their way.

    The last snapshot of the round is kept (RoundResult), but not that of a test round: this is how a poll that was
    tried out goes live. A poll that was open, closing or final is open afterwards.
    """
    with transition(poll_id) as tally:
        if tally.state in UNOPENED:
            raise NotPossibleError(gettext("This poll has never been opened: there is nothing to reset."))
        old_box = tally.box
        if not tally.is_test:
            # The time that the last round had is nobody's wish for the next.
            Poll.objects.filter(pk=poll_id).update(closes_at=None)
        begin_round(tally)
    make_box(poll_id)
    tell_redis(lambda: ballot_box.drop(poll_id, old_box, with_casts=True))


# The end -------------------------------------------------------------------------------------------------------------


def delete(poll_id: int) -> None:
    """Take a poll away with all its votes, those still on their way included. Does nothing if it is gone."""
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

"""Test rounds, which try a poll out before its opening. `transitions.reset` goes live by hand."""

from django.utils.translation import gettext

from polls.box import ballot_box
from polls.counting.tally import closing_time_has_passed, opening_time_has_passed
from polls.lifecycle.steps import (
    UNOPENED,
    NotPossibleError,
    begin_round,
    check_can_open,
    clear_round,
    make_box,
    open_fresh_box,
    tell_redis,
    transition,
)
from polls.models import State
from polls.results import broadcast


def try_out(poll_id: int) -> None:
    """Open a test round. `reset` ends it and goes live, by hand or at `opens_at`; `end_test` only ends it."""
    with transition(poll_id) as tally:
        if tally.state not in UNOPENED:
            raise NotPossibleError(gettext("Only a poll that has never been opened can have a test round."))
        check_can_open(tally.pk, len(tally.choice_ids))
        if opening_time_has_passed(poll_id) or closing_time_has_passed(poll_id):
            raise NotPossibleError(gettext("Its opening or closing time has passed. Change it first."))
        tally.is_test = True
        open_fresh_box(tally)
    make_box(poll_id)


def end_test(poll_id: int) -> None:
    """End the test round and delete its votes. The poll is scheduled afterwards: it opens at `opens_at` or by hand."""
    with transition(poll_id) as tally:
        if not tally.is_test:
            raise NotPossibleError(gettext("This poll has no test round."))
        old_box = tally.box
        clear_round(tally)
        tally.state = State.SCHEDULED
        # Skip one box number so that late casts are rejected.
        tally.box += 1
    tell_redis(lambda: ballot_box.seal(poll_id, old_box + 1))
    tell_redis(lambda: ballot_box.drop(poll_id, old_box, with_casts=True))
    broadcast.publish(poll_id)


def go_live_by_clock(poll_id: int) -> None:
    """End the test round of a poll whose opening time has come, by Postgres's clock, and go live. May be repeated.

    Does nothing if the test has ended meanwhile, or if the poll has another opening time.
    """
    with transition(poll_id) as tally:
        if not tally.is_test or not opening_time_has_passed(poll_id):
            return
        old_box = tally.box
        begin_round(tally)
    make_box(poll_id)
    tell_redis(lambda: ballot_box.drop(poll_id, old_box, with_casts=True))

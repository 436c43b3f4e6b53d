"""Steps that transitions share: the Tally lock, the next box, and Redis afterwards.

The transitions themselves are in polls.lifecycle.transitions and polls.lifecycle.trials.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.forms import model_to_dict
from django.utils.translation import gettext

from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box, definitions
from polls.box.definition import Definition
from polls.counting import entries
from polls.counting.tally import Clock, kind_of, lock
from polls.electorate import electorates
from polls.models import Answer, Ballot, BallotList, Event, Poll, RoundResult, State, Tally, Total
from polls.results import broadcast, snapshots

logger = logging.getLogger(__name__)

#: States before the first opening: choices may be added and removed, since no ballot can name one.
UNOPENED = (State.DRAFT, State.SCHEDULED)
#: The time limit of a reset. Web services answer 503 on the direct path meanwhile.
RESET_TIMEOUT = "5min"


class NotPossibleError(Exception):
    """The state of the poll does not allow the transition; the text gives the reason, for people."""


@contextmanager
def transition(poll_id: int) -> Iterator[Tally]:
    """Yield the locked Tally row; store it with a greater version if the block changed it."""
    with transaction.atomic():
        tally = lock(poll_id)
        before = model_to_dict(tally)
        yield tally
        if model_to_dict(tally) != before:
            tally.version += 1
            tally.save()


def check_can_open(poll_id: int, choices: int) -> None:
    """Raise NotPossibleError if the poll has too few choices."""
    rows = kind_of(poll_id).rows
    if choices < rows.least:
        raise NotPossibleError(str(rows.too_few))


def open_fresh_box(tally: Tally) -> None:
    """Set the state to open, with the next box number; `make_box` follows after the COMMIT. Needs the Tally lock."""
    tally.state = State.OPEN
    tally.box += 1
    tally.counted_through = "0-0"


def forget_times(tally: Tally) -> None:
    """Clear a closing time that has passed and, except for a test, a future opening time."""
    Poll.objects.filter(pk=tally.pk, closes_at__lte=Clock()).update(closes_at=None)
    if not tally.is_test:
        Poll.objects.filter(pk=tally.pk, opens_at__gt=Clock()).update(opens_at=None)


def start_clock(tally: Tally) -> None:
    """Set the closing time of a poll with `closes_after`, by Postgres's clock; not of a test."""
    if not tally.is_test:
        timed = Poll.objects.filter(pk=tally.pk, closes_after__isnull=False)
        span = ExpressionWrapper(F("closes_after") * Value(timedelta(minutes=1)), output_field=DurationField())
        # As an edit does: a form drawn before would otherwise clear the time.
        tally.definition_version += timed.update(closes_at=Clock() + span)


def take_time() -> None:
    """Raise the statement timeout: deleting the ballots of a large poll takes long. Needs a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{RESET_TIMEOUT}'")


def begin_round(tally: Tally) -> None:
    """Begin the next round and set it to open; `make_box` follows. Needs the Tally lock."""
    clear_round(tally)
    forget_times(tally)
    start_clock(tally)
    open_fresh_box(tally)


def clear_round(tally: Tally) -> None:
    """Delete the round's ballots; later casts of it are never counted. Needs the Tally lock."""
    take_time()
    if not tally.is_test:
        RoundResult.objects.create(poll_id=tally.pk, round=tally.round, snapshot=snapshots.snapshot(tally.pk))
    Ballot.objects.filter(poll_id=tally.pk).delete()
    Total.objects.filter(poll_id=tally.pk).update(votes=0)
    Answer.objects.filter(poll_id=tally.pk).delete()
    BallotList.objects.filter(pk=tally.pk).delete()
    entries.forget(tally)
    tally.round += 1
    tally.voters = 0
    tally.timeline = {}
    tally.is_test = False
    choose_electorate(tally)


def choose_electorate(tally: Tally) -> None:
    """Set who may vote: as the event of the poll says, else as the poll does itself."""
    of_event = Event.objects.filter(places__poll_id=tally.pk).values_list("electorate", flat=True).first()
    rule = Poll.objects.values_list("who_may_vote", flat=True).get(pk=tally.pk)
    tally.electorate = of_event or electorates.chosen(rule, f"poll:{tally.pk}", tally.electorate)


# Afterwards: only Redis may fail now ---------------------------------------------------------------------------------


def make_box(poll_id: int) -> Definition:
    """Make the box in Redis. A web service that finds no box opens the next one.

    Raises NotPossibleError if the poll was deleted meanwhile.
    """
    definition = definitions.read(pk=poll_id)
    if definition is None:
        raise NotPossibleError(gettext("This poll has been deleted."))
    definitions.cache.keep(definition)
    tell_redis(lambda: ballot_box.make(definition))
    publish_if_complete(definition)
    return definition


def publish_if_complete(definition: Definition) -> None:
    """Send the snapshot, which only a poll has that has choices or gets them of its voters."""
    if definition.has_snapshot:
        broadcast.publish(definition.id)


def tell_redis(step: Callable[[], object]) -> None:
    """Call Redis; if it does not answer, the safety net or the next web service repeats the step."""
    try:
        step()
    except RedisUnavailableError as error:
        logger.warning("Redis does not answer (%s); the safety net will try again.", error)

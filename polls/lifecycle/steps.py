"""Steps of transitions: the lock with its check, the next box, and Redis afterwards.

Which transitions there are, and when each is allowed, is the matter of polls.lifecycle.transitions.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.forms import model_to_dict
from django.utils.translation import gettext

from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box, definitions
from polls.box.definition import Definition
from polls.counting.tally import Clock, lock
from polls.models import Poll, State, Tally
from polls.results import broadcast

logger = logging.getLogger(__name__)

#: How long a reset may take; web services answer 503 on the direct path meanwhile.
RESET_TIMEOUT = "5min"


class NotPossibleError(Exception):
    """The poll's state does not allow this; the text says why, for people."""


@contextmanager
def transition(poll_id: int) -> Iterator[Tally]:
    """The Tally row, locked; if anything on it is changed, it is stored with a greater version."""
    with transaction.atomic():
        tally = lock(poll_id)
        before = model_to_dict(tally)
        yield tally
        if model_to_dict(tally) != before:
            tally.version += 1
            tally.save()


def check_can_open(choices: int) -> None:
    """Raise NotPossibleError if the poll has too few choices."""
    if choices < 2:
        raise NotPossibleError(gettext("A poll needs two choices or more before it can be opened."))


def open_fresh_box(tally: Tally) -> None:
    """Let it be open, with a box that is still to be made: `make_box`, after the COMMIT. Needs the Tally lock."""
    tally.state = State.OPEN
    tally.box += 1
    tally.counted_through = "0-0"


def forget_times(tally: Tally) -> None:
    """Forget a closing time that has passed and, but for a test, an opening time still to come."""
    Poll.objects.filter(pk=tally.pk, closes_at__lte=Clock()).update(closes_at=None)
    if not tally.is_test:
        Poll.objects.filter(pk=tally.pk, opens_at__gt=Clock()).update(opens_at=None)


def take_time() -> None:
    """Deleting the ballots of a large poll may take longer than a statement has elsewhere. Needs a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{RESET_TIMEOUT}'")


# Afterwards: only Redis may fail now ---------------------------------------------------------------------------------


def make_box(poll_id: int) -> Definition:
    """Make the box that was just opened. A web service that comes before it is there opens the next one.

    Raises NotPossibleError if the poll was deleted meanwhile.
    """
    definition = definitions.read(pk=poll_id)
    if definition is None:
        raise NotPossibleError(gettext("This poll was deleted."))
    definitions.cache.keep(definition)
    tell_redis(lambda: ballot_box.make(definition))
    publish_if_complete(definition)
    return definition


def publish_if_complete(definition: Definition) -> None:
    """Send the snapshot, which only a poll with choices has."""
    if definition.choices:
        broadcast.publish(definition.id)


def tell_redis(step: Callable[[], object]) -> None:
    """Take a step that may fail, and is then taken again by the safety net, or by the next web service that asks."""
    try:
        step()
    except RedisUnavailableError as error:
        logger.warning("Redis does not answer (%s); the safety net will do this again.", error)

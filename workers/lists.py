"""The public lists of ballots that are missing, made beside the worker's jobs and its safety net."""

import logging
import threading
from collections.abc import Sequence

from django.db import Error as PostgresError
from django.db import connection

from core.stores.errors import one_line
from polls.models import Tally
from polls.recount import lists

logger = logging.getLogger(__name__)

#: Held while this process makes some.
_making = threading.Lock()


def make_missing() -> None:
    """Begin to make what is missing, in a thread of its own: many ballots take long.

    Returns at once. What fails is tried again at the next call. Raises django.db.Error.
    """
    if not _making.acquire(blocking=False):
        return
    poll_ids: list[int] = []
    try:
        poll_ids = lists.missing()
    finally:
        if not poll_ids:
            _making.release()
    if poll_ids:
        threading.Thread(target=_make, args=[poll_ids], name="lists", daemon=True).start()


def _make(poll_ids: Sequence[int]) -> None:
    """Make the lists, each by itself, so that one that can't be made holds up no other."""
    try:
        for poll_id in poll_ids:
            _make_one(poll_id)
    finally:
        connection.close()
        _making.release()


def _make_one(poll_id: int) -> None:
    try:
        lists.make(poll_id)
    except Tally.DoesNotExist:
        # The poll has been deleted meanwhile.
        return
    except PostgresError as error:
        logger.warning("The public list of poll %s waits for Postgres: %s", poll_id, one_line(error))
    except Exception:
        # A poll that the code can't write a list of must not hold up the others.
        logger.exception("The public list of poll %s can't be made", poll_id)

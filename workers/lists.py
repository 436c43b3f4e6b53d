"""The public lists of ballots that are missing, made beside the worker's jobs and its safety net."""

import logging
import threading

from django.db import Error as PostgresError
from django.db import connection

from polls.recount import lists

logger = logging.getLogger(__name__)

#: Held while this process makes some.
_making = threading.Lock()


def make_missing() -> None:
    """Begin to make what is missing, in a thread of its own: many ballots take long.

    Returns at once. What fails is tried again at the next call. Raises django.db.Error.
    """
    if lists.missing() and _making.acquire(blocking=False):
        threading.Thread(target=_make, name="lists", daemon=True).start()


def _make() -> None:
    try:
        for poll_id in lists.missing():
            lists.make(poll_id)
    except PostgresError as error:
        logger.warning("The public list of a poll waits for Postgres: %s", error)
    finally:
        connection.close()
        _making.release()

"""Activity of a poll: Django admin's own history, shown on its pages and on the host's."""

import json
import logging
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import Error as PostgresError
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from polls.models import Poll

#: What of a poll can change, as its history calls it.
_NAMES = {
    "question": gettext_noop("question"),
    "max_choices": gettext_noop("choices per voter"),
    "allows_changes": gettext_noop("whether votes can be changed"),
    "result_rule": gettext_noop("who sees the result"),
    "is_listed": gettext_noop("where it is listed"),
    "opens_at": gettext_noop("opening time"),
    "closes_at": gettext_noop("closing time"),
    "closes_after": gettext_noop("how long it is open"),
    "choices": gettext_noop("choices"),
}

logger = logging.getLogger(__name__)


def note(user: User, poll: Poll, what: str, flag: int = CHANGE, **values: str) -> None:
    """Write down what was done: a text that is marked for translation, and what fills its gaps.

    What was done stays done where Postgres can't take the note any more: it is logged.
    """
    message = json.dumps({"what": what, "values": values}, ensure_ascii=False) if values else what
    _write(user, poll, message, flag)


def note_change(user: User, poll: Poll, names: Sequence[str]) -> None:
    """Write down what of a poll was changed, as Django's admin does."""
    _write(user, poll, [{"changed": {"fields": [_NAMES[name] for name in names]}}], CHANGE)


def note_deletion(user: User, poll: Poll) -> None:
    """Write down that a poll was taken away."""
    note(user, poll, gettext_noop("Deleted."), DELETION)


def _write(user: User, poll: Poll, message: Any, flag: int) -> None:
    try:
        LogEntry.objects.log_actions(user.pk, [poll], flag, change_message=message, single_object=True)
    except PostgresError as error:
        logger.warning(
            "Could not record %s of poll %s by %s in the history: %s", message, poll.slug, user.get_username(), error
        )


_as_django_says_it = LogEntry.get_change_message


def words(entry: LogEntry) -> str:
    """Return the text of an entry, in the reader's language."""
    message = entry.change_message
    if message.startswith("{"):
        what, values = itemgetter("what", "values")(json.loads(message))
        return gettext(what).format(**values)
    return _as_django_says_it(entry) if message.startswith("[") or not message else gettext(message)


def teach_admin() -> None:
    """Let Django's admin say an entry so wherever it lists one: in histories, and with a user who is to be deleted."""
    LogEntry.get_change_message = words  # type: ignore[method-assign, assignment]


def of(poll: Poll) -> QuerySet[LogEntry]:
    """Return the entries of a poll, the newest first."""
    kind = ContentType.objects.get_for_model(Poll)
    return LogEntry.objects.filter(content_type=kind, object_id=str(poll.pk)).select_related("user").order_by("-pk")

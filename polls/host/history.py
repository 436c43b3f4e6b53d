"""The history of a poll: Django admin's own, shown in the admin and on the host page."""

import json
import logging
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import Error as PostgresError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from polls.host import buttons
from polls.lifecycle.events import Step
from polls.models import Poll

#: Names of the fields of a poll in its history.
_NAMES = {
    "question": gettext_noop("question"),
    "max_choices": gettext_noop("choices per voter"),
    "allows_changes": gettext_noop("whether votes can be changed"),
    "result_rule": gettext_noop("who sees the result"),
    "who_may_vote": gettext_noop("who may vote"),
    "is_listed": gettext_noop("where it is listed"),
    "may_be_checked": gettext_noop("checking the count"),
    "opens_at": gettext_noop("opening time"),
    "closes_at": gettext_noop("closing time"),
    "closes_after": gettext_noop("how long it is open"),
    "voters_per_minute": gettext_noop("new voters a minute"),
    "slow_down_after": gettext_noop("when it slows down"),
    "choices": gettext_noop("choices"),
    "details": gettext_noop("details"),
}

logger = logging.getLogger(__name__)


def note(user: User, poll: Poll, what: str, flag: int = CHANGE, **values: str) -> None:
    """Record an action: a text marked for translation, and the values for its gaps.

    Logs it if Postgres can't store the record: the action itself stays done.
    """
    message = json.dumps({"what": what, "values": values}, ensure_ascii=False) if values else what
    _write(user, poll, message, flag)


def note_change(user: User, poll: Poll, names: Sequence[str]) -> None:
    """Record which fields of a poll were changed, as Django's admin does."""
    _write(user, poll, [{"changed": {"fields": [_NAMES[name] for name in names]}}], CHANGE)


def note_step(user: User, step: Step) -> None:
    """Record in the polls' histories what a step of their event has done to them."""
    if step.opened:
        note(user, step.opened, buttons.OPEN.noted)
    if step.closed:
        note(user, step.closed, buttons.SEAL.noted)


def note_deletion(user: User, poll: Poll) -> None:
    """Record that a poll was deleted."""
    note(user, poll, gettext_noop("Deleted."), DELETION)


def _write(user: User, poll: Poll, message: Any, flag: int) -> None:
    try:
        with transaction.atomic():  # so that a failure does not break the one around it
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
    """Make Django's admin use `words` wherever it lists entries: in histories, and when a user is to be deleted."""
    LogEntry.get_change_message = words  # type: ignore[method-assign, assignment]


def of(poll: Poll) -> QuerySet[LogEntry]:
    """Return the entries of a poll, newest first."""
    kind = ContentType.objects.get_for_model(Poll)
    return LogEntry.objects.filter(content_type=kind, object_id=str(poll.pk)).select_related("user").order_by("-pk")

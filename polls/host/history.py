"""Who did what to a poll: Django admin's own history, shown on its pages and on the host's."""

import logging

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import Error as PostgresError
from django.db.models import QuerySet

from polls.models import Poll

logger = logging.getLogger(__name__)


def note(user: User, poll: Poll, what: str, flag: int = CHANGE) -> None:
    """Write down what was done. What was done stays done where Postgres can't take the note any more: it is logged."""
    try:
        LogEntry.objects.log_actions(user.pk, [poll], flag, change_message=what, single_object=True)
    except PostgresError as error:
        logger.warning("%s of poll %s by %s is not in the history: %s", what, poll.slug, user.get_username(), error)


def note_deletion(user: User, poll: Poll) -> None:
    """Write down that a poll was taken away."""
    note(user, poll, "Deleted.", DELETION)


def of(poll: Poll) -> QuerySet[LogEntry]:
    """What is written down of a poll, the newest first."""
    kind = ContentType.objects.get_for_model(Poll)
    return LogEntry.objects.filter(content_type=kind, object_id=str(poll.pk)).select_related("user").order_by("-pk")

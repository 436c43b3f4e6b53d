"""Operations of hosts on a poll, each recorded in its history: the host pages and the API call the same ones.

They raise NotPossibleError, ObjectDoesNotExist for a poll that was deleted meanwhile, and django.db.Error.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.admin.models import ADDITION
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext_noop

from polls.host import editing, history
from polls.host.buttons import Button
from polls.host.choices import BaseChoices, ChoiceRow, choices_of
from polls.host.forms import PollForm
from polls.host.uploads import Refused
from polls.lifecycle import transitions
from polls.models import Poll, State


def forms_of(
    post: QueryDict,
    kind: str,
    poll: Poll | None = None,
    *,
    fixed: bool = False,
    opens: bool = False,
    refused: Refused | None = None,
) -> tuple[PollForm, BaseChoices]:
    """Return the forms that were sent for a new poll of this kind, or for this one.

    A poll that is to be opened, or that voters see, needs enough choices.
    """
    is_seen = poll is not None and poll.tally.state != State.DRAFT
    # A second instance for the form: the page around it shows the stored values.
    instance = None if poll is None else Poll.objects.get(pk=poll.pk)
    form = PollForm(post, instance=instance, fixed=fixed, kind=kind)
    about = {
        "fixed": form.keeps_choices,
        "kind": form.kind.rows,
        "needs_all": is_seen or opens,
        "refused": refused or {},
    }
    return form, choices_of(post, **about, **form.marks)


def create(user: User, form: PollForm, rows: Sequence[ChoiceRow]) -> tuple[Poll, bool]:
    """Make the poll of a valid form; return also whether it was made now (`editing.create`)."""
    poll, made = editing.create(user, form, rows)
    if made:
        history.note(user, poll, gettext_noop("Created."), ADDITION)
    return poll, made


def change(user: User, poll: Poll, form: PollForm, rows: Sequence[ChoiceRow]) -> bool:
    """Save what differs, and tell whether anything did. Raises ChangedMeanwhileError."""
    changed = editing.change(Poll.objects.get(pk=poll.pk), form, rows)
    if changed:
        history.note_change(user, poll, changed)
    return bool(changed)


def press(user: User, poll: Poll, button: Button) -> None:
    """Make the transition of a button."""
    button.transition(poll.pk)
    history.note(user, poll, button.noted)


def close_in(user: User, poll: Poll, minutes: int, after: datetime | None) -> datetime:
    """Set the closing time, and return it (`transitions.close_in`)."""
    closes_at = transitions.close_in(poll.pk, minutes, after=after)
    history.note(user, poll, gettext_noop("Closes at {time} UTC."), time=f"{closes_at:%Y-%m-%d %H:%M:%S}")
    return closes_at


def duplicate(user: User, poll: Poll) -> Poll:
    """Make a copy, a draft of this user."""
    copy = editing.duplicate(user, poll)
    history.note(user, copy, gettext_noop("Copied from {slug}."), slug=poll.slug)
    return copy


def share(user: User, poll: Poll, other: User) -> None:
    """Let another user host the poll."""
    poll.hosts.add(other)
    history.note(user, poll, gettext_noop("Added {name} as a host."), name=other.get_username())


def unshare(user: User, poll: Poll, name: str) -> None:
    """Remove the host of this name. Does nothing if the poll has none."""
    gone = User.objects.filter(username=name.replace("\0", ""), shared_polls=poll).first()
    if gone is not None:
        poll.hosts.remove(gone)
        history.note(user, poll, gettext_noop("Removed {name}."), name=gone.get_username())


def delete(user: User, poll: Poll) -> None:
    """Delete a poll with all its votes."""
    transitions.delete(poll.pk)
    history.note_deletion(user, poll)

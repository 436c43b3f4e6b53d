"""Saving what a host has typed. The choices and the machine's rows of a poll are saved with it, or nothing is."""

import re
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from polls import kinds, pictures
from polls.counting.tally import kind_of, lock
from polls.host.choices import ChoiceRow, groups, rows_of
from polls.host.forms import PollForm
from polls.lifecycle import edits, transitions
from polls.models import TAKEN, Choice, Poll, new_code

#: Longest slug that is made of a question; a code may follow it.
_SLUG_LENGTH = 60


class ChangedMeanwhileError(Exception):
    """Somebody else has changed the poll since the form was drawn. `version` is what it would have to be drawn from."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


def create(user: User, form: PollForm, rows: Sequence[ChoiceRow]) -> tuple[Poll, bool]:
    """The poll of a valid form, and whether it was made now: the same form sent twice makes one poll.

    Raises django.db.Error.
    """
    form.limit_picks(len(rows))
    return _once(user, form.cleaned_data["code"], rows, kind=form.instance.kind, **form.values)


def ask(user: User, question: str, code: str) -> Poll:
    """A yes-or-no poll, a draft at first. Two calls with one code make one poll. Raises django.db.Error."""
    form = PollForm(kind=kinds.YES_NO)
    rows = [ChoiceRow(None, text) for text in form.given_choices]
    fields = {name: getattr(form.instance, name) for name in form.Meta.fields}
    poll, _ = _once(user, code, rows, kind=kinds.YES_NO, **{**fields, "question": question})
    return poll


def _once(user: User, code: str, rows: Sequence[ChoiceRow], **fields: Any) -> tuple[Poll, bool]:
    poll = _sent_before(user, code)
    if poll is not None:
        return poll, False
    slug = slugify(fields["question"])[:_SLUG_LENGTH].strip("-")
    for slug_, code_ in ((slug, code), (f"{slug}-{code}".strip("-"), code), (f"{slug}-{code}".strip("-"), new_code())):
        if not slug_ or re.match(TAKEN, slug_):
            continue
        try:
            return _made(rows, owner=user, slug=slug_, code=code_, **fields), True
        except IntegrityError:
            poll = _sent_before(user, code)
            if poll is not None:
                return poll, False
    raise IntegrityError("no address is free for this poll")


def _sent_before(user: User, code: str) -> Poll | None:
    return Poll.objects.filter(owner=user, code=code).first()


@transaction.atomic
def _made(rows: Sequence[ChoiceRow], **fields: Any) -> Poll:
    poll = Poll.objects.create(**fields)
    _save_choices(poll, rows)
    transitions.edited(poll.pk)
    return poll


def duplicate(user: User, poll: Poll) -> Poll:
    """A draft of one's own with the same question, choices and rules, and no times. Raises django.db.Error."""
    is_open_list = kind_of(poll.pk).takes_entries
    rows = [] if is_open_list else [row._replace(id=None) for row in rows_of(poll.choices.all())]
    details = {name: value for name, value in poll.details.items() if name != "merged"}
    rules = {name: getattr(poll, name) for name in PollForm.Meta.fields if name not in ("opens_at", "closes_at")}
    code = new_code()
    return _made(
        rows,
        owner=user,
        slug=f"{poll.slug[:_SLUG_LENGTH].strip('-')}-{code}",
        code=code,
        kind=poll.kind,
        details=details,
        embed_origins=poll.embed_origins,
        **rules,
    )


@transaction.atomic
def change(poll: Poll, form: PollForm, rows: Sequence[ChoiceRow]) -> list[str]:
    """Save what differs, and return its names. Raises ChangedMeanwhileError, NotPossibleError and django.db.Error."""
    tally = lock(poll.pk)
    if form.cleaned_data["seen"] != (seen := edits.version(tally)):
        raise ChangedMeanwhileError(seen)
    form.limit_picks(len(rows))
    changes = form.changes()
    if "who_may_vote" in changes:
        edits.check_electorate(tally)
    changed = [*changes]
    if changes:
        Poll.objects.filter(pk=poll.pk).update(**changes)
    if not kind_of(poll.pk).takes_entries:
        if not transitions.choices_may_change(tally):
            rows = _in_their_places(poll, rows)
        if _save_choices(poll, rows):
            changed.append("choices")
    if changed:
        transitions.edited(poll.pk)
    return changed


def _in_their_places(poll: Poll, rows: Sequence[ChoiceRow]) -> list[ChoiceRow]:
    """The rows in the order that the poll has: letter and colour of a choice that was voted for stay."""
    order = {pk: place for place, pk in enumerate(poll.choices.values_list("pk", flat=True))}
    return sorted(rows, key=lambda row: order.get(row.id or 0, len(order)))


def _save_choices(poll: Poll, rows: Sequence[ChoiceRow]) -> bool:
    """Make the poll's choices these, in this order. Returns whether anything differed."""
    pictures.claim(row.picture for row in rows if row.picture)
    kind = kind_of(poll.pk)
    present = {group[0].pk: group for group in groups(Choice.objects.filter(poll=poll))}
    left, differs = {choice.pk for group in present.values() for choice in group}, False
    position = 0
    for row in rows:
        wanted = kind.row_choices(row.text)
        group = present.pop(row.id or 0, [])
        if len(group) != len(wanted):  # a new row, or another scale
            group = [Choice(poll=poll) for _ in wanted]
        left -= {choice.pk for choice in group}
        for choice, (statement, text) in zip(group, wanted, strict=True):
            picture = choice.picture_id if row.picture is None else row.picture or None
            is_right = choice.is_right if row.is_right is None else row.is_right
            differs |= _save_choice(
                choice, position=position, statement=statement, text=text, picture_id=picture, is_right=is_right
            )
            position += 1
    Choice.objects.filter(pk__in=left).delete()
    return differs or bool(left)


def _save_choice(choice: Choice, **values: Any) -> bool:
    """Save a choice with these values, if it has others. Returns whether it had."""
    if choice.pk is not None and all(getattr(choice, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(choice, name, value)
    choice.save()
    return True

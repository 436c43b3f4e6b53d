"""The fields of a poll that a client sends, as the form of the editor: its rules and its sentences hold here too."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from api.problems import Problem, wrong_fields
from api.schemas import NewPoll, PollFields, RowSent
from core.web.problems import FieldError
from polls import kinds
from polls.host import operations
from polls.host.choices import BaseChoices, rows_of
from polls.host.forms import PollForm
from polls.host.limits import LIMITS
from polls.host.result_rules import RULES
from polls.lifecycle import edits, transitions
from polls.models import Poll

#: Fields that the form takes under the same name.
_PLAIN = (
    "question",
    "max_choices",
    "allows_changes",
    "result_rule",
    "is_listed",
    "who_may_vote",
    "may_be_checked",
    "closes_after",
    *LIMITS,
)
_TIMES = ("opens_at", "closes_at")
#: Fields that null clears.
_CLEARED = (*_TIMES, "closes_after", *LIMITS)


def of_new(sent: NewPoll) -> tuple[PollForm, BaseChoices]:
    """Return the valid forms of a new poll. Raises Problem."""
    kind = kinds.offered()[sent.kind]
    given = {"max_choices": kind.default_picks, "result_rule": RULES[0][0]}
    rows = sent.choices or [RowSent(id=None, text=str(text), right=None) for text in kind.choices]
    post = _post({**given, **_said(sent)}, rows, sent.details)
    return _valid(sent, operations.forms_of(post, sent.kind))


def of_change(poll: Poll, sent: PollFields, version: int | None) -> tuple[PollForm, BaseChoices]:
    """Return the valid forms of a change: what is there, with what was sent in its place. Raises Problem."""
    present = {name: getattr(poll, name) for name in (*_PLAIN, *_TIMES)}
    seen = edits.version(poll.tally) if version is None else version
    post = _post({**present, **_said(sent), "seen": seen}, _rows(poll, sent), sent.details)
    fixed = not transitions.choices_may_change(poll.tally)
    return _valid(sent, operations.forms_of(post, poll.kind, poll, fixed=fixed))


def _said(sent: PollFields) -> dict[str, Any]:
    """Return what was sent; null is what was not said, but for times and limits, which it clears."""
    said = sent.model_dump(include={*_PLAIN, *_TIMES}, exclude_unset=True)
    return {name: value for name, value in said.items() if value is not None or name in _CLEARED}


def _rows(poll: Poll, sent: PollFields) -> list[RowSent]:
    if sent.choices is not None:
        return sent.choices
    kind = kinds.of(poll.kind, poll.max_choices, poll.details)
    present = () if kind.takes_entries else rows_of(poll.choices.all())
    return [RowSent(id=row.id, text=row.text, right=None) for row in present]


def _post(fields: dict[str, Any], rows: list[RowSent], details: dict[str, Any] | None) -> QueryDict:
    post = QueryDict(mutable=True)
    for name, value in fields.items():
        post[name] = _typed(value)
    for name, value in (details or {}).items():
        post[f"details-{name}"] = _typed(value)
    post["choices-TOTAL_FORMS"], post["choices-INITIAL_FORMS"] = str(len(rows)), "0"
    for number, row in enumerate(rows):
        post[f"choices-{number}-id"] = _typed(row.id)
        post[f"choices-{number}-text"] = row.text
        if row.right:
            post[f"choices-{number}-right"] = "on"
    if any(row.right is not None for row in rows):
        post["is_quiz"] = str(any(row.right for row in rows))
    return post


def _typed(value: Any) -> str:
    """Return a value as somebody types it into the form."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return str(value)


def _valid(sent: PollFields, forms: tuple[PollForm, BaseChoices]) -> tuple[PollForm, BaseChoices]:
    form, choices = forms
    are_valid = all([form.is_valid(), choices.is_valid()])
    errors = [*_settled(sent, form), *([] if are_valid else _errors(form, choices))]
    if errors:
        raise wrong_fields(errors)
    return forms


def _settled(sent: PollFields, form: PollForm) -> Iterator[FieldError]:
    """Yield what was sent and can't be said of this poll: a page would not have the field."""
    for name, value in _said(sent).items():
        if name in form.fields and form.fields[name].disabled and value != form.initial.get(name):
            yield {"field": name, "detail": gettext("This poll keeps what it has here.")}
    if "is_quiz" not in form.fields and any(row.right is not None for row in sent.choices or []):
        yield {"field": "choices", "detail": gettext("This poll can't have other right answers, or none at all.")}
    for name, value in (sent.details or {}).items():
        field = form.details.fields.get(name)
        if field is None:
            yield {"field": f"details.{name}", "detail": gettext("There is no such field.")}
        elif field.disabled and _typed(value) != _typed(form.details.initial.get(name)):
            yield {"field": f"details.{name}", "detail": gettext("This poll keeps what it has here.")}


def _errors(form: PollForm, choices: BaseChoices) -> Iterator[FieldError]:
    for place, found in (("", form.errors), ("details.", form.details.errors)):
        for name, texts in found.items():
            field = (place + name).replace("__all__", "").rstrip(".")
            yield {"field": field, "detail": " ".join(map(str, texts))}
    by_row: Sequence[Any] = choices.errors
    for number, row in enumerate(by_row):
        for name, texts in row.items():
            yield {"field": f"choices.{number}.{name}", "detail": " ".join(map(str, texts))}
    if texts := choices.non_form_errors():
        yield {"field": "choices", "detail": " ".join(map(str, texts))}


def sentences(form: Any) -> Problem:
    """Return the problem of a simple form whose fields are wrong."""
    return wrong_fields(
        [{"field": str(name), "detail": " ".join(map(str, texts))} for name, texts in form.errors.items()]
    )

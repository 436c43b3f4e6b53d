"""The rows of choices in the form of a poll."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext

from core.web import texts
from core.web.texts import whole_number
from polls import pictures
from polls.host.fields import LineField
from polls.kinds import CHOICES, Kind, Rows
from polls.models import Choice

#: Rows of a new poll, without the spare one at the end.
ROWS_AT_FIRST = 2


class ChoiceRow(NamedTuple):
    """A choice as it is to be saved."""

    #: Of the choice that was there before; None of a new one.
    id: int | None
    text: str
    #: The name of its picture; empty without one, None where the form says nothing of it.
    picture: str | None = None


class ChoiceForm(forms.Form):
    """The row of a choice. An empty row is ignored."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    text = LineField(
        required=False, max_length=200, widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
    )
    #: The name of its picture, which was sent before or with this form (polls.host.uploads).
    picture = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    @property
    def picture_address(self) -> str:
        """Return where the row's picture is, as far as the name that was sent can be one."""
        name = self["picture"].value() or ""
        return pictures.address(name) if re.fullmatch("[0-9a-f]{32}", name) else ""


class BaseChoices(forms.BaseFormSet):
    """The choices in their order; `kind` says how many there may be, `needs_all` whether the least have to be there.

    `refused`: why files that came with the form are no pictures, by row.
    """

    def __init__(
        self,
        *args: Any,
        fixed: bool = False,
        kind: Rows = CHOICES,
        needs_all: bool = False,
        refused: Mapping[int, str] | None = None,
        **options: Any,
    ) -> None:
        options["prefix"] = "choices"
        super().__init__(*args, **options)
        self.fixed, self.kind, self.needs_all, self.refused = fixed, kind, needs_all, refused or {}

    def clean(self) -> None:
        """Refuse duplicate choices, missing texts, and too few or too many choices."""
        seen: dict[str, int] = {}
        for number, form in enumerate(self.forms):
            text = form.cleaned_data.get("text", "")
            if self.fixed and not text and not form.errors:
                form.add_error("text", gettext("This poll keeps its choices, so this one needs a text."))
            if text and texts.reading(text) in seen:
                form.add_error("text", str(self.kind.duplicate))
            seen.setdefault(texts.reading(text), number)
        self._check_pictures()
        if len(self.rows) > self.kind.most:
            raise ValidationError(str(self.kind.too_many).format(most=self.kind.most))
        if self.needs_all and len(self.rows) < self.kind.least:
            raise ValidationError(str(self.kind.too_few))

    def _check_pictures(self) -> None:
        """Refuse what is no picture, or none any more, and a picture without a text: the text is the choice's name."""
        gone = pictures.missing(form.cleaned_data.get("picture") or "" for form in self.forms) - {""}
        for number, form in enumerate(self.forms):
            name = form.cleaned_data.get("picture")
            if number in self.refused:
                form.add_error("picture", self.refused[number])
            elif name in gone:
                form.add_error("picture", str(pictures.GoneError()))
            elif name and not form.cleaned_data.get("text") and not form.errors:
                form.add_error("text", gettext("Give this picture a text, which is the choice's name."))

    @property
    def rows(self) -> list[ChoiceRow]:
        """Return the valid rows."""
        filled = [form for form in self.forms if getattr(form, "cleaned_data", {}).get("text")]
        return [
            ChoiceRow(
                form.cleaned_data.get("id"),
                form.cleaned_data["text"],
                # A program that knows nothing of pictures changes none.
                form.cleaned_data.get("picture") if form.add_prefix("picture") in form.data else None,
            )
            for form in filled
        ]


#: Rows that are read of one form. More than a poll may have, so that nothing typed is lost.
MOST_ROWS = 2 * CHOICES.most
_Choices: Any = forms.formset_factory(
    ChoiceForm, formset=BaseChoices, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def choices_of(post: QueryDict, kind: Kind, *, fixed: bool, needs_all: bool, refused: Mapping[int, str]) -> BaseChoices:
    """Return the submitted rows, for validation."""
    options = {"fixed": fixed, "kind": kind.rows, "needs_all": needs_all, "refused": refused}
    return cast("BaseChoices", _Choices(post, **options))


def choices_drawn(rows: Sequence[Mapping[str, Any]], *, fixed: bool = False) -> BaseChoices:
    """Return rows to draw, without errors."""
    return cast("BaseChoices", _Choices(initial=rows, fixed=fixed))


def groups(choices: Iterable[Choice]) -> list[list[Choice]]:
    """Return the choices of each row: the points of a statement, or one."""
    return [list(group) for _, group in groupby(choices, key=lambda choice: choice.statement or choice.pk)]


def rows_of(choices: Iterable[Choice]) -> list[tuple[int, str, str | None]]:
    """Return id, text and picture of each row of a poll that there is."""
    return [(first.pk, first.statement or first.text, first.picture_id) for first, *_ in groups(choices)]


def typed_rows(post: QueryDict) -> list[dict[str, Any]]:
    """Return the typed rows as `initial`, with the row moved or removed that the form's `do` names."""
    rows = []
    for number in range(MOST_ROWS):
        if f"choices-{number}-text" in post:
            rows.append({name: post.get(f"choices-{number}-{name}", "") for name in ChoiceForm.base_fields})
    action, _, place = post.get("do", "").partition("-")
    at = whole_number(place)
    if at is not None and at < len(rows) and action == "bare":
        rows[at]["picture"] = ""
    elif at is not None and at < len(rows):
        row = rows.pop(at)
        if action in ("up", "down"):
            rows.insert(max(0, at + (1 if action == "down" else -1)), row)
    return rows

"""The rows of choices in the form of a poll."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext

from core.web import texts
from core.web.texts import whole_number
from polls.host.fields import LineField

#: Least and greatest number of choices of a poll.
LEAST_CHOICES, MOST_CHOICES = 2, 50
#: Rows of a new poll, without the spare one at the end.
ROWS_AT_FIRST = 2


class ChoiceForm(forms.Form):
    """The row of a choice. An empty row is ignored."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    text = LineField(
        required=False, max_length=200, widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
    )


class BaseChoices(forms.BaseFormSet):
    """The choices in their order. `least` is the number that the requested action needs."""

    def __init__(self, *args: Any, fixed: bool = False, least: int = 0, **options: Any) -> None:
        options["prefix"] = "choices"
        super().__init__(*args, **options)
        self.fixed, self.least = fixed, least

    def clean(self) -> None:
        """Refuse duplicate choices, missing texts, and too few or too many choices."""
        seen: dict[str, int] = {}
        for number, form in enumerate(self.forms):
            text = form.cleaned_data.get("text", "")
            if self.fixed and form.cleaned_data.get("id") and not text and not form.errors:
                form.add_error(
                    "text", gettext("A poll that has been opened keeps its choices, so this one needs a text.")
                )
            if text and texts.reading(text) in seen:
                form.add_error("text", gettext("Duplicate choice."))
            seen.setdefault(texts.reading(text), number)
        if len(self.rows) > MOST_CHOICES:
            raise ValidationError(gettext("A poll can have at most %(most)s choices."), params={"most": MOST_CHOICES})
        if len(self.rows) < self.least:
            raise ValidationError(gettext("A poll needs two choices or more before it can be opened."))

    @property
    def rows(self) -> list[tuple[int | None, str]]:
        """Return the id (None for a new choice) and the text of each valid row."""
        cleaned = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        return [(row.get("id"), row["text"]) for row in cleaned if row.get("text")]


#: Rows that are read of one form. More than MOST_CHOICES, so that nothing typed is lost.
_MOST_ROWS = 2 * MOST_CHOICES
_Choices: Any = forms.formset_factory(
    ChoiceForm, formset=BaseChoices, extra=0, max_num=_MOST_ROWS, absolute_max=_MOST_ROWS
)


def choices_of(post: QueryDict, *, fixed: bool = False, least: int = 0) -> BaseChoices:
    """Return the submitted rows, for validation."""
    return cast("BaseChoices", _Choices(post, fixed=fixed, least=least))


def choices_drawn(rows: Sequence[Mapping[str, Any]], *, fixed: bool = False) -> BaseChoices:
    """Return rows to draw, without errors."""
    return cast("BaseChoices", _Choices(initial=rows, fixed=fixed))


def typed_rows(post: QueryDict) -> list[dict[str, Any]]:
    """Return the typed rows as `initial`, with the row moved or removed that the form's `do` names."""
    rows = []
    for number in range(_MOST_ROWS):
        name = f"choices-{number}-text"
        if name in post:
            rows.append({"id": post.get(f"choices-{number}-id", ""), "text": post[name]})
    action, _, place = post.get("do", "").partition("-")
    at = whole_number(place)
    if at is not None and at < len(rows):
        row = rows.pop(at)
        if action in ("up", "down"):
            rows.insert(max(0, at + (1 if action == "down" else -1)), row)
    return rows

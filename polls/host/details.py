"""The forms of what a kind of poll has to know beyond question and choices: one for each kind that needs one."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.http import QueryDict

from polls.host.fields import LineField
from polls.kinds import SCALE
from polls.kinds.scale import MOST_LETTERS, RANGES

#: What the names of the fields begin with.
PREFIX = "details"


class DetailsForm(forms.Form):
    """The details of a kind that has none. `fixed`: the poll was opened, so what ballots depend on stays."""

    #: What the editor draws; empty for nothing.
    template: ClassVar[str] = ""
    #: Fields that ballots depend on.
    settled: ClassVar[tuple[str, ...]] = ()

    def __init__(self, data: Mapping[str, Any] | None, *, fixed: bool, initial: Mapping[str, Any]) -> None:
        defaults = {name: field.initial for name, field in self.base_fields.items()}
        super().__init__(data, initial={**defaults, **initial}, prefix=PREFIX)
        self.fixed = fixed
        for name in self.fields:
            is_sent = data is None or self.add_prefix(name) in data
            if (fixed and name in self.settled) or not is_sent:
                self.fields[name].disabled = True  # a program that does not send it does not change it

    @property
    def details(self) -> dict[str, Any]:
        """Return what `Poll.details` is to say. Needs a valid form."""
        return self.cleaned_data


class ScaleForm(DetailsForm):
    """The points of a scale, and the labels at its ends."""

    template = "polls/host/_scale.html"
    settled = ("scale",)
    scale = forms.ChoiceField(
        choices=[(name, f"{points[0]}\N{EN DASH}{points[-1]}") for name, points in RANGES.items()], initial="1-5"
    )
    low = LineField(required=False, max_length=MOST_LETTERS)
    high = LineField(required=False, max_length=MOST_LETTERS)


_FORMS: Final[Mapping[str, type[DetailsForm]]] = {SCALE: ScaleForm}


def form_of(kind: str, data: Mapping[str, Any] | None, *, fixed: bool, initial: Mapping[str, Any]) -> DetailsForm:
    """Return the form of a kind of poll."""
    return _FORMS.get(kind, DetailsForm)(data, fixed=fixed, initial=initial)


def typed(post: QueryDict) -> dict[str, Any]:
    """Return the typed values as `initial`."""
    return {name.removeprefix(f"{PREFIX}-"): value for name, value in post.items() if name.startswith(f"{PREFIX}-")}

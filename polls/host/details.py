"""The forms of what a kind of poll has to know beyond question and choices: one for each kind that needs one."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import get_format
from django.utils.translation import get_language_info, gettext, gettext_lazy

from core.web import rude_words
from polls.host.fields import LineField, WhetherField
from polls.kinds import ESTIMATE, OPEN_LIST, SCALE, BadDetailsError
from polls.kinds import estimate as kind_of_estimate
from polls.kinds.numbers import NoNumberError, number
from polls.kinds.open_list import MOST_OWN
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


class NumberField(forms.CharField):
    """A number, typed with a decimal point or a decimal comma; kept as a plain decimal number."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        """Return the number as `Poll.details` has it; empty for none."""
        typed_number = super().clean(value)
        try:
            return f"{number(typed_number).normalize():f}" if typed_number else ""
        except NoNumberError as error:
            raise ValidationError(gettext("Enter a number.")) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another number was typed, however it is written."""
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True

    def prepare_value(self, value: Any) -> Any:
        """Return what is drawn: a stored number as the language writes it."""
        return value if "," in str(value or "") else str(value or "").replace(".", get_format("DECIMAL_SEPARATOR"))


class EstimateForm(DetailsForm):
    """The limits of a number, its unit, and the right one."""

    template = "polls/host/_estimate.html"
    settled = ("least", "most", "step")
    least = NumberField(initial="0", label=gettext_lazy("Least value"))
    most = NumberField(initial="100", label=gettext_lazy("Greatest value"))
    step = NumberField(initial="1", label=gettext_lazy("Step"))
    unit = LineField(required=False, max_length=kind_of_estimate.MOST_LETTERS, label=gettext_lazy("Unit"))
    answer = NumberField(required=False, label=gettext_lazy("Right answer"))

    def clean(self) -> dict[str, Any]:
        """Refuse limits that the kind can't work with."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                kind_of_estimate.EstimateDetails.read(cleaned)
            except BadDetailsError as error:
                raise ValidationError(str(error)) from error
        return cleaned


class OpenListForm(DetailsForm):
    """How many entries a voter may write, whether they appear at once and unmasked, and how the result is drawn."""

    template = "polls/host/_open_list.html"
    most = forms.TypedChoiceField(
        coerce=int,
        choices=[(number, str(number)) for number in range(1, MOST_OWN + 1)],
        initial=3,
        label=gettext_lazy("Entries per voter"),
    )
    approval = WhetherField(
        (False, gettext_lazy("at once")),
        (True, gettext_lazy("after you approve them")),
        initial=False,
        label=gettext_lazy("Entries appear"),
    )
    cloud = WhetherField(
        (False, gettext_lazy("as a list by votes")),
        (True, gettext_lazy("as a cloud, and a list")),
        initial=False,
        label=gettext_lazy("The result is drawn"),
    )
    masked = forms.ChoiceField(
        required=False,
        choices=lambda: [
            ("", gettext("are not masked")),
            *((language, _masked_in(language)) for language in rude_words.LANGUAGES),
        ],
        initial="",
        label=gettext_lazy("Rude words in entries"),
    )

    @property
    def details(self) -> dict[str, Any]:
        """Return what `Poll.details` is to say; what was merged stays."""
        merged = {name: value for name, value in self.initial.items() if name == "merged"}
        # A process of before these rules can read the details of a list without them.
        chosen = {name: value for name, value in self.cleaned_data.items() if name not in ("cloud", "masked") or value}
        return {**chosen, **merged}


def _masked_in(language: str) -> str:
    return gettext("are masked: {language}").format(language=get_language_info(language)["name_translated"])


_FORMS: Final[Mapping[str, type[DetailsForm]]] = {
    SCALE: ScaleForm,
    ESTIMATE: EstimateForm,
    OPEN_LIST: OpenListForm,
}


def form_of(kind: str, data: Mapping[str, Any] | None, *, fixed: bool, initial: Mapping[str, Any]) -> DetailsForm:
    """Return the form of a kind of poll."""
    return _FORMS.get(kind, DetailsForm)(data, fixed=fixed, initial=initial)


def typed(post: QueryDict) -> dict[str, Any]:
    """Return the typed values as `initial`."""
    return {name.removeprefix(f"{PREFIX}-"): value for name, value in post.items() if name.startswith(f"{PREFIX}-")}

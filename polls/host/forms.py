"""The forms of the host pages. Whatever was typed stays typed: no field cuts a text off, and errors stand beside it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, NamedTuple, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, ngettext

from core.web import texts
from core.web.texts import whole_number
from polls import people, pictures
from polls.models import CODE_ALPHABET, MOST_MINUTES, Poll, ResultRule, new_code

#: Choices that one poll needs and may have.
LEAST_CHOICES, MOST_CHOICES = 2, 50
#: Rows of a new poll, the one to come not counted.
ROWS_AT_FIRST = 2

#: The result rules as a host reads them, the one to begin with first.
RULES: Final[tuple[tuple[ResultRule, Promise, Promise], ...]] = (
    (
        ResultRule.AFTER_VOTE,
        gettext_lazy("Voters, after they have voted"),
        gettext_lazy("Nobody is swayed by others"),
    ),
    (ResultRule.ALWAYS, gettext_lazy("Everyone, all the time"), gettext_lazy("Also before voting")),
    (
        ResultRule.AFTER_CLOSE,
        gettext_lazy("Everyone, after closing"),
        gettext_lazy("The screen shows only the number of voters"),
    ),
    (ResultRule.STAFF, gettext_lazy("Only hosts"), gettext_lazy("And the operators of this site")),
)


class LineField(forms.CharField):
    """A line of visible text. One that is too long is an error, and is not cut off as `maxlength` would do."""

    def to_python(self, value: Any) -> str:
        """Return the text as it is kept. Refuse what nobody could see, such as a lone zero-width space."""
        typed = super().to_python(value) or ""
        kept = texts.clean(typed)
        if typed.strip() and not kept:
            raise ValidationError(gettext("Enter some visible text."), code="invisible")
        return kept

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No `maxlength`."""
        return {}


class MomentField(forms.DateTimeField):
    """A date and time as the browser picks it; in which time zone, its form says."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M:%S")
        super().__init__(widget=widget, required=False, **options)


class PollForm(forms.ModelForm):
    """A poll without its choices. `fixed`: it was opened, and of what ballots stand on only texts may change."""

    question = LineField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 1, "dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("A poll needs a question.")},
    )
    max_choices = forms.TypedChoiceField(coerce=int)
    result_rule = forms.ChoiceField(choices=[(rule, label) for rule, label, _ in RULES], widget=forms.RadioSelect)
    is_listed = forms.TypedChoiceField(
        choices=[(False, gettext_lazy("only with its code or link")), (True, gettext_lazy("on the home page too"))],
        coerce=lambda text: text == "True",
    )
    opens_at = MomentField()
    closes_at = MomentField()
    closes_after = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            format_lazy(gettext_lazy("How many minutes? A whole number from 1 to {most}."), most=MOST_MINUTES),
        ),
    )
    #: The browser's time zone, in which both times are; empty without JavaScript: then they are in UTC.
    zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    #: The short address that a new poll will have. A form that is sent twice names the same one twice.
    code = forms.CharField(required=False, widget=forms.HiddenInput)
    #: The version of the poll that the form was filled in for.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Poll
        fields = ("question", "max_choices", "result_rule", "is_listed", "opens_at", "closes_at", "closes_after")

    def __init__(self, *args: Any, fixed: bool = False, **options: Any) -> None:
        # A poll that is only made for its defaults would ask Postgres for a free code.
        options["instance"] = options.get("instance") or Poll(code="", result_rule=RULES[0][0], is_listed=False)
        super().__init__(*args, **options)
        self.fixed = fixed
        #: Of a time that comes twice, both in words, by the field's name.
        self.asks: dict[str, list[str]] = {}
        most = max(20, self.instance.max_choices)
        self.fields["max_choices"].choices = [(number, _how_many(number)) for number in range(1, most + 1)]  # type: ignore[attr-defined]
        for name in ("is_listed", "closes_after"):
            if self.is_bound and name not in self.data:
                self.fields[name].disabled = True  # a program that knows nothing of it changes nothing
        if fixed:
            for name in ("max_choices", "opens_at"):
                self.fields[name].disabled = True
                self.fields[name].widget = self.fields[name].hidden_widget()

    def limit_picks(self, choices: int) -> None:
        """Let one voter pick all of so many choices at most. Needs a valid form; may be repeated."""
        name = "max_choices"
        if self.fixed or choices < LEAST_CHOICES:
            return  # a draft's choices are still to come
        self.cleaned_data[name] = min(self.cleaned_data[name], choices)
        changed = {*self.changed_data} - {name}
        differs = self.cleaned_data[name] != self.initial.get(name)
        self.changed_data = [*changed, name] if differs else [*changed]

    @property
    def rules(self) -> list[tuple[Any, Promise]]:
        """Each rule's radio button and what it means."""
        return [(radio, hint) for radio, (_, _, hint) in zip(self["result_rule"], RULES, strict=True)]

    def clean(self) -> dict[str, Any]:
        """Settle the times of an hour that comes twice or never, which the fields could not read."""
        cleaned = super().clean() or {}
        for name in ("opens_at", "closes_at"):
            if self.has_error(name, "ambiguous_timezone"):
                self._settle(name)
        closes_at = cleaned.get("closes_at")
        if not self.fixed and cleaned.get("closes_after") and closes_at and closes_at > timezone.now():
            self.add_error("closes_after", gettext("Give a time or minutes, not both."))
        return cleaned

    def _settle(self, name: str) -> None:
        """Keep a time that nobody touched; else take the one that was chosen, or ask which it is."""
        typed_ = parse_datetime(self.data[self.add_prefix(name)])
        if typed_ is None:
            return
        zone = timezone.get_current_timezone()
        both = [typed_.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        kept = self.initial.get(name)
        chosen = self.data.get(f"{name}_fold", "")
        if not all(_is_real(when) for when in both):
            refusal = gettext("The clocks go forward that night, so this time does not exist. Choose another.")
            self.errors[name] = self.error_class([refusal])
        elif kept is not None and kept.replace(microsecond=0) in [when.astimezone(UTC) for when in both]:
            self._take(name, kept)
            self.changed_data.remove(name)
        elif chosen in ("0", "1"):
            self._take(name, both[int(chosen)].astimezone(UTC))
        else:
            refusal = gettext("The clocks go back that night, so this time occurs twice. Choose which one.")
            self.errors[name] = self.error_class([refusal])
            self.asks[name] = [f"{when:%H:%M} (UTC{when:%z})" for when in both]

    def _take(self, name: str, when: datetime) -> None:
        del self.errors[name]
        self.cleaned_data[name] = when
        if when != self.initial.get(name) and when <= timezone.now():
            self.add_error(name, gettext("This time has passed."))

    def full_clean(self) -> None:
        """Read the times in the browser's time zone."""
        with timezone.override(_zone(self.data.get("zone", "")) or timezone.get_default_timezone()):
            super().full_clean()

    def clean_zone(self) -> str:
        """Times in a zone that isn't known here can't be read: an hour off would be worse than an error."""
        name: str = self.cleaned_data["zone"]
        if name and _zone(name) is None:
            raise ValidationError(gettext("Unknown time zone: %(zone)s."), params={"zone": name})
        return name

    def clean_opens_at(self) -> Any:
        """Not in the past."""
        return self._to_come("opens_at", gettext("This time has passed. Leave it empty to open by hand."))

    def clean_closes_at(self) -> Any:
        """Not in the past."""
        return self._to_come("closes_at", gettext("This time has passed. Leave it empty to close by hand."))

    def _to_come(self, name: str, refusal: str) -> Any:
        when = self.cleaned_data[name]
        if when is not None and name in self.changed_data and when <= timezone.now():
            raise ValidationError(refusal, code="past")
        return when

    def clean_code(self) -> str:
        """A code that can be one, or another."""
        code: str = self.cleaned_data["code"]
        return code if re.fullmatch(f"[{CODE_ALPHABET}]{{4,6}}", code) else new_code()


def _how_many(number: int) -> str:
    return ngettext("one choice", "up to %(number)s choices", number) % {"number": number}


def _is_real(when: datetime) -> bool:
    """Tell whether the clocks of its zone show this time at all."""
    there_and_back = when.astimezone(UTC).astimezone(when.tzinfo)
    return there_and_back.replace(tzinfo=None) == when.replace(tzinfo=None)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


class ChoiceRow(NamedTuple):
    """A choice as it is to be saved."""

    #: Of the choice that was there before; None of a new one.
    id: int | None
    text: str
    #: The name of its picture; empty without one, None where the form says nothing of it.
    picture: str | None = None


class ChoiceForm(forms.Form):
    """The row of a choice. An empty one is no choice."""

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
    """The choices, in the order people see them. `least`: how many there have to be for what is about to be done.

    `refused`: why files that came with the form are no pictures, by row.
    """

    def __init__(
        self,
        *args: Any,
        fixed: bool = False,
        least: int = 0,
        refused: Mapping[int, str] | None = None,
        **options: Any,
    ) -> None:
        options["prefix"] = "choices"
        super().__init__(*args, **options)
        self.fixed, self.least, self.refused = fixed, least, refused or {}

    def clean(self) -> None:
        """Refuse what reads the same, and too few."""
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
        self._check_pictures()
        if len(self.rows) > MOST_CHOICES:
            raise ValidationError(gettext("A poll can have at most %(most)s choices."), params={"most": MOST_CHOICES})
        if len(self.rows) < self.least:
            raise ValidationError(gettext("A poll needs two choices or more before it can be opened."))

    def _check_pictures(self) -> None:
        """Refuse what is no picture, or none any more, and a picture without a text: the text is the choice's name."""
        gone = pictures.missing(form.cleaned_data.get("picture") or "" for form in self.forms) - {""}
        for number, form in enumerate(self.forms):
            name = form.cleaned_data.get("picture")
            if number in self.refused:
                form.add_error("picture", self.refused[number])
            elif name in gone:
                form.add_error("picture", gettext("This picture is no longer here. Choose it again."))
            elif name and not form.cleaned_data.get("text") and not form.errors:
                form.add_error("text", gettext("Give this picture a text, which is the choice's name."))

    @property
    def rows(self) -> list[ChoiceRow]:
        """The choices of forms that are valid."""
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


#: Rows that are read of one form, and come back with it; more than there may be choices.
MOST_ROWS = 2 * MOST_CHOICES
_Choices: Any = forms.formset_factory(
    ChoiceForm, formset=BaseChoices, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def choices_of(
    post: QueryDict, *, fixed: bool = False, least: int = 0, refused: Mapping[int, str] | None = None
) -> BaseChoices:
    """The rows that were sent, to be checked."""
    return cast("BaseChoices", _Choices(post, fixed=fixed, least=least, refused=refused))


def choices_drawn(rows: Sequence[Mapping[str, Any]], *, fixed: bool = False) -> BaseChoices:
    """Rows to be drawn; nothing is said of errors."""
    return cast("BaseChoices", _Choices(initial=rows, fixed=fixed))


def typed(post: QueryDict) -> dict[str, Any]:
    """Return what was typed into a PollForm, as the `initial` of one that shows no errors."""
    return {name: post[name] for name in PollForm.base_fields if name in post}


def typed_rows(post: QueryDict) -> list[dict[str, Any]]:
    """Return what was typed into the rows of choices, likewise; moved about as the form's `do` says."""
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


class ShareForm(forms.Form):
    """Whom to let in."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}))
    poll: Poll

    def clean_username(self) -> str:
        """A staff user who isn't in yet; the user stands in `user`."""
        name: str = self.cleaned_data["username"]
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise ValidationError(gettext("There is no user %(name)s."), params={"name": name})
        if not people.may_host(user):
            raise ValidationError(gettext("%(name)s can't host polls."), params={"name": name})
        if user.pk == self.poll.owner_id:
            raise ValidationError(gettext("%(name)s owns this poll."), params={"name": name})
        self.user = user
        return name

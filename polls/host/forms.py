"""The forms of a poll. No field cuts a text off; errors stand beside what was typed."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from polls import kinds, people
from polls.host import details
from polls.host.electorates import ElectorateField
from polls.host.fields import CodeField, LineField, MomentField, WhetherField, is_real, zone_of
from polls.host.limits import LIMITS, LimitFields
from polls.host.result_rules import RULES
from polls.models import MOST_MINUTES, Event, Poll


class PollForm(LimitFields, forms.ModelForm):
    """A poll without its choices. `fixed`: it was opened, so what its ballots depend on may no longer change.

    `right_is_shown`: it is final, so its right answers may not, either.
    `kind` is that of a new poll. One that gives the choices leaves nothing to say about how many may be picked.
    """

    question = LineField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 1, "dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("A poll needs a question.")},
    )
    max_choices = forms.TypedChoiceField(coerce=int)
    result_rule = forms.ChoiceField(choices=[(rule, label) for rule, label, _ in RULES], widget=forms.RadioSelect)
    allows_changes = WhetherField((True, gettext_lazy("allowed")), (False, gettext_lazy("not allowed")))
    is_listed = WhetherField(
        (False, gettext_lazy("only with its code or link")), (True, gettext_lazy("on the home page too"))
    )
    who_may_vote = ElectorateField()
    may_be_checked = WhetherField(
        (False, pgettext_lazy("checking the count", "not offered")), (True, gettext_lazy("anybody may recount"))
    )
    #: Whether the marks of right answers count (polls.host.choices).
    is_quiz = WhetherField((False, pgettext_lazy("right answer", "none")), (True, gettext_lazy("marked above")))
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
    #: The browser's time zone, for both times. Empty without JavaScript: then they are in UTC.
    zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    code = CodeField()
    #: The version of the poll that the form was drawn from.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Poll
        fields = (
            "question",
            "max_choices",
            "allows_changes",
            "result_rule",
            "who_may_vote",
            "is_listed",
            "may_be_checked",
            "opens_at",
            "closes_at",
            "closes_after",
            *LIMITS,
        )

    def __init__(
        self,
        *args: Any,
        fixed: bool = False,
        kind: str = kinds.PICK,
        right_is_shown: bool = False,
        **options: Any,
    ) -> None:
        # An explicit code: the default would ask Postgres for a free one.
        options["instance"] = options.get("instance") or Poll(
            code="",
            kind=kind,
            max_choices=kinds.offered()[kind].default_picks,
            result_rule=RULES[0][0],
            is_listed=False,
        )
        super().__init__(*args, **options)
        self.fixed = fixed
        # Its own form, with the data of this one.
        typed_details = (options.get("initial") or {}).get("details", options["instance"].details)
        self.details = details.form_of(
            self.instance.kind, self.data if self.is_bound else None, fixed=fixed, initial=typed_details
        )
        self.keeps_choices = fixed or bool(self.given_choices)
        #: By field name the two readings of a time that occurs twice.
        self.asks: dict[str, list[str]] = {}
        self._settle_fields(right_is_shown=right_is_shown)

    def _settle_fields(self, *, right_is_shown: bool) -> None:
        """Leave out what the host has no say about, and keep what a program does not send."""
        most = max(20, self.instance.max_choices)
        self.fields["max_choices"].choices = [(number, _how_many(number)) for number in range(1, most + 1)]  # type: ignore[attr-defined]
        if not self.kind.has_right_answers or right_is_shown or (self.is_bound and "is_quiz" not in self.data):
            del self.fields["is_quiz"]
        for name in ("allows_changes", "who_may_vote", "is_listed", "may_be_checked", "closes_after", *LIMITS):
            if self.is_bound and name not in self.data:
                self.fields[name].disabled = True  # a program that does not send it does not change it
        settled = ("max_choices", "allows_changes", "opens_at") if self.fixed else ("max_choices",)
        if self.kind.takes_entries:
            # Each entry changes its author's vote.
            self.fields["allows_changes"].disabled = True
        if self.fixed:
            self.fields["who_may_vote"].disabled = True
        for name in settled if self.keeps_picks else ():
            self.fields[name].disabled = True
            self.fields[name].widget = self.fields[name].hidden_widget()

    @property
    def keeps_picks(self) -> bool:
        """Tell whether the host says nothing about how many choices may be picked."""
        return self.keeps_choices or self.kind.picks(1) is not None

    def limit_picks(self, choices: int) -> None:
        """Lower `max_choices` to the number of choices, or set it as the kind does.

        Needs a valid form; may be repeated.
        """
        name, picks = "max_choices", self.kind.picks(choices)
        if self.keeps_choices or (picks is None and choices < self.kind.rows.least):
            return  # a draft may get its choices later
        most = self.kind.most_picks(choices)
        self.cleaned_data[name] = min(self.cleaned_data[name], most) if picks is None else picks
        changed = {*self.changed_data} - {name}
        differs = self.cleaned_data[name] != self.initial.get(name)
        self.changed_data = [*changed, name] if differs else [*changed]

    @property
    def kind(self) -> kinds.Kind:
        """Return the kind of the poll."""
        return kinds.of(self.instance.kind, self.instance.max_choices, self.instance.details)

    @property
    def marks(self) -> dict[str, Any]:
        """Return what the form says of right answers, for its choices; what it can't say changes none."""
        says = {"True": True, "False": False}.get(self.data["is_quiz"]) if "is_quiz" in self.fields else None
        most = self.cleaned_data.get("max_choices") if self.is_valid() else None
        return {"is_quiz": says, "most_right": most or self.kind.rows.most}

    @property
    def given_choices(self) -> list[str]:
        """Return the texts of the choices that the kind of poll gives; none if the host writes them."""
        return [str(text) for text in self.kind.choices]

    @property
    def values(self) -> dict[str, Any]:
        """Return the valid values of the poll's fields."""
        found = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return {**found, "details": self.details.details}

    def changes(self) -> dict[str, Any]:
        """Return the values of the fields that were changed, by name. Needs a valid form."""
        names = {*self.changed_data, *(["details"] if self.details.has_changed() else [])}
        return {name: value for name, value in self.values.items() if name in names}

    def is_valid(self) -> bool:
        """Check the details, too."""
        return all([super().is_valid(), self.details.is_valid()])

    @property
    def rules(self) -> list[tuple[Any, Promise]]:
        """Return each rule's radio button with its hint."""
        return [(radio, hint) for radio, (_, _, hint) in zip(self["result_rule"], RULES, strict=True)]

    def clean(self) -> dict[str, Any]:
        """Settle times that occur twice or never, and refuse a closing time together with minutes."""
        cleaned = super().clean() or {}
        for name in ("opens_at", "closes_at"):
            if self.has_error(name, "ambiguous_timezone"):
                self._settle(name)
        closes_at = cleaned.get("closes_at")
        if not self.fixed and cleaned.get("closes_after") and closes_at and closes_at > timezone.now():
            self.add_error("closes_after", gettext("Give a time or minutes, not both."))
        return cleaned

    def _settle(self, name: str) -> None:
        """Keep an unchanged time; else take the chosen reading, or ask for it."""
        typed_ = parse_datetime(self.data[self.add_prefix(name)])
        if typed_ is None:
            return
        zone = timezone.get_current_timezone()
        both = [typed_.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        kept = self.initial.get(name)
        chosen = self.data.get(f"{name}_fold", "")
        if not all(is_real(when) for when in both):
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
        with timezone.override(zone_of(self.data.get("zone", "")) or timezone.get_default_timezone()):
            super().full_clean()

    def clean_zone(self) -> str:
        """Refuse an unknown time zone: guessing could be hours off."""
        name: str = self.cleaned_data["zone"]
        if name and zone_of(name) is None:
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


class QuickForm(forms.Form):
    """The question of a poll that is opened at once, and may be asked aloud."""

    question = LineField(required=False, max_length=300)
    code = CodeField()


def _how_many(number: int) -> str:
    return ngettext("one choice", "up to %(number)s choices", number) % {"number": number}


def typed(post: QueryDict) -> dict[str, Any]:
    """Return the typed values of a PollForm as `initial`, which shows no errors."""
    own = {name: post[name] for name in PollForm.base_fields if name in post}
    return {**own, "details": details.typed(post)}


class ShareForm(forms.Form):
    """The user to add as a host, of a poll or of an event (`shared`)."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}))
    shared: Poll | Event
    owns: Promise = gettext_lazy("%(name)s owns this poll.")

    def clean_username(self) -> str:
        """Refuse unknown users, the owner, and users who may not host. Sets `user`."""
        name: str = self.cleaned_data["username"]
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise ValidationError(gettext("There is no user %(name)s."), params={"name": name})
        if not people.may_host(user):
            raise ValidationError(gettext("%(name)s can't host polls."), params={"name": name})
        if user.pk == self.shared.owner_id:
            raise ValidationError(str(self.owns), params={"name": name})
        self.user = user
        return name

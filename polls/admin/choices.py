"""The choices of a poll in the admin, each with its picture."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from core.web.pictures import BadPictureError
from polls import kinds, pictures
from polls.lifecycle import edits, transitions
from polls.models import Choice, Poll


class ChoiceForm(forms.ModelForm):
    """A choice, and the file of its picture."""

    upload = forms.FileField(
        label=gettext_lazy("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    bare = forms.BooleanField(label=gettext_lazy("Without a picture"), required=False)

    class Meta:
        model = Choice
        fields = ("position", "text", "is_right")

    def clean_upload(self) -> str:
        """Return the name of the picture that was made of the file; empty without one."""
        file: UploadedFile[Any] | None = self.cleaned_data["upload"]
        if file is None:
            return ""
        try:
            return pictures.keep(file.read())
        except BadPictureError as error:
            raise ValidationError(str(error)) from error

    def save(self, commit: bool = True) -> Choice:
        """Save the choice with its picture."""
        name = self.cleaned_data["upload"]
        if name:
            pictures.claim([name])
            self.instance.picture_id = name
        elif self.cleaned_data["bare"]:
            self.instance.picture = None
        choice: Choice = super().save(commit)
        return choice


class ChoiceFormSet(forms.BaseInlineFormSet):
    """The choices of a poll."""

    instance: Poll

    def clean(self) -> None:
        """Refuse right answers in a poll that can't have so many."""
        super().clean()
        poll = self.instance
        right = sum(map(self._is_right, self.forms))
        if right and not kinds.of(poll.kind, poll.max_choices, poll.details).has_right_answers:
            raise ValidationError(gettext("This kind of poll has no right answer."))
        if right > poll.max_choices:
            raise ValidationError(edits.too_many_right(poll.max_choices))

    def _is_right(self, form: forms.ModelForm) -> bool:
        """Tell whether a choice is to be right; one that only shows it stays what it is."""
        said = getattr(form, "cleaned_data", {})
        return bool(said.get("is_right", form.instance.is_right) and not said.get("DELETE"))


class ChoiceInline(admin.StackedInline):
    """Choices come and go while no ballot can name them; after that only their texts and pictures change."""

    model = Choice
    form = ChoiceForm
    formset = ChoiceFormSet
    extra = 2
    readonly_fields = ("shown",)
    # In one line. A table's fields would have no names of their own.
    fields = (("position", "text", "is_right", "shown", "upload", "bare"),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the right answers of a final poll, which everybody has seen."""
        may_change = obj is None or not hasattr(obj, "tally") or transitions.right_may_change(obj.tally)
        return (*super().get_readonly_fields(request, obj), *(() if may_change else ("is_right",)))

    @admin.display(description=gettext_lazy("picture"))
    def shown(self, choice: Choice) -> str:
        """Draw the picture."""
        address = pictures.address(choice.picture_id)
        return format_html('<img class="picture" src="{}" alt="">', address) if address else "-"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where no ballot can name one."""
        return super().has_add_permission(request, obj) and _may_change_choices(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not where the kind makes them of statements: the points of all have to be the same."""
        return super().has_change_permission(request, obj) and (obj is None or not _are_points(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where no ballot can name one."""
        return super().has_delete_permission(request, obj) and _may_change_choices(obj)


def _are_points(poll: Poll) -> bool:
    return Choice.objects.filter(poll=poll).exclude(statement="").exists()


def _may_change_choices(poll: Poll | None) -> bool:
    if poll is None:
        return True
    are_given = bool(kinds.of(poll.kind, poll.max_choices, poll.details).choices) or _are_points(poll)
    return not are_given and (not hasattr(poll, "tally") or transitions.choices_may_change(poll.tally))

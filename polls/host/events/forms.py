"""The forms of an event."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from polls import people
from polls.host.fields import CodeField, LineField
from polls.models import Event

_TITLE: Any = {"max_length": 200, "error_messages": {"required": gettext_lazy("An event needs a title.")}}


class NewEventForm(forms.Form):
    """The title of a new event."""

    title = LineField(**_TITLE)
    code = CodeField()


class RulesForm(forms.Form):
    """Title and switches of an event."""

    title = LineField(**_TITLE)
    closes_last = forms.BooleanField(required=False)
    self_paced = forms.BooleanField(required=False)


class ShareForm(forms.Form):
    """The user to add as a host of an event."""

    username = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}))
    event: Event

    def clean_username(self) -> str:
        """Refuse unknown users, the owner, and users who may not host. Sets `user`."""
        name: str = self.cleaned_data["username"]
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise ValidationError(gettext("There is no user %(name)s."), params={"name": name})
        if not people.may_host(user):
            raise ValidationError(gettext("%(name)s can't host polls."), params={"name": name})
        if user.pk == self.event.owner_id:
            raise ValidationError(gettext("%(name)s owns this event."), params={"name": name})
        self.user = user
        return name

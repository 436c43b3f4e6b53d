"""The forms of an event."""

from typing import Any

from django.forms import BooleanField, Form
from django.utils.translation import gettext_lazy

from polls.host import forms
from polls.host.electorates import ElectorateField
from polls.host.fields import CodeField, LineField
from polls.models import Event

_TITLE: Any = {"max_length": 200, "error_messages": {"required": gettext_lazy("An event needs a title.")}}


class NewEventForm(Form):
    """The title of a new event."""

    title = LineField(**_TITLE)
    code = CodeField()


class RulesForm(Form):
    """Title and switches of an event."""

    title = LineField(**_TITLE)
    closes_last = BooleanField(required=False)
    self_paced = BooleanField(required=False)
    who_may_vote = ElectorateField(required=False)
    scores = BooleanField(required=False)


def rules_of(event: Event) -> dict[str, Any]:
    """Return title and switches of an event as they are."""
    return {name: getattr(event, name) for name in RulesForm.base_fields}


class ShareForm(forms.ShareForm):
    """The user to add as a host of an event."""

    owns = gettext_lazy("%(name)s owns this event.")

"""The choice of who may vote, as hosts read it, in polls and in events."""

from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from polls.models import WhoMayVote

#: Who may vote, as hosts read it: value, label, and what it protects from and what not.
ELECTORATES: Final[tuple[tuple[WhoMayVote, Promise, Promise], ...]] = (
    (
        WhoMayVote.ANYONE,
        gettext_lazy("Anyone, once per browser"),
        gettext_lazy("Stops double clicks and mistakes, not a person with two browsers or a program"),
    ),
    (
        WhoMayVote.CODES,
        gettext_lazy("People with a voting code"),
        gettext_lazy("One ballot a code, on any device; whoever gets hold of a card can vote with it"),
    ),
    (
        WhoMayVote.ACCOUNTS,
        gettext_lazy("People with an account here"),
        gettext_lazy("One ballot an account; with database and secret key its ballot could be found"),
    ),
)


class ElectorateField(forms.ChoiceField):
    """The choice of who may vote."""

    widget = forms.RadioSelect

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[(rule, label) for rule, label, _ in ELECTORATES], **options)


def hint(rule: str) -> str:
    """Return what a choice protects from, and what not."""
    return next((str(text) for value, _, text in ELECTORATES if value == rule), "")


def label(rule: str) -> str:
    """Return a choice in words."""
    return next((str(text) for value, text, _ in ELECTORATES if value == rule), "")

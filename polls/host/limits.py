"""The limits of a poll in its editor, and what they protect from, in words."""

from typing import Final

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy, ngettext

from polls.models import MOST_VOTERS, Poll

#: The fields of a poll that are limits.
LIMITS: Final = ("voters_per_minute", "slow_down_after")


class NumberOfVotersField(forms.IntegerField):
    """A number of voters; empty for no limit."""

    def __init__(self) -> None:
        refusal = format_lazy(gettext_lazy("How many voters? A whole number from 1 to {most}."), most=MOST_VOTERS)
        super().__init__(
            required=False,
            min_value=1,
            max_value=MOST_VOTERS,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), refusal),
        )


class LimitFields(forms.Form):
    """The fields of the limits."""

    voters_per_minute = NumberOfVotersField()
    slow_down_after = NumberOfVotersField()

    @property
    def has_limits(self) -> bool:
        """Tell whether one is filled in."""
        return any(self[name].value() for name in LIMITS)


def said(poll: Poll) -> list[str]:
    """Return a sentence for each limit that holds: what it is, what it protects from, and what it does not."""
    if poll.tally.electorate:
        has_some = any(getattr(poll, name) is not None for name in LIMITS)
        return [gettext("They hold nobody back here, where each vote needs a code or an account.")] * has_some
    sentences = []
    if (most := poll.voters_per_minute) is not None:
        sentences.append(
            ngettext(
                "At most {number} new voter a minute from one network: this keeps one person with many browsers from"
                " flooding the poll at once, and does not stop one who is patient or has many networks.",
                "At most {number} new voters a minute from one network: this keeps one person with many browsers from"
                " flooding the poll at once, and does not stop one who is patient or has many networks.",
                most,
            ).format(number=most)
        )
    if (most := poll.slow_down_after) is not None:
        sentences.append(
            ngettext(
                "After {number} voter from one network within an hour, browsers there work for a few seconds before a"
                " new vote: this makes many votes costly for a script, and does not stop one on a strong computer.",
                "After {number} voters from one network within an hour, browsers there work for a few seconds before a"
                " new vote: this makes many votes costly for a script, and does not stop one on a strong computer.",
                most,
            ).format(number=most)
        )
    return sentences

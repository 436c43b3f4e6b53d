"""The description of a poll that programs show beside a link to it."""

from django import template
from django.utils.text import Truncator
from django.utils.translation import gettext

from polls.box.definition import Definition
from polls.models import State

register = template.Library()

#: The characters of a description that programs show.
_SHOWN = 160


@register.filter
def invitation(poll: Definition) -> str:
    """Return what can be done with the poll now, and its choices."""
    said = {
        State.SCHEDULED: gettext("Voting has not begun. Choices: {choices}"),
        State.OPEN: gettext("Vote on your phone. Choices: {choices}"),
    }.get(State(poll.state), gettext("Voting is closed. Choices: {choices}"))
    return Truncator(said.format(choices=", ".join(choice.text for choice in poll.choices))).chars(_SHOWN)

"""The words about a poll that programs show beside a link to it."""

from django import template
from django.utils.text import Truncator
from django.utils.translation import gettext

from polls.box.definition import Definition
from polls.models import State

register = template.Library()

#: Characters that programs show of a description.
_SHOWN = 160


@register.filter
def invitation(poll: Definition) -> str:
    """Say what can be done with a poll now, and what there is to choose from."""
    said = {
        State.SCHEDULED: gettext("Voting has not begun. Choices: {choices}"),
        State.OPEN: gettext("Vote on your phone. Choices: {choices}"),
    }.get(State(poll.state), gettext("Voting is closed. Choices: {choices}"))
    return Truncator(said.format(choices=", ".join(choice.text for choice in poll.choices))).chars(_SHOWN)

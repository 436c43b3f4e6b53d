"""Tags of the host pages: a poll's share strip, which static/host.js redraws, and the rows of the editor."""

from dataclasses import dataclass
from typing import Final

from django import template
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.web import texts
from core.web.texts import whole_number
from polls.box.definition import Option
from polls.host import electorates, history
from polls.models import Poll, ResultRule
from polls.results.snapshots import Seen, ShownChoice

register = template.Library()


#: Result rules in words: when everybody sees the result.
WHO_SEES: Final = {
    ResultRule.ALWAYS: _("everyone sees the result all the time"),
    ResultRule.AFTER_VOTE: _("voters see the result after they have voted"),
    ResultRule.AFTER_CLOSE: _("everyone sees the result after closing"),
    ResultRule.STAFF: _("only hosts see the result"),
}


@dataclass(frozen=True)
class Part:
    """The part of a choice in the strip, in per cent of the width."""

    id: int
    palette: int
    x: str
    width: str


@dataclass(frozen=True)
class Strip:
    """The parts, none without votes, and the same in words."""

    parts: list[Part]
    is_empty: bool
    words: str


@register.simple_tag
def strip(snapshot: Seen | None) -> Strip:
    """Return the share strip of a snapshot with totals: the shares of all votes."""
    choices = snapshot["choices"] if snapshot else []
    total = sum(choice["votes"] or 0 for choice in choices)
    parts, before = [], 0
    for index, choice in enumerate(choices):
        votes = choice["votes"] or 0
        x, width = (100 * count / max(total, 1) for count in (before, votes))
        parts.append(Part(choice["id"], index % 10, f"{x:.3f}%", f"{width:.3f}%"))
        before += votes
    words = ", ".join(f"{choice['text']} {_share(choice)}" for choice in choices)
    return Strip(parts, not total, words if total else gettext("no votes yet"))


def _share(choice: ShownChoice) -> str:
    share = choice["percent"]
    return texts.spaced(choice["votes"] or 0) if share is None else texts.percent(share)


@register.filter
def option(index: int) -> Option:
    """Return the letter and the palette of a choice at this place."""
    return Option(0, "", index)


@register.filter
def who_sees(rule: str) -> str:
    """Return a result rule in words."""
    return str(WHO_SEES[ResultRule(rule)])


@register.filter
def electorate_label(rule: str) -> str:
    """Return who may vote, as hosts choose it."""
    return electorates.label(rule)


@register.filter
def electorate_hint(rule: str) -> str:
    """Return what this choice protects from, and what not."""
    return electorates.hint(rule)


@register.filter
def host_names(poll: Poll) -> str:
    """Return who hosts a poll: its owner first."""
    owner = poll.owner.get_username() if poll.owner else "\N{EN DASH}"
    return ", ".join([owner, *(user.get_username() for user in poll.hosts.all())])


@register.filter
def noted(entry: LogEntry) -> str:
    """Return an entry of the history in words."""
    return history.words(entry)


@register.simple_tag
def place(index: int, action: str, *, is_last: bool) -> bool:
    """Tell whether the row at this place gets the focus after `action` (`up-2`, `add`) changed the form."""
    name, _, at = action.partition("-")
    if name == "add":
        return is_last
    number = whole_number(at)
    return number is not None and index == number + {"up": -1, "down": 1}.get(name, 0)

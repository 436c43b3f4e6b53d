"""Tags of the vote page: what fills it, and what each choice says of the voter's last vote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any, Final

from django import template
from django.utils.formats import get_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from polls.box.definition import Definition, Option
from polls.kinds.estimate import EstimateDetails
from polls.models import State
from polls.results.snapshots import Seen, hides
from polls.voting.errors import NotWrittenError
from polls.voting.receipts import VoteStatus

register = template.Library()

#: Letters of the longest name that "Change to ..." has room for; of a longer one it says the letter.
SHORT: Final = 14
#: What becomes of a vote that is not counted yet.
ON_ITS_WAY: Final = {
    "sending": _("<b>Sending</b>"),
    "waiting": _("<b>Received</b>, still waiting"),
    "paused": _("<b>Received</b>, counting is paused"),
    "received": _("<b>Received</b>, not yet counted"),
    "crowded": _("<b>Kept</b>, sent again soon"),
    "slowed": _("<b>Checking</b> your browser"),
}


#: The poster's word where nothing was chosen.
UNCHOSEN: Final = {
    "scheduled": pgettext_lazy("as large as a poster", "Soon"),
    "sealing": pgettext_lazy("as large as a poster", "Closed"),
    "final": pgettext_lazy("as large as a poster", "Closed"),
}


@dataclass(frozen=True)
class Standing:
    """The state on the vote page: `kind` names the words ("" means the ballot itself), `word` is as large as a poster.

    `palette` is the number of the one chosen choice's colour, None for none or several.
    """

    kind: str
    word: str
    palette: int | None
    has_chosen: bool


@dataclass(frozen=True)
class Statement:
    """A statement of a scale with its points, and the id of the one that was picked; None if it was left out."""

    text: str
    letter: str
    palette: int
    points: Sequence[Option]
    picked: int | None


@register.simple_tag
def statements(poll: Definition, mine: VoteStatus | None, tried: Sequence[int]) -> list[Statement]:
    """Return the statements of a scale; `mine` and `tried` are as for `standing`."""
    ids = tried or (mine.selections if mine else [])
    found = []
    for text, group in groupby(poll.choices, key=lambda choice: choice.statement):
        points = list(group)
        picked = next((point.id for point in points if point.id in ids), None)
        letter = Option(0, "", points[0].index).letter
        found.append(Statement(text, letter, points[0].palette, points, picked))
    return found


@register.filter
def as_typed(details: EstimateDetails, mine: VoteStatus | None) -> str:
    """Return the voter's last estimate as it would be typed; empty before it."""
    if mine is None or not mine.selections:
        return ""
    return number_format(details.value(mine.selections[0]), details.places, use_l10n=True)


@register.simple_tag
def decimal_sign() -> str:
    """Return the decimal sign of the reader's language."""
    return str(get_format("DECIMAL_SEPARATOR"))


@register.simple_tag
def blank_entry() -> Option:
    """Return an entry that static/entries.js fills in."""
    return Option(0, "", 0)


@register.simple_tag
def own_waiting(poll: Definition, mine: VoteStatus | None) -> int:
    """Return how many of the entries that the voter has picked wait for approval: the voter's own."""
    return len(set(poll.waiting).intersection(mine.selections)) if mine else 0


@register.simple_tag
def not_drawn(poll: Definition, mine: VoteStatus | None) -> list[int]:
    """Return the ids of picked entries that the page does not show. They stay picked."""
    shown = {choice.id for choice in poll.choices}
    return [choice_id for choice_id in mine.selections if choice_id not in shown] if mine else []


@register.filter
def unchosen(kind: str) -> str:
    """The poster's word where nothing was chosen."""
    return str(UNCHOSEN.get(kind, ""))


@register.simple_tag
def standing(
    poll: Definition, mine: VoteStatus | None, error: Mapping[str, Any] | None, tried: Sequence[int]
) -> Standing:
    """Return what the vote page shows in the place of its ballot, if anything.

    `mine` is the voter's last accepted vote, `error` the refusal of the one just tried, `tried` what that one named.
    """
    ids = tried or (mine.selections if mine else [])
    kind = _kind(poll.state, error)
    if word := poll.kind.word(ids):
        return Standing(kind, word, None, has_chosen=True)
    by_id = {choice.id: choice for choice in poll.choices}
    chosen = [by_id[choice_id] for choice_id in ids if choice_id in by_id]
    if len(chosen) == 1:
        return Standing(kind, chosen[0].text, chosen[0].palette, has_chosen=True)
    word = " ".join(choice.letter for choice in chosen) or unchosen(kind)
    return Standing(kind, word, None, has_chosen=bool(chosen))


@register.simple_tag
def view(standing: Standing, poll: Definition) -> str:
    """Name what fills the page: the `ballot`, a `state` as large as a poster, or the `outcome` in the ballot's rows."""
    if not standing.kind:
        return "ballot"
    return "outcome" if poll.layout != "two" and standing.kind == State.FINAL else "state"


@register.simple_tag
def stands(poll: Definition, mine: VoteStatus | None) -> bool:
    """Tell whether the vote on the page is there to stay."""
    return mine is not None and not poll.allows_changes


@register.simple_tag
def verdict(mine: VoteStatus | None, snapshot: Seen | None) -> str:
    """Tell whether the voter's ballot in a final quiz is `right` or `wrong`; empty if there is nothing to tell."""
    if mine is None or snapshot is None or "quiz" not in snapshot or mine.status != "counted" or not mine.selections:
        return ""
    return "right" if set(mine.selections) == set(snapshot["quiz"]["right"]) else "wrong"


@register.simple_tag
def shares(mine: VoteStatus | None, snapshot: Seen | None) -> dict[int, int]:
    """The per cents of the choices, by id, where the ballot shows them: to who has voted and of a final poll."""
    if snapshot is None or hides(snapshot) or (mine is None and snapshot["poll"]["state"] != State.FINAL):
        return {}
    return {choice["id"]: share for choice in snapshot["choices"] if (share := choice["percent"]) is not None}


@register.filter
def of(shares: Mapping[int, int], choice_id: int) -> SafeString | str:
    """Draw a choice's share, as static/vote.js does too; nothing where there is none to show."""
    return format_html("{}<small>%</small>", shares[choice_id]) if choice_id in shares else ""


@register.filter
def length_of(shares: Mapping[int, int], choice_id: int) -> str:
    """The length of one choice's bar in its row; nothing where there is no share to show."""
    return f"{shares[choice_id]}%" if choice_id in shares else ""


@register.filter
def taken(choice_id: int, mine: VoteStatus | None) -> str:
    """Return the class of a half once there is a vote: `picked`, or `other`."""
    if mine is None:
        return ""
    return "picked" if choice_id in mine.selections else "other"


@register.filter
def short_name(choice: Option) -> str:
    """Return the choice's name, or its letter where the name is long."""
    return choice.text if len(choice.text) <= SHORT else choice.letter


@register.filter
def on_its_way(status: str) -> SafeString:
    """Return a vote's status in words, until it is counted."""
    return mark_safe(str(ON_ITS_WAY.get(status, ON_ITS_WAY["received"])))  # noqa: S308 - our own words


def _kind(state: str, error: Mapping[str, Any] | None) -> str:
    code, status = (error["code"], error["status"]) if error else (0, "")
    if code == HTTPStatus.SERVICE_UNAVAILABLE and status != NotWrittenError.status:
        return "unknown" if status == "unknown" else "not_recorded"
    if code == HTTPStatus.GONE:
        return "lost"
    if status == "closed":
        return "closed"
    return "" if state == State.OPEN else state

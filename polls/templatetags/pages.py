"""Tags of the pages of a poll, before any script runs: words, sizes of words, what the vote page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.web import texts
from polls.box.definition import Definition
from polls.models import State
from polls.results import chart
from polls.results.snapshots import Seen, hides
from polls.voting.receipts import VoteStatus

register = template.Library()

#: What a closing poll waits for. static/snapshot.js chooses likewise.
WAITS: Final = {
    "some": _("The last ones are still being counted."),
    "none": _("Every vote is counted; the result is about to be final."),
    "one": _("1 vote is still to be counted."),
    "many": _("{votes} votes are still to be counted."),
    "unknown": _(
        "Votes may still be waiting in the ballot box, which does not answer. They are counted as soon as it does."
    ),
}
#: The poster's word where nothing was chosen.
UNCHOSEN: Final = {
    "scheduled": pgettext_lazy("as large as a poster", "Soon"),
    "sealing": pgettext_lazy("as large as a poster", "Closed"),
    "final": pgettext_lazy("as large as a poster", "Closed"),
}
#: The greatest number of letters, the longest word and the class of each size that a name may be set in.
SIZES: Final = ((4, 4, "size-1"), (6, 6, "size-2"), (14, 9, "size-3"), (48, 14, "size-4"), (100, 22, "size-5"))


@dataclass(frozen=True)
class Standing:
    """The state on the vote page: `kind` names the words ("" means the ballot itself), `word` is as large as a poster.

    `palette` is the number of the one chosen choice's colour, None for none or several.
    """

    kind: str
    word: str
    palette: int | None
    has_chosen: bool


# Words ---------------------------------------------------------------------------------------------------------------


@register.filter
def words(text: str) -> list[str]:
    """A list out of words, for loops in templates."""
    return text.split()


register.filter(texts.spaced)
register.filter(texts.percent)


@register.filter
def digits(number: int) -> int:
    """How many digits a number has, ten at most: what decides how large it can be set."""
    return min(len(str(number)), 10)


@register.filter
def host(origin: str) -> str:
    """`votes.example` of `https://votes.example`: what people type."""
    return origin.partition("://")[2]


register.filter(texts.isolated)


@register.filter
def moment(snapshot: Seen | None) -> datetime:
    """When a snapshot was sent, for Django's `date`; now, without one."""
    return datetime.fromisoformat(snapshot["sent_at"]).astimezone(UTC) if snapshot else datetime.now(UTC)


@register.filter
def poster(text: str) -> str:
    """The class that sets a name's size, by how much room its letters and its longest word need."""
    letters, word = len(text), max(map(len, text.split()), default=0)
    return next((size for most, longest, size in SIZES if letters <= most and word <= longest), "size-6")


@register.filter
def unchosen(kind: str) -> str:
    """The poster's word where nothing was chosen."""
    return str(UNCHOSEN.get(kind, ""))


@register.filter
def numbers(snapshot: Seen | None) -> str:
    """`Cats 54%, Dogs 46%.` where there are few choices and they are shown."""
    choices = snapshot["choices"] if snapshot else []
    if snapshot is None or not 0 < len(choices) <= chart.NAMES_IN_A_TIE or hides(snapshot):
        return ""
    shares = (f"{texts.isolated(choice['text'])} {texts.percent(choice['percent'] or 0)}" for choice in choices)
    return f"{', '.join(shares)}."


# The vote page -------------------------------------------------------------------------------------------------------


@register.simple_tag
def standing(
    poll: Definition, mine: VoteStatus | None, error: Mapping[str, Any] | None, tried: Sequence[int]
) -> Standing:
    """Return what the vote page shows in the place of its ballot, if anything.

    `mine` is the voter's last accepted vote, `error` the refusal of the one just tried, `tried` what that one named.
    """
    ids = tried or (mine.selections if mine else [])
    chosen = [choice for choice in poll.choices if choice.id in ids]
    kind = _kind(poll.state, error)
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
def shares(mine: VoteStatus | None, snapshot: Seen | None) -> dict[int, int]:
    """The per cents of the choices, by id, where the ballot shows them: to who has voted and of a final poll."""
    if snapshot is None or hides(snapshot) or (mine is None and snapshot["poll"]["state"] != State.FINAL):
        return {}
    return {choice["id"]: choice["percent"] or 0 for choice in snapshot["choices"]}


@register.filter
def of(shares: Mapping[int, int], choice_id: int) -> SafeString | str:
    """Draw a choice's share, as static/vote.js does too; nothing where there is none to show."""
    return format_html("{}<small>%</small>", shares[choice_id]) if choice_id in shares else ""


@register.filter
def length_of(shares: Mapping[int, int], choice_id: int) -> str:
    """The length of one choice's bar in its row; nothing where there is no share to show."""
    return f"{shares[choice_id]}%" if choice_id in shares else ""


def _kind(state: str, error: Mapping[str, Any] | None) -> str:
    code, status = (error["code"], error["status"]) if error else (0, "")
    if code == HTTPStatus.SERVICE_UNAVAILABLE:
        return "unknown" if status == "unknown" else "not_recorded"
    if code == HTTPStatus.GONE:
        return "lost"
    if status == "closed":
        return "closed"
    return "" if state == State.OPEN else state


# Results -------------------------------------------------------------------------------------------------------------

register.simple_tag(chart.of, name="chart")
register.simple_tag(chart.winner)
register.simple_tag(chart.sentences)
register.filter(chart.in_order)


@register.inclusion_tag("polls/_waiting.html")
def waits(snapshot: Seen | None) -> dict[str, Any]:
    """Return what a closing poll waits for, with all the words for the script that goes on from there."""
    # A snapshot from before the close says nothing of it.
    votes: int | str | None = snapshot.get("waiting", "") if snapshot else ""
    kind = {"": "some", None: "unknown", 0: "none", 1: "one"}.get(votes, "many")
    return {"text": str(WAITS[kind]).format(votes=texts.spaced(int(votes or 0))), "words": WAITS}

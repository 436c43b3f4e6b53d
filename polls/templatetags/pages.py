"""Tags of the pages of a poll, before any script runs: words, sizes of words, what is on its way."""

from datetime import UTC, datetime
from typing import Any, Final

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.web import texts
from polls.models import State
from polls.results import chart, estimates, ratings
from polls.results.snapshots import Seen, hides

register = template.Library()

#: Texts about the votes that a closing poll waits for. static/snapshot.js chooses in the same way.
WAITS: Final = {
    "some": _("The last ones are still being counted."),
    "none": _("Every vote is counted; the result is about to be final."),
    "one": _("1 vote is still to be counted."),
    "many": _("{votes} votes are still to be counted."),
    "unknown": _(
        "Votes may still be waiting in the ballot box, which does not answer. They are counted as soon as it does."
    ),
}
#: The sizes of names: most letters, longest word, class.
SIZES: Final = ((4, 4, "size-1"), (6, 6, "size-2"), (14, 9, "size-3"), (48, 14, "size-4"), (100, 22, "size-5"))


# Words ---------------------------------------------------------------------------------------------------------------


@register.filter
def words(text: str) -> list[str]:
    """Split a text into a list, for loops in templates."""
    return text.split()


register.filter(texts.spaced)
register.filter(texts.percent)


@register.filter
def digits(number: int) -> int:
    """Return the number of digits, at most ten: the size of the number depends on it."""
    return min(len(str(number)), 10)


@register.filter
def host(origin: str) -> str:
    """Return `votes.example` of `https://votes.example`."""
    return origin.partition("://")[2]


register.filter(texts.isolated)


@register.filter
def moment(snapshot: Seen | None) -> datetime:
    """Return the time of a snapshot, for Django's `date`; without one the present time."""
    return datetime.fromisoformat(snapshot["sent_at"]).astimezone(UTC) if snapshot else datetime.now(UTC)


@register.filter
def poster(text: str) -> str:
    """Return the class for the size of a name, by its letters and its longest word."""
    letters, word = len(text), max(map(len, text.split()), default=0)
    return next((size for most, longest, size in SIZES if letters <= most and word <= longest), "size-6")


@register.filter
def share(percent: int | None) -> str:
    """Return a share as 67%; a dash for a choice without one, and where it is hidden."""
    return "\N{EN DASH}" if percent is None else texts.percent(percent)


@register.filter
def numbers(snapshot: Seen | None) -> str:
    """Return `Cats 54%, Dogs 46%.`; empty for many choices, hidden votes, and where rounds decide."""
    choices = snapshot["choices"] if snapshot else []
    if snapshot is None or not 0 < len(choices) <= chart.NAMES_IN_A_TIE or hides(snapshot):
        return ""
    if "last" in snapshot.get("result", {}):
        return ""
    shares = (
        f"{texts.isolated(choice['text'])} {texts.percent(share)}"
        for choice in choices
        if (share := choice["percent"]) is not None
    )
    return f"{', '.join(shares)}."


# Results -------------------------------------------------------------------------------------------------------------

register.simple_tag(chart.of, name="chart")
register.simple_tag(chart.winner)
register.simple_tag(ratings.of, name="ratings")
register.simple_tag(estimates.of, name="estimates")
register.filter(ratings.rated)
register.filter(ratings.mean)
register.filter(ratings.median)
register.simple_tag(chart.sentences)
register.filter(chart.answered)
register.filter(chart.in_order)


@register.inclusion_tag("polls/_waiting.html")
def waits(snapshot: Seen | None) -> dict[str, Any]:
    """Return the text about the waiting votes of a closing poll, and all texts for the script."""
    # A snapshot from before the close does not have it.
    votes: int | str | None = snapshot.get("waiting", "") if snapshot else ""
    kind = {"": "some", None: "unknown", 0: "none", 1: "one"}.get(votes, "many")
    return {"text": str(WAITS[kind]).format(votes=texts.spaced(int(votes or 0))), "words": WAITS}


@register.filter
def coming(snapshot: Seen | None) -> str:
    """Say, after a comma, how many votes of an open poll are not counted yet; static/results.js goes on from there."""
    votes = snapshot.get("waiting") if snapshot and snapshot["poll"]["state"] == State.OPEN else None
    if not votes:
        return ""
    text = gettext("1 vote on its way") if votes == 1 else gettext("{votes} votes on their way")
    return f", {text.format(votes=texts.spaced(votes))}"

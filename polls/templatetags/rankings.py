"""Tags of polls in which choices are ranked: the ballot, and the rounds of the instant runoff."""

from collections.abc import Sequence

from django import template
from django.template import Context

from polls.box.definition import Definition, Option
from polls.results import flow
from polls.results.snapshots import Seen
from polls.voting.receipts import VoteStatus

register = template.Library()


@register.simple_tag
def ranked(poll: Definition, mine: VoteStatus | None, tried: Sequence[int]) -> list[tuple[Option, int | None]]:
    """Return the choices with their places: those of the vote just tried, else of the last one, then the others."""
    ids = tried or (mine.selections if mine else ())
    places = {choice_id: place for place, choice_id in enumerate(ids, 1)}
    shown = [(choice, places.get(choice.id)) for choice in poll.choices]
    return sorted(shown, key=lambda each: each[1] or len(shown) + 1)


@register.simple_tag(takes_context=True)
def place_typed(context: Context, choice: Option, place: int | None) -> str:
    """Return what stands in the field of a choice: what was just sent, else its place."""
    sent: str | None = context["request"].POST.get(f"place-{choice.id}")
    return str(place or "") if sent is None else sent


@register.filter
def numbers_to(most: int) -> range:
    """Return 1, 2 ... for the places."""
    return range(1, most + 1)


@register.simple_tag
def rounds(snapshot: Seen | None) -> flow.Flow:
    """Return the picture of the rounds."""
    return flow.of(snapshot)


@register.simple_tag
def rounds_in_words(snapshot: Seen | None) -> list[str]:
    """Return a line for each round."""
    return flow.lines(snapshot)


@register.simple_tag
def table_of_points(poll: Definition, snapshot: Seen | None) -> list[flow.Points]:
    """Return the first choices and the Borda points of each choice."""
    return flow.points(snapshot, poll.choices)


@register.filter
def cut_to(text: str, most: int) -> str:
    """Return a name with so many letters at most, as static/runoff.js does."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


@register.filter
def length(number: float) -> str:
    """Return a length in per cent, as static/runoff.js does."""
    return f"{flow.rounded(number)}%"

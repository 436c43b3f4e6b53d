"""What the pages say of a snapshot before any script runs: bars, sentences, sizes of words.

Pure functions over snapshots. static/results.js says the same of the snapshots that come later, in the words of
SENTENCES, which the page hands it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Protocol

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

Snapshot = dict[str, Any]

#: What a result page says in one line; {names} is set in bold.
SENTENCES: Final = {
    "none": "No votes yet.",
    "nobody": "Nobody voted.",
    "leads": "{names} in the lead with {votes} of {voters} votes.",
    "leads_alone": "{names} in the lead with the only vote.",
    "leads_picked": "{names} in the lead, picked by {votes} of {voters} voters.",
    "tie": "{names} tie with {votes} votes each.",
    "tie_one": "{names} tie with 1 vote each.",
    "tie_many": "{count} choices tie with {votes} votes each.",
    "won": "{names} won with {votes} of {voters} votes.",
    "won_alone": "{names} won with the only vote.",
    "won_picked": "{names} won, picked by {votes} of {voters} voters.",
    "after_vote": "The result is shown to those who have voted.",
    "after_close": "The result is shown when the poll has closed.",
    "staff": "The result is shown to the hosts only.",
    "and": " and ",
    "by_leads": "leads by {lead}",
    "by_won": "won by {lead}",
    "by_tie": "tied",
}
#: More names than these don't fit a sentence.
NAMES_IN_A_TIE: Final = 3
#: How many colours and textures there are.
PALETTE: Final = 10


class ChoiceLike(Protocol):
    """What is read of a choice."""

    @property
    def id(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def letter(self) -> str: ...
    @property
    def palette(self) -> int: ...


class PollLike(Protocol):
    """What is read of a poll's definition."""

    @property
    def choices(self) -> Sequence[ChoiceLike]: ...
    @property
    def state(self) -> str: ...
    @property
    def max_choices(self) -> int: ...
    @property
    def result_rule(self) -> str: ...


@dataclass(frozen=True)
class Standing:
    """What the vote page says: `kind` names the words ("" means the ballot itself), `word` is as large as a poster.

    `index` is the palette's number of the one chosen choice, None for none or several.
    """

    kind: str
    word: str
    index: int | None


@dataclass(frozen=True)
class Row:
    """A choice in the chart."""

    id: int
    index: int
    letter: str
    text: str
    votes: int | None
    percent: int | None
    bar: str
    leads: bool
    note: str


@dataclass(frozen=True)
class Chart:
    """A snapshot, ready to be drawn. `ticks` are (place in per cent of the width, label)."""

    rows: Sequence[Row]
    ticks: Sequence[tuple[str, int]]
    sentence: SafeString
    hidden: bool


@register.filter
def letter(index: int) -> str:
    """A, B ... Z, AA, AB ..."""
    head, last = divmod(index, 26)
    return (letter(head - 1) if head else "") + chr(ord("A") + last)


@register.filter
def spaced(number: int) -> str:
    """12345 as 12 345, with narrow spaces that don't break."""
    return f"{number:,}".replace(",", "\u202f")


@register.filter
def digits(number: int) -> int:
    """How many digits a number has, ten at most: what decides how large it can be set."""
    return min(len(str(number)), 10)


@register.filter
def host(origin: str) -> str:
    """`votes.example` of `https://votes.example`: what people type."""
    return origin.partition("://")[2]


@register.filter
def words(text: str) -> list[str]:
    """A list out of words, for loops in templates."""
    return text.split()


@register.filter
def numbers(snapshot: Snapshot | None) -> str:
    """`Cats 54 %, Dogs 46 %.` where there are few choices and they are shown."""
    choices = snapshot["choices"] if snapshot else []
    if not 0 < len(choices) <= NAMES_IN_A_TIE or any(choice["percent"] is None for choice in choices):
        return ""
    return ", ".join(f"{choice['text']} {choice['percent']} %" for choice in choices) + "."


@register.filter
def moment(value: str) -> datetime | None:
    """The `sent_at` of a snapshot as a time that Django's `date` filter takes."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError):
        return None


@register.filter
def poster(text: str) -> str:
    """The class that sets a name's size, by how much room its letters and its longest word need."""
    letters, word = len(text), max(map(len, text.split()), default=0)
    limits = ((4, 4, "size-1"), (6, 6, "size-2"), (14, 9, "size-3"), (48, 14, "size-4"), (100, 22, "size-5"))
    return next((size for most, longest, size in limits if letters <= most and word <= longest), "size-6")


@register.simple_tag
def standing(poll: PollLike, mine: Any, error: dict[str, Any] | None, tried: Sequence[int] | None) -> Standing:
    """What the vote page shows in the place of its ballot, if anything.

    `mine` is the voter's last accepted vote, `error` the refusal of the one just tried, `tried` what that one named.
    """
    ids = list(tried or []) if error and tried else list(mine.selections if mine else [])
    chosen = [choice for choice in poll.choices if choice.id in ids]
    word = chosen[0].text if len(chosen) == 1 else " ".join(choice.letter for choice in chosen)
    return Standing(_standing_kind(poll.state, error), word, chosen[0].palette if len(chosen) == 1 else None)


def _standing_kind(state: str, error: dict[str, Any] | None) -> str:
    code, status = (error["code"], error["status"]) if error else (0, "")
    if code == HTTPStatus.SERVICE_UNAVAILABLE:
        return "unknown" if status == "unknown" else "not_recorded"
    if code == HTTPStatus.GONE:
        return "lost"
    if state == "open":
        return "closed" if status == "closed" else ""
    return state


@register.simple_tag
def chart(poll: PollLike, snapshot: Snapshot) -> Chart:
    """Bars from 0 to the next full ten over the leader, notes and the sentence."""
    choices, voters = snapshot["choices"], snapshot["voters"]
    hidden = any(choice["votes"] is None for choice in choices)
    votes = [choice["votes"] or 0 for choice in choices]
    top = min(100, int(10 * max(votes, default=0) / max(voters, 1)) * 10 + 10)
    leaders = _leaders(votes)
    rows = [
        Row(
            id=choice["id"],
            index=index % PALETTE,
            letter=letter(index),
            text=choice["text"],
            votes=choice["votes"],
            percent=choice["percent"],
            bar=f"{100 * votes[index] / max(voters, 1) / top * 100:.2f}%",
            leads=index in leaders,
            note=_note(votes, index, leaders, snapshot["poll"]["state"]),
        )
        for index, choice in enumerate(choices)
    ]
    ticks = [(f"{100 * tick / top:.2f}%", tick) for tick in range(0, top + 1, 10)]
    return Chart(rows, ticks, _sentence(poll, snapshot, leaders, hidden=hidden), hidden)


@register.simple_tag
def winner(snapshot: Snapshot | None) -> SafeString | str:
    """The winner of a closed poll in a few words, or nothing where the votes are hidden."""
    if not snapshot or any(choice["votes"] is None for choice in snapshot["choices"]):
        return ""
    leaders = [snapshot["choices"][index] for index in _leaders([c["votes"] for c in snapshot["choices"]])]
    if not leaders:
        return "no votes"
    if len(leaders) > NAMES_IN_A_TIE:
        return format_html("<b>{} tied</b> {} % each", len(leaders), leaders[0]["percent"])
    names = _names([choice["text"] for choice in leaders], bold=False)
    if len(leaders) == 1:
        return format_html("<b>{}</b> {} %", names, leaders[0]["percent"])
    return format_html("<b>{} tied</b> {} % each", names, leaders[0]["percent"])


@register.simple_tag
def sentences() -> dict[str, str]:
    """SENTENCES, for `json_script`."""
    return SENTENCES


def _leaders(votes: Sequence[int]) -> list[int]:
    most = max(votes, default=0)
    return [index for index, number in enumerate(votes) if number == most] if most else []


def _note(votes: Sequence[int], index: int, leaders: Sequence[int], state: str) -> str:
    if index not in leaders or len(votes) == 1:
        return ""
    if len(leaders) > 1:
        return SENTENCES["by_tie"]
    lead = votes[index] - sorted(votes)[-2]
    return SENTENCES["by_won" if state == "final" else "by_leads"].format(lead=spaced(lead))


def _sentence(poll: PollLike, snapshot: Snapshot, leaders: Sequence[int], *, hidden: bool) -> SafeString:
    final, voters = snapshot["poll"]["state"] == "final", snapshot["voters"]
    if hidden:
        return conditional_escape(SENTENCES.get(poll.result_rule, SENTENCES["after_close"]))
    if not leaders:
        return conditional_escape(SENTENCES["nobody" if final else "none"])
    votes = snapshot["choices"][leaders[0]]["votes"]
    if len(leaders) == 1:
        key = ("won" if final else "leads") + _kind(poll, voters)
    elif len(leaders) > NAMES_IN_A_TIE:
        key = "tie_many"
    else:
        key = "tie_one" if votes == 1 else "tie"
    return format_html(
        SENTENCES[key],
        names=_names([snapshot["choices"][index]["text"] for index in leaders[:NAMES_IN_A_TIE]], bold=True),
        votes=spaced(votes),
        voters=spaced(voters),
        count=len(leaders),
    )


def _kind(poll: PollLike, voters: int) -> str:
    if voters == 1:
        return "_alone"
    return "_picked" if poll.max_choices > 1 else ""


def _names(names: Sequence[str], *, bold: bool) -> SafeString:
    one = "<b>{}</b>" if bold else "{}"
    first = format_html_join(", ", one, ((name,) for name in names[:-1]))
    last = format_html(one, names[-1])
    return mark_safe(first + SENTENCES["and"] + last) if first else last  # noqa: S308 - made of escaped parts

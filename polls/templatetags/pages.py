"""Tags of the pages of a poll, before any script runs: bars, sentences, sizes of words.

Pure functions. static/results.js says the same of the snapshots that come later, in the words of SENTENCES, which the
page hands it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.web import texts
from polls.box.definition import Definition, Option
from polls.models import State
from polls.results.snapshots import Snapshot, hides
from polls.voting.receipts import VoteStatus

register = template.Library()

#: What a result page says in one line; {names} is set in bold. The first four are named for the reason.
SENTENCES: Final = {
    "unread": _("The votes can't be read right now. They are safe, and will appear here soon."),
    "after_vote": _("Vote to see the results on your phone."),
    "after_close": _("The result is shown after closing."),
    "staff": _("Only hosts see the result."),
    "none": _("No votes yet."),
    "nobody": _("Nobody voted."),
    "leads": _("In the lead: {names}, {votes} of {voters} votes"),
    "leads_alone": _("In the lead: {names}, the only vote"),
    "leads_picked": _("In the lead: {names}, picked by {votes} of {voters} voters"),
    "won": _("{names} won with {votes} of {voters} votes."),
    "won_alone": _("{names} won with the only vote."),
    "won_picked": _("{names} won, picked by {votes} of {voters} voters."),
    "tie": _("{names} tie with {votes} votes each."),
    "tie_one": _("{names} tie with 1 vote each."),
    "tie_many": _("{count} choices tie with {votes} votes each."),
    "tie_many_one": _("{count} choices tie with 1 vote each."),
    "and": pgettext_lazy("between the last two names", " and "),
    "by_leads": _("leads by {lead}"),
    "by_won": _("won by {lead}"),
    "by_tie": _("tied"),
}
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
#: More names than these don't fit a sentence.
NAMES_IN_A_TIE: Final = 3
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


@dataclass(frozen=True)
class Row:
    """A choice in the chart. `bar` is its length in per cent of the chart's width."""

    choice: Option
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
    voters: int


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
def moment(snapshot: Snapshot | None) -> datetime:
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
def numbers(snapshot: Snapshot | None) -> str:
    """`Cats 54%, Dogs 46%.` where there are few choices and they are shown."""
    choices = snapshot["choices"] if snapshot else []
    if not 0 < len(choices) <= NAMES_IN_A_TIE or any(choice["percent"] is None for choice in choices):
        return ""
    return ", ".join(f"{texts.isolated(choice['text'])} {texts.percent(choice['percent'])}" for choice in choices) + "."


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
def shares(mine: VoteStatus | None, snapshot: Snapshot | None) -> dict[int, int]:
    """The per cents of the choices, by id, where the ballot shows them: to who has voted and of a final poll."""
    if snapshot is None or hides(snapshot) or (mine is None and snapshot["poll"]["state"] != State.FINAL):
        return {}
    return {choice["id"]: choice["percent"] for choice in snapshot["choices"]}


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


@register.simple_tag
def chart(poll: Definition, snapshot: Snapshot | None) -> Chart:
    """Bars from 0 to the next full ten over the leader, notes and the sentence; empty tracks without a snapshot."""
    if snapshot is None:
        choices: list[dict[str, Any]] = [
            {"id": c.id, "text": c.text, "votes": None, "percent": None, "picture": c.picture} for c in poll.choices
        ]
        return _drawn(choices, 0, poll.state, conditional_escape(SENTENCES["unread"]))
    state = snapshot["poll"]["state"]
    sentence = _sentence(poll, snapshot["choices"], snapshot["voters"], final=state == State.FINAL)
    return _drawn(snapshot["choices"], snapshot["voters"], state, sentence)


@register.filter
def in_order(rows: Sequence[Row], order: str) -> Sequence[Row]:
    """The rows by "votes", the most first, or in the poll's own order; ties and hidden votes keep that."""
    return sorted(rows, key=lambda row: -(row.votes or 0)) if order == "votes" else rows


@register.simple_tag
def winner(snapshot: Snapshot | None) -> SafeString | str:
    """The winner of a closed poll in a few words, or nothing where the votes are hidden."""
    if not snapshot or _is_hidden(snapshot["choices"]):
        return ""
    leaders = _leaders(snapshot["choices"])
    if not leaders:
        return gettext("no votes")
    names: Any = _names(leaders, "{}") if len(leaders) <= NAMES_IN_A_TIE else len(leaders)
    text = "<b>{names}</b> {percent}" if len(leaders) == 1 else gettext("<b>{names} tied</b> {percent} each")
    return format_html(text, names=names, percent=texts.percent(leaders[0]["percent"]))


@register.inclusion_tag("polls/_waiting.html")
def waits(snapshot: Snapshot | None) -> dict[str, Any]:
    """Return what a closing poll waits for, with all the words for the script that goes on from there."""
    # A snapshot from before the close says nothing of it.
    votes: int | str | None = snapshot.get("waiting", "") if snapshot else ""
    kind = {"": "some", None: "unknown", 0: "none", 1: "one"}.get(votes, "many")
    return {"text": str(WAITS[kind]).format(votes=texts.spaced(int(votes or 0))), "words": WAITS}


@register.simple_tag
def sentences() -> dict[str, str]:
    """SENTENCES, for `json_script`."""
    return {key: str(sentence) for key, sentence in SENTENCES.items()}


def _drawn(choices: Sequence[dict[str, Any]], voters: int, state: str, sentence: SafeString) -> Chart:
    most = max((choice["votes"] or 0 for choice in choices), default=0)
    top = min(100, 10 * most // max(voters, 1) * 10 + 10)
    leaders = _leaders(choices)
    rows = [
        Row(
            choice=Option(choice["id"], choice["text"], index, choice.get("picture", "")),
            votes=choice["votes"],
            percent=choice["percent"],
            bar=f"{1e4 * (choice['votes'] or 0) / max(voters, 1) / top:.2f}%",
            leads=choice in leaders,
            note=_note(choices, choice, leaders, state) if choice in leaders else "",
        )
        for index, choice in enumerate(choices)
    ]
    ticks = [(f"{100 * tick / top:.2f}%", tick) for tick in range(0, top + 1, 10)]
    return Chart(rows, ticks, sentence, _is_hidden(choices), voters)


def _is_hidden(choices: Sequence[dict[str, Any]]) -> bool:
    return any(choice["votes"] is None for choice in choices)


def _leaders(choices: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    most = max((choice["votes"] or 0 for choice in choices), default=0)
    return [choice for choice in choices if choice["votes"] == most] if most else []


def _note(
    choices: Sequence[dict[str, Any]], leader: dict[str, Any], leaders: Sequence[dict[str, Any]], state: str
) -> str:
    if len(choices) == 1:
        return ""
    if len(leaders) > 1:
        return str(SENTENCES["by_tie"])
    second = max(choice["votes"] for choice in choices if choice is not leader)
    text = SENTENCES["by_won" if state == State.FINAL else "by_leads"]
    return str(text).format(lead=texts.spaced(leader["votes"] - second))


def _sentence(poll: Definition, choices: Sequence[dict[str, Any]], voters: int, *, final: bool) -> SafeString:
    leaders = _leaders(choices)
    if _is_hidden(choices):
        return conditional_escape(SENTENCES.get(poll.result_rule, SENTENCES["after_close"]))
    if not leaders:
        return conditional_escape(SENTENCES["nobody" if final else "none"])
    votes = leaders[0]["votes"]
    if len(leaders) == 1:
        several = "_picked" if poll.kind.shares_overlap else ""
        key = ("won" if final else "leads") + ("_alone" if voters == 1 else several)
    elif len(leaders) > NAMES_IN_A_TIE:
        key = "tie_many_one" if votes == 1 else "tie_many"
    else:
        key = "tie_one" if votes == 1 else "tie"
    return format_html(
        str(SENTENCES[key]),
        names=_names(leaders, "<b>{}</b>"),
        votes=texts.spaced(votes),
        voters=texts.spaced(voters),
        count=len(leaders),
    )


def _names(choices: Sequence[dict[str, Any]], one: str) -> SafeString:
    *others, name = (texts.isolated(choice["text"]) for choice in choices)
    first = format_html_join(", ", one, ((other,) for other in others))
    last = format_html(one, name)
    return mark_safe(first + str(SENTENCES["and"]) + last) if first else last  # noqa: S308 - made of escaped parts

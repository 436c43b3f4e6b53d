"""The chart of a result page before any script runs: bars, notes, and the sentence above them.

Pure functions. static/summary.js does the same for later snapshots, with SENTENCES from the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.web import texts
from polls.box.definition import Definition, Option
from polls.models import State
from polls.results import estimates, ratings, snapshots
from polls.results.snapshots import Seen, ShownChoice

#: The sentence of a result page; {names} is bold. The first four are named for the reason.
SENTENCES: Final = {
    "unread": _("The votes can't be read right now. They are safe, and will appear here soon."),
    "after_vote": _("Vote to see the results on your phone."),
    "after_close": _("The result is shown after closing."),
    "staff": _("Only hosts see the result."),
    "none": _("No votes yet."),
    "nobody": _("Nobody voted."),
    "abstain": _("Only abstentions so far."),
    "abstained": _("Everybody abstained."),
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
    "right": _("{names} is the right answer. {votes} of {voters} answered right ({percent})."),
    "right_many": _("{names} are the right answers. {votes} of {voters} answered right ({percent})."),
    "right_count": _("{count} right answers. {votes} of {voters} answered right ({percent})."),
    "and": pgettext_lazy("between the last two names", " and "),
    "leads_round": _("In the lead: {names}, {votes} of {voters} votes in round {round}"),
    "won_round": _("{names} won with {votes} of {voters} votes in round {round}."),
    "round_out": _("Out: {names}, {votes}."),
    "round_next": _("Next choices: {list}."),
    "round_none": _("none"),
    "round_last": _("{names}: {votes} of {voters}."),
    "by_leads": _("leads by {lead}"),
    "by_won": _("won by {lead}"),
    "by_tie": _("tied"),
    **ratings.SENTENCES,
    **estimates.SENTENCES,
}
#: The most names that fit into a sentence.
NAMES_IN_A_TIE: Final = 3


@dataclass(frozen=True)
class Row:
    """A choice in the chart. `bar` is the length of its bar, in per cent of the width.

    `stands_out`: it leads; of a final quiz, it is right.
    """

    choice: Option
    votes: int | None
    percent: int | None
    bar: str
    stands_out: bool
    is_right: bool
    note: str


@dataclass(frozen=True)
class Chart:
    """A snapshot, ready to be drawn. `ticks` are (place in per cent of the width, label)."""

    rows: Sequence[Row]
    ticks: Sequence[tuple[str, int]]
    sentence: SafeString
    hidden: bool
    voters: int
    #: The share of each choice that stands out, and whether they tie.
    share: int | None = None
    is_tie: bool = False

    @property
    def emptiness(self) -> str:
        """Return the class of a chart without votes."""
        if self.hidden:
            return "hidden-result"
        return "" if self.voters else "no-votes"


def of(poll: Definition, snapshot: Seen | None) -> Chart:
    """Return the chart of a snapshot, of empty tracks without one. The axis ends at the full ten over the leader."""
    if snapshot is None:
        rows = [Row(choice, None, None, "0.00%", stands_out=False, is_right=False, note="") for choice in poll.choices]
        unread = conditional_escape(SENTENCES["unread"])
        return Chart(rows, _ticks(snapshots.ranking([], 0)["top"]), unread, hidden=True, voters=0)
    rows = [_row(snapshot, index, choice) for index, choice in enumerate(snapshot["choices"])]
    hidden, voters = snapshots.hides(snapshot), snapshot["voters"]
    is_tie = "quiz" not in snapshot and len(snapshot["leaders"]) > 1
    return Chart(rows, _ticks(snapshot["top"]), _sentence(poll, snapshot), hidden, voters, _share(snapshot), is_tie)


def in_order(rows: Sequence[Row], order: str) -> Sequence[Row]:
    """Return the rows by "votes", most first, or in the order of the poll, as do ties and hidden votes."""
    return sorted(rows, key=lambda row: -(row.votes or 0)) if order == "votes" else rows


def winner(poll: Definition, snapshot: Seen | None) -> SafeString | str:
    """Return the winner of a closed poll in a few words, or its voters if no choice can win; empty if it is hidden."""
    if not snapshot or snapshots.hides(snapshot):
        return ""
    if not snapshot["leaders"] and snapshot["voters"] and not poll.kind.is_ranked:
        return voters_in_words(snapshot["voters"])
    if not snapshot["leaders"]:
        return gettext("no votes")
    leaders = _outstanding(snapshot)
    names: Any = len(leaders)
    if len(leaders) <= NAMES_IN_A_TIE:
        names = _names([leader["text"] for leader in leaders], "{}")
    text = "<b>{names}</b> {percent}" if len(leaders) == 1 else gettext("<b>{names} tied</b> {percent} each")
    if "quiz" in snapshot:
        text = gettext("right: <b>{names}</b> {percent}")
    return format_html(text, names=names, percent=texts.percent(_share(snapshot) or 0))


def voters_in_words(number: int) -> str:
    """Return `12 voters`."""
    return ngettext("%(number)s voter", "%(number)s voters", number) % {"number": texts.spaced(number)}


def _share(snapshot: Seen) -> int | None:
    """Return the share of each leader, in the last round where there are rounds; of a final quiz that of its answer."""
    decided: Any = snapshot.get("quiz") or snapshot.get("result", {}).get("last")
    shares = [choice["percent"] for choice in _outstanding(snapshot)]
    return decided["percent"] if decided else next(iter(shares), None)


def answered(snapshot: Seen) -> SafeString:
    """Return which answers of a final quiz are right, and how many gave them."""
    right, quiz = _outstanding(snapshot), snapshot["quiz"]
    key = "right_count" if len(right) > NAMES_IN_A_TIE else "right_many" if len(right) > 1 else "right"
    return format_html(
        str(SENTENCES[key]),
        names=_names([choice["text"] for choice in right], "<b>{}</b>"),
        votes=texts.spaced(quiz["voters"]),
        voters=texts.spaced(snapshot["voters"]),
        percent=texts.percent(quiz["percent"]),
        count=len(right),
    )


def sentences() -> dict[str, str]:
    """SENTENCES, for the page's script."""
    return {key: str(sentence) for key, sentence in SENTENCES.items()}


def _row(snapshot: Seen, index: int, choice: ShownChoice) -> Row:
    stands_out = choice in _outstanding(snapshot)
    return Row(
        choice=Option(
            choice["id"], choice["text"], index, choice.get("picture", ""), is_answered=choice.get("answered", False)
        ),
        votes=choice["votes"],
        percent=choice["percent"],
        bar=_bar(snapshot, choice),
        stands_out=stands_out,
        is_right=stands_out and "quiz" in snapshot,
        note=_note(snapshot) if stands_out else "",
    )


def _bar(snapshot: Seen, choice: ShownChoice) -> str:
    votes = drawn_votes(choice["votes"], choice["percent"])
    return f"{1e4 * votes / max(snapshot['base'], 1) / snapshot['top']:.2f}%"


def drawn_votes(votes: int | None, percent: int | None) -> int:
    """Return the votes that a choice's bar stands for, as static/snapshot.js does: none of one without a share."""
    return 0 if votes is None or percent is None else votes


def _ticks(top: int) -> list[tuple[str, int]]:
    return [(f"{100 * tick / top:.2f}%", tick) for tick in range(0, top + 1, 10)]


def _outstanding(snapshot: Seen) -> list[ShownChoice]:
    """Return the choices that lead; of a final quiz those that are right."""
    ids = snapshot["quiz"]["right"] if "quiz" in snapshot else snapshot["leaders"]
    return [choice for choice in snapshot["choices"] if choice["id"] in ids]


def _note(snapshot: Seen) -> str:
    """Return the text after a leader's name."""
    if "quiz" in snapshot:
        return ""
    if len(snapshot["leaders"]) > 1:
        return str(SENTENCES["by_tie"])
    if snapshot["lead"] is None:
        return ""
    text = SENTENCES["by_won" if snapshot["poll"]["state"] == State.FINAL else "by_leads"]
    return str(text).format(lead=texts.spaced(snapshot["lead"]))


def _sentence(poll: Definition, snapshot: Seen) -> SafeString:
    leaders, final = _outstanding(snapshot), snapshot["poll"]["state"] == State.FINAL
    if snapshots.hides(snapshot):
        return conditional_escape(SENTENCES.get(poll.result_rule, SENTENCES["after_close"]))
    if "quiz" in snapshot and snapshot["voters"]:
        return answered(snapshot)
    if "quiz" in snapshot:
        return conditional_escape(SENTENCES["nobody"])
    if not leaders:
        return _without_leaders(snapshot, final=final)
    last: Any = snapshot.get("result", {}).get("last")
    votes = last["votes"] if last else leaders[0]["votes"] or 0
    if len(leaders) == 1:
        several = "_round" if last else "_picked" if poll.kind.shares_overlap else ""
        key = ("won" if final else "leads") + ("_alone" if snapshot["base"] == 1 else several)
    elif len(leaders) > NAMES_IN_A_TIE:
        key = "tie_many_one" if votes == 1 else "tie_many"
    else:
        key = "tie_one" if votes == 1 else "tie"
    return format_html(
        str(SENTENCES[key]),
        names=_names([leader["text"] for leader in leaders], "<b>{}</b>"),
        votes=texts.spaced(votes),
        voters=texts.spaced(last["of"] if last else snapshot["base"]),
        count=len(leaders),
        round=last["round"] if last else 1,
    )


def _without_leaders(snapshot: Seen, *, final: bool) -> SafeString:
    key, names, gaps = ratings.told(snapshot)
    if key:
        key = "rated_many" if len(names) > NAMES_IN_A_TIE else key
        return format_html(str(SENTENCES[key]), names=_names(names, "<b>{}</b>"), count=len(names), **gaps)
    key, gaps = estimates.told(snapshot)
    if key:
        return format_html(str(SENTENCES[key]), **gaps)
    if snapshot["voters"]:
        return conditional_escape(SENTENCES["abstained" if final else "abstain"])
    return conditional_escape(SENTENCES["nobody" if final else "none"])


def _names(names: Sequence[str], one: str) -> SafeString:
    *others, name = (texts.isolated(name) for name in names or [""])
    first = format_html_join(", ", one, ((other,) for other in others))
    last = format_html(one, name)
    return mark_safe(first + str(SENTENCES["and"]) + last) if first else last  # noqa: S308 - made of escaped parts

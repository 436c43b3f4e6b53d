"""The seam for kinds of poll."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

#: A distinct answer, and the number of ballots that give it.
Answered = tuple[Sequence[int], int]


class BadSelectionsError(ValueError):
    """A ballot that can't be counted; the text is for its voter."""


class BadDetailsError(ValueError):
    """Details that a kind can't work with; the text is for the host."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Words of the editor for the rows that a host writes, and how many there may be. `too_many` names `{most}`."""

    legend: str | Promise
    several: str | Promise
    one: str | Promise
    add: str | Promise
    least: int
    most: int
    too_few: str | Promise
    too_many: str | Promise
    duplicate: str | Promise
    have_pictures: bool
    are_shown: bool


CHOICES: Final = Rows(
    legend=gettext_lazy("Choices, in the order people see them"),
    several=gettext_lazy("Choices"),
    one=gettext_lazy("Choice"),
    add=gettext_lazy("Add a choice"),
    least=2,
    most=50,
    too_few=gettext_lazy("A poll needs two choices or more before it can be opened."),
    too_many=gettext_lazy("A poll can have at most {most} choices."),
    duplicate=gettext_lazy("Duplicate choice."),
    have_pictures=True,
    are_shown=True,
)


class Kind:
    """A kind of poll. A ballot is a sequence of choice ids, in the order in which they were picked.

    The methods are pure. `votes` and `audit_weight` have to say the same: the one moves the totals with each ballot,
    the other recomputes them in Postgres.
    """

    #: Its name where hosts choose a kind.
    label: ClassVar[str | Promise] = ""
    #: The texts of its choices, if the kind gives them; empty if the host writes them.
    choices: ClassVar[Sequence[str | Promise]] = ()
    #: The rows of the editor.
    rows: ClassVar[Rows] = CHOICES
    #: What the editor says below choices that the kind gives.
    choices_note: ClassVar[str | Promise] = ""
    #: The script of its fields on the vote page, which runs before vote.js; empty if that knows them.
    script: ClassVar[str] = ""
    #: Whether a press on a choice casts the vote. Else the page has boxes to tick and a button to send them.
    casts_at_once: ClassVar[bool] = False
    #: Whether a voter may send an empty ballot, which takes the vote back.
    may_be_withdrawn: ClassVar[bool] = True
    #: Whether the order of the choices in a ballot counts, and the vote page lets its voter change it.
    is_ordered: ClassVar[bool] = False
    #: How many choices a new poll lets its voters pick.
    default_picks: ClassVar[int] = 1
    #: Whether the shares are those of the voters, and so need not add up.
    shares_overlap: ClassVar[bool] = True
    #: What the vote page says of an empty ballot, before it sends it.
    nothing_sent: ClassVar[str | Promise] = gettext_lazy("Pick at least one choice first.")
    #: Whether a choice can lead and win.
    is_ranked: ClassVar[bool] = True
    #: Templates of the result: on its page, on the projector, on the host's page, and as a table that stays as it is.
    result_template: ClassVar[str] = "polls/_chart.html"
    board_template: ClassVar[str] = "polls/_board.html"
    hosted_template: ClassVar[str] = "polls/host/_choices.html"
    table_template: ClassVar[str] = "polls/host/_table.html"
    #: Whether its host may mark choices as right answers.
    has_right_answers: ClassVar[bool] = False
    #: Votes that one selection is worth: SQL over `place` (1, 2 ...), where it stands in its ballot.
    audit_weight: ClassVar[str] = "1"
    #: Whether the number of ballots that give each distinct answer is kept (`polls.models.Answer`), for `result`.
    keeps_answers: ClassVar[bool] = False
    #: Whether voters write the choices, as entries. The host then writes none (`rows`), and votes can be changed.
    takes_entries: ClassVar[bool] = False
    #: What the vote page says below the choices before the first vote.
    before_vote: ClassVar[str | Promise] = ""

    def with_details(self, details: Mapping[str, Any]) -> "Kind":
        """Return the kind of a poll with these details. Raises BadDetailsError. Kinds without details ignore them."""
        return self

    @property
    def drawn(self) -> Mapping[str, Any]:
        """Return the details that the vote page draws: nothing that voters may not know."""
        return {}

    @property
    def has_strip(self) -> bool:
        """Tell whether a strip of shares stands for the result: choices that can lead, and that are few."""
        return self.is_ranked and not self.takes_entries

    def row_choices(self, text: str) -> Sequence[tuple[str, str]]:
        """Return the choices that a row of the editor stands for: statement and text of each."""
        return [("", text)]

    def word(self, selections: Sequence[int]) -> str | None:
        """Return a ballot in a word, as large as a poster; None if its choices say it."""
        return None

    def picks(self, rows: int) -> int | None:
        """Return the number of choices that a voter may pick, by the number of rows; None if the host says it."""
        return None

    def most_picks(self, choices: int) -> int:
        """Return the most of so many choices that a host may let voters pick."""
        return choices

    def refusal(self, choices: Sequence[tuple[str, str]]) -> str:
        """Return why a poll can't have these choices (statement, text), in the order of their ids; empty if it can."""
        return ""

    def sent(self, fields: MultiValueDict[str, str]) -> Sequence[str]:
        """Return the ids of choices, as text, that the vote page's form names. Raises BadSelectionsError."""
        return fields.getlist("choice")

    def check(self, selections: Sequence[int], choice_ids: Set[int], most: int) -> None:
        """Raise BadSelectionsError unless a voter may hand these in: choices of the poll, each once, `most` of them."""
        if len(selections) > most:
            text = gettext("You picked {picked} choices; the limit is {most}.")
            raise BadSelectionsError(text.format(picked=len(selections), most=most))
        if self.fault(selections, choice_ids):
            raise BadSelectionsError(gettext("This poll has no such choice. Reload the page and pick again."))

    def fault(self, selections: Sequence[int], choice_ids: Set[int]) -> str:
        """Return why a queued ballot can't be counted, for operators; empty if it can."""
        unknown = [selection for selection in selections if selection not in choice_ids]
        if unknown:
            return f"it names choices that this poll does not have: {unknown[:5]}"
        return "it has to name each choice once" if len(set(selections)) != len(selections) else ""

    def votes(self, selections: Sequence[int]) -> Counter[int]:
        """Return the votes that one ballot gives, by choice id."""
        return Counter(selections)

    def percents(self, votes: Sequence[int], voters: int) -> Sequence[int | None]:
        """Return each choice's share as a whole number; None for a choice that has no share."""
        return [round(100 * count / voters) if voters else 0 for count in votes]

    def share_of_right(self, percents: Sequence[int | None], right: int, voters: int) -> int:
        """Return the share of `right` among all voters. `percents` are the shares of the right answers."""
        return round(100 * right / voters) if voters else 0

    def result(self, votes: Mapping[int, int], answers: Sequence[Answered]) -> Mapping[str, Any]:
        """Return what its results show beyond votes and shares, as JSON; hidden where the totals are. Empty for none.

        `votes` are the choices' totals by id, in the order of the choices; `answers` are in no order, and none where
        the kind does not keep them.
        """
        return {}

    def revealed(self) -> Mapping[str, Any]:
        """Return what `result` has only once the poll is final."""
        return {}

    def layout(self, choices: int) -> str:
        """Return how the vote page sets so many choices: `two` as halves of the page, or `many`, one below another."""
        return "many"

    def ballot_template(self, choices: int) -> str:
        """Return the template that draws so many choices on the vote page."""
        return "polls/_rows.html"

    def limit(self, most: int) -> str:
        """Return the sentence under the question; empty where none is needed."""
        return gettext("Pick up to %(max)s.") % {"max": most}

    def shares_note(self, most: int) -> str:
        """Return the sentence that explains the shares of a result; empty where none is needed."""
        text = ngettext(
            "One choice may be picked.", "Up to %(max)s choices may be picked: shares are of the voters.", most
        )
        return text % {"max": most}

    def after_vote(self, choices: int) -> str:
        """Return what the vote page says below so many choices to who has voted."""
        return gettext("You can change it while the poll is open.")

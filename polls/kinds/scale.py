"""Polls in which voters rate one or several statements on a scale."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from functools import lru_cache
from statistics import fmean
from typing import Any, ClassVar, Final, Self, TypeVar

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext, gettext_lazy

from polls.kinds.base import Answered, BadDetailsError, BadSelectionsError, Kind, Rows
from polls.kinds.pick import parts_of_hundred

_Item = TypeVar("_Item")

#: The name in `Poll.kind`.
SCALE = "scale"
#: The points of each scale, by the name that the details have for it.
RANGES: Final = {"1-5": range(1, 6), "0-10": range(11)}
#: The most statements of one poll. With 11 points each its snapshot stays far below 64 KiB.
MOST_STATEMENTS = 10
#: The most letters of a label: it has to fit beside the other one on a phone.
MOST_LETTERS = 40


@dataclass(frozen=True, slots=True)
class ScaleDetails:
    """The scale of a poll: its points, and the labels at both ends, which may be empty."""

    scale: str = "1-5"
    low: str = ""
    high: str = ""

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> Self:
        """Return what `Poll.details` says. Raises BadDetailsError."""
        try:
            found = cls(**details)
        except TypeError as error:
            raise BadDetailsError(gettext("This is no scale.")) from error
        texts = (found.scale, found.low, found.high)
        if not all(isinstance(text, str) for text in texts) or found.scale not in RANGES:
            raise BadDetailsError(gettext("This is no scale."))
        if max(len(found.low), len(found.high)) > MOST_LETTERS:
            text = gettext("A label can have at most {most} letters.")
            raise BadDetailsError(text.format(most=MOST_LETTERS))
        return found

    @property
    def points(self) -> range:
        """Return the points, least first."""
        return RANGES[self.scale]


@dataclass(frozen=True)
class Scale(Kind):
    """Each voter picks one point for each statement, or leaves some out.

    Each pair of statement and point is a choice. The choices of a statement are made together, so by their ids in
    ascending order each statement has as many as the scale has points.
    """

    details: ScaleDetails = ScaleDetails()

    label: ClassVar = gettext_lazy("A scale")
    rows: ClassVar = Rows(
        legend=gettext_lazy("Statements, in the order people see them"),
        several=gettext_lazy("Statements"),
        one=gettext_lazy("Statement"),
        add=gettext_lazy("Add a statement"),
        least=1,
        most=MOST_STATEMENTS,
        too_few=gettext_lazy("A scale needs a statement before it can be opened."),
        too_many=gettext_lazy("A scale can have at most {most} statements."),
        duplicate=gettext_lazy("Duplicate statement."),
        have_pictures=False,
        are_shown=True,
    )
    nothing_sent: ClassVar = gettext_lazy("Rate at least one statement first.")
    is_ranked: ClassVar = False
    result_template: ClassVar = "polls/_ratings.html"
    board_template: ClassVar = "polls/_ratings_board.html"
    hosted_template: ClassVar = "polls/host/_ratings.html"
    table_template: ClassVar = "polls/host/_table_of_ratings.html"

    def with_details(self, details: Mapping[str, Any]) -> "Scale":
        """Return the kind of a poll with this scale. Raises BadDetailsError."""
        return Scale(ScaleDetails.read(details))

    @property
    def drawn(self) -> Mapping[str, Any]:
        """Return the scale."""
        return asdict(self.details)

    def row_choices(self, text: str) -> list[tuple[str, str]]:
        """Return the points of a statement."""
        return [(text, str(point)) for point in self.details.points]

    def picks(self, rows: int) -> int:
        """Return the number of statements: each may get one point."""
        return max(rows, 1)

    def refusal(self, choices: Sequence[tuple[str, str]]) -> str:
        """Return why a poll can't have these choices, by their ids in ascending order; empty if it can."""
        groups = list(_groups(choices, len(self.details.points)))
        statements = [group[0][0] for group in groups]
        if any(group != self.row_choices(group[0][0]) for group in groups) or len(set(statements)) != len(statements):
            return gettext("Each statement of a scale has the same points; edit the statements on the poll's page.")
        return str(self.rows.too_many).format(most=MOST_STATEMENTS) if len(groups) > MOST_STATEMENTS else ""

    def sent(self, fields: MultiValueDict[str, str]) -> list[str]:
        """Return what a form names: without JavaScript a field for each statement, empty where it is left out."""
        names = ["choice", *(f"choice-{number}" for number in range(MOST_STATEMENTS))]
        return [value for name in names for value in fields.getlist(name) if value]

    def check(self, selections: Sequence[int], choice_ids: Set[int], most: int) -> None:
        """Raise BadSelectionsError unless a voter may hand these in: at most one point for each statement."""
        if self._names_a_statement_twice(selections, choice_ids):
            raise BadSelectionsError(gettext("Pick one point for each statement."))
        super().check(selections, choice_ids, MOST_STATEMENTS)

    def fault(self, selections: Sequence[int], choice_ids: Set[int]) -> str:
        """Return why a queued ballot can't be counted, for operators; empty if it can."""
        if fault := super().fault(selections, choice_ids):
            return fault
        twice = self._names_a_statement_twice(selections, choice_ids)
        return "it names two points of one statement" if twice else ""

    def _names_a_statement_twice(self, selections: Sequence[int], choice_ids: Set[int]) -> bool:
        statements = _statements(frozenset(choice_ids), len(self.details.points))
        named = Counter(statements[selection] for selection in set(selections) if selection in statements)
        return any(count > 1 for count in named.values())

    def percents(self, votes: Sequence[int], voters: int) -> list[int]:
        """Return parts of a hundred for each statement."""
        return [part for group in _groups(votes, len(self.details.points)) for part in parts_of_hundred(group)]

    def result(self, votes: Mapping[int, int], answers: Sequence[Answered]) -> dict[str, Any]:
        """Return mean and median of each statement, with its votes for each point; None without votes."""
        groups = _groups(list(votes.values()), len(self.details.points))
        return {"statements": [self._rating(group) for group in groups]}

    def _rating(self, votes: Sequence[int]) -> dict[str, Any]:
        points = self.details.points
        voters = sum(votes)
        return {
            "voters": voters,
            "mean": round(fmean(points, votes), 2) if voters else None,
            "median": _median(points, votes) if voters else None,
            "votes": list(votes),
        }

    def limit(self, most: int) -> str:
        """Return the sentence under the question."""
        least, *_, greatest = self.details.points
        low, high = self.details.low, self.details.high
        if not low or not high:
            return gettext("Rate from {least} to {most}.").format(least=least, most=greatest)
        text = gettext("Rate from {least} ({low}) to {most} ({high}).")
        return text.format(least=least, most=greatest, low=low, high=high)

    def shares_note(self, most: int) -> str:
        """Return the sentence that explains a result."""
        return self.limit(most)

    def ballot_template(self, choices: int) -> str:
        """Return the template of the rows of points."""
        return "polls/_scale.html"


@lru_cache(maxsize=256)
def _statements(choice_ids: frozenset[int], points: int) -> dict[int, int]:
    """Return the number of the statement of each choice, by its id."""
    return {choice_id: place // points for place, choice_id in enumerate(sorted(choice_ids))}


def _groups(items: Sequence[_Item], size: int) -> list[list[_Item]]:
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


def _median(points: range, votes: Sequence[int]) -> float:
    """Return the median of these points, each voted for so often: between two it is half-way.

    Its cost is that of the points, however many votes there are.
    """
    voters, lower, upper, before = sum(votes), None, None, 0
    for point, count in zip(points, votes, strict=True):
        before += count
        if lower is None and before >= (voters + 1) // 2:
            lower = point
        if upper is None and before >= voters // 2 + 1:
            upper = point
    return ((lower or 0) + (upper or 0)) / 2

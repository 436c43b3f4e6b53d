"""Polls in which voters estimate a number."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import accumulate, product
from typing import Any, ClassVar, Final, Self

from django.utils.datastructures import MultiValueDict
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from polls.kinds.base import CHOICES, Answered, BadDetailsError, BadSelectionsError, Kind
from polls.kinds.numbers import NoNumberError, number

#: The name in `Poll.kind`.
ESTIMATE = "estimate"
#: The most values that one poll may have: each that is given has a row, and all of them are read for a snapshot.
MOST_VALUES = 10_000
#: The most letters of a unit.
MOST_LETTERS = 20
#: The most bars of a result, and the numbers of values that one bar may stand for.
_MOST_BARS = 20
_WIDTHS: Final[Sequence[int]] = [factor * 10**power for power, factor in product(range(5), (1, 2, 5))]


@dataclass(frozen=True)
class EstimateDetails:
    """The values of a poll: from `least` to `most` in steps, as plain decimal numbers, with their unit.

    `answer` is the right one, which nobody sees before the poll is final; empty if there is none.
    """

    least: str = "0"
    most: str = "100"
    step: str = "1"
    unit: str = ""
    answer: str = ""

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> Self:
        """Return what `Poll.details` says. Raises BadDetailsError."""
        try:
            found = cls(**details)
            found._check()
        except (TypeError, AttributeError, InvalidOperation) as error:
            raise BadDetailsError(gettext("These are no limits of a number.")) from error
        return found

    def _check(self) -> None:
        for text in (self.least, self.most, self.step, *([self.answer] if self.answer else [])):
            if not Decimal(text).is_finite() or len(text) > MOST_LETTERS:
                raise InvalidOperation
        span, step = Decimal(self.most) - Decimal(self.least), Decimal(self.step)
        if step <= 0 or span <= 0:
            raise BadDetailsError(gettext("The greatest value has to be above the least, and the step above 0."))
        if span / step > MOST_VALUES - 1:
            text = gettext("That is more than {most} possible values. Choose a greater step or closer limits.")
            raise BadDetailsError(text.format(most=number_format(MOST_VALUES, 0, use_l10n=True, force_grouping=True)))
        if span % step:
            raise BadDetailsError(gettext("The steps have to lead from the least value to the greatest."))
        if len(self.unit) > MOST_LETTERS:
            raise BadDetailsError(gettext("A unit can have at most {most} letters.").format(most=MOST_LETTERS))

    @cached_property
    def steps(self) -> int:
        """Return the number of steps from the least value to the greatest."""
        return int((Decimal(self.most) - Decimal(self.least)) / Decimal(self.step))

    @cached_property
    def places(self) -> int:
        """Return the decimals of the values."""
        return max(map(_places, (self.least, self.step)))

    def value(self, steps: int | Decimal) -> Decimal:
        """Return the value that is so many steps above the least."""
        return Decimal(self.least) + Decimal(steps) * Decimal(self.step)

    def steps_to(self, text: str) -> int:
        """Return the number of steps to a typed value. Raises BadSelectionsError."""
        try:
            steps = (number(text) - Decimal(self.least)) / Decimal(self.step)
        except NoNumberError as error:
            raise BadSelectionsError(self.sentence) from error
        if steps != steps.to_integral_value() or not 0 <= steps <= self.steps:
            raise BadSelectionsError(self.sentence)
        return int(steps)

    def shown(self, value: Decimal, places: int | None = None) -> str:
        """Return a value as its language writes it, with the unit."""
        text = number_format(value, self.places if places is None else places)
        return f"{text}\N{NO-BREAK SPACE}{self.unit}" if self.unit else text

    @property
    def first(self) -> str:
        """Return the least value in words."""
        return self._limit(self.least)

    @property
    def last(self) -> str:
        """Return the greatest value in words."""
        return self._limit(self.most)

    def _limit(self, text: str) -> str:
        return self.shown(Decimal(text), _places(text))

    @property
    def sentence(self) -> str:
        """Return what may be entered."""
        limits = {"least": self.first, "most": self.last, "step": self._limit(self.step)}
        if Decimal(self.step) == 1:
            return gettext("Enter a whole number from {least} to {most}.").format(**limits)
        return gettext("Enter a number from {least} to {most}, in steps of {step}.").format(**limits)


def _places(text: str) -> int:
    return max(0, -int(Decimal(text).normalize().as_tuple().exponent))


@dataclass(frozen=True)
class Estimate(Kind):
    """Each voter gives a number. A ballot has the number of steps that it is above the least value.

    The one choice stands for the number, and gets no votes: what counts are the distinct answers.
    """

    details: EstimateDetails = EstimateDetails()

    label: ClassVar = gettext_lazy("A number to estimate")
    choices: ClassVar = (gettext_lazy("Number"),)
    rows: ClassVar = replace(CHOICES, least=1, most=1, are_shown=False, several=gettext_lazy("Estimates"))
    script: ClassVar = "estimate.js"
    may_be_withdrawn: ClassVar = False
    nothing_sent: ClassVar = gettext_lazy("Enter a number first.")
    is_ranked: ClassVar = False
    keeps_answers: ClassVar = True
    audit_weight: ClassVar = "0"
    result_template: ClassVar = "polls/_estimates.html"
    board_template: ClassVar = "polls/_estimates_board.html"
    hosted_template: ClassVar = "polls/host/_estimates.html"
    table_template: ClassVar = "polls/host/_table_of_estimates.html"

    def with_details(self, details: Mapping[str, Any]) -> "Estimate":
        """Return the kind of a poll with these limits. Raises BadDetailsError."""
        return Estimate(EstimateDetails.read(details))

    @property
    def drawn(self) -> Mapping[str, Any]:
        """Return limits and unit, without the right answer."""
        return asdict(replace(self.details, answer=""))

    def word(self, selections: Sequence[int]) -> str | None:
        """Return the number."""
        return self.details.shown(self.details.value(selections[0])) if selections else None

    def sent(self, fields: MultiValueDict[str, str]) -> list[str]:
        """Return the number of steps that a form names, or that the typed number is. Raises BadSelectionsError."""
        if named := fields.getlist("choice"):
            return named
        typed = fields.get("estimate", "").strip()
        return [str(self.details.steps_to(typed))] if typed else []

    def check(self, selections: Sequence[int], choice_ids: Set[int], most: int) -> None:
        """Raise BadSelectionsError unless it is one number within the limits."""
        if selections and self.fault(selections, choice_ids):
            raise BadSelectionsError(self.details.sentence)

    def fault(self, selections: Sequence[int], choice_ids: Set[int]) -> str:
        """Return why a queued ballot can't be counted, for operators; empty if it can."""
        if not selections or (len(selections) == 1 and 0 <= selections[0] <= self.details.steps):
            return ""
        return f"it has to be one number of steps from 0 to {self.details.steps}"

    def votes(self, selections: Sequence[int]) -> Counter[int]:
        """Return no votes: the answers are counted."""
        return Counter()

    def percents(self, votes: Sequence[int], voters: int) -> list[None]:
        """Return no shares."""
        return [None] * len(votes)

    def result(self, votes: Mapping[int, int], answers: Sequence[Answered]) -> dict[str, Any]:
        """Return median and bars; their cost is that of the distinct answers, however many ballots there are."""
        ballots = {steps: given for (steps, *_), given in answers}
        width = _width(ballots)
        return {
            "unit": self.details.unit,
            "places": self.details.places,
            "step": float(self.details.step),
            "width": width,
            "median": float(self.details.value(_median(ballots))) if ballots else None,
            "bars": [
                {"from": float(self.details.value(low)), "to": float(self.details.value(high)), "votes": given}
                for low, high, given in _bars(ballots, width, self.details.steps)
            ],
        }

    def revealed(self) -> dict[str, Any]:
        """Return the right answer, for a final result."""
        return {"answer": float(self.details.answer)} if self.details.answer else {}

    def limit(self, most: int) -> str:
        """Return the sentence under the question."""
        return self.details.sentence

    def shares_note(self, most: int) -> str:
        """Return nothing: there are no shares."""
        return ""

    def ballot_template(self, choices: int) -> str:
        """Return the template of the field."""
        return "polls/_estimate.html"


def _median(ballots: Mapping[int, int]) -> Decimal:
    """Return the median of these numbers, each given so often: between two it is half-way."""
    answers = sorted(ballots)
    ends = list(accumulate(ballots[answer] for answer in answers))
    places = (bisect_left(ends, rank) for rank in ((ends[-1] + 1) // 2, ends[-1] // 2 + 1))
    return Decimal(sum(answers[place] for place in places)) / 2


def _width(ballots: Mapping[int, int]) -> int:
    """Return how many values one bar stands for."""
    least, most = min(ballots, default=0), max(ballots, default=0)
    return next(width for width in _WIDTHS if most // width - least // width < _MOST_BARS)


def _bars(ballots: Mapping[int, int], width: int, steps: int) -> list[tuple[int, int, int]]:
    """Return bars from the least answer to the greatest: first and last number of steps, and ballots."""
    counts: Counter[int] = Counter()
    for answer, given in ballots.items():
        counts[answer // width] += given
    places = range(min(counts), max(counts) + 1) if counts else range(0)
    return [(place * width, min((place + 1) * width - 1, steps), counts[place]) for place in places]

"""Polls that are answered with yes, no or abstain."""

from collections.abc import Sequence, Set

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from polls.kinds.pick import PickOne, parts_of_hundred

#: The name in `Poll.kind`.
YES_NO = "yes-no"


class YesNo(PickOne):
    """Each voter says yes or no, or abstains, by one press. The kind gives the three choices.

    Who abstains has voted, and counts among the voters; the shares are of those who said yes or no.
    """

    label = gettext_lazy("Yes, no or abstain")
    choices = (
        pgettext_lazy("a choice", "Yes"),
        pgettext_lazy("a choice", "No"),
        pgettext_lazy("a choice", "Abstain"),
    )

    has_right_answers = False
    choices_note = gettext_lazy("Abstentions count as voters and have no share. The texts can be changed.")

    def check(self, selections: Sequence[int], choice_ids: Set[int], most: int) -> None:
        """Raise BadSelectionsError unless a voter may hand these in: one choice, whatever the poll says."""
        super().check(selections, choice_ids, 1)

    def percents(self, votes: Sequence[int], voters: int) -> list[int | None]:
        """Return parts of a hundred for yes and no; None for abstain, which has no share."""
        *sides, _ = votes
        return [*parts_of_hundred(sides), None]

    def shares_note(self, most: int) -> str:
        """Return the sentence that explains the shares of a result."""
        return gettext("Shares are of those who said yes or no.")

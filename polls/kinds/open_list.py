"""Polls whose voters write the entries, and pick those of others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.utils.translation import gettext, gettext_lazy, ngettext

from core.web import rude_words
from polls.kinds.base import CHOICES, BadDetailsError, Kind

#: The name in `Poll.kind`.
OPEN_LIST = "open-list"
#: The most entries that a host may let each voter write, and the most that one poll takes.
MOST_OWN = 10
MOST_ENTRIES = 1000
#: The most letters of an entry.
MOST_LETTERS = 140
#: The most entries that a voter may pick, own ones included.
MOST_PICKS = 50


@dataclass(frozen=True, slots=True)
class OpenListDetails:
    """Rules of the entries: how many each voter may write, and whether they appear only once approved.

    `cloud`: the result is drawn as a cloud, beside the list.
    `masked`: the language whose rude words are masked in new entries; empty for none.
    `merged` are entries that count for another one, by id (as text, since it is JSON): none of these counts for one
    that does itself count for another.
    """

    most: int = 3
    approval: bool = False
    cloud: bool = False
    masked: str = ""
    merged: Mapping[str, int] = field(default_factory=dict, hash=False)

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> Self:
        """Return what `Poll.details` says. Raises BadDetailsError."""
        try:
            found = cls(**details)
        except TypeError as error:
            raise BadDetailsError(gettext("These are no rules for entries.")) from error
        is_number = isinstance(found.most, int) and not isinstance(found.most, bool)
        are_switches = isinstance(found.approval, bool) and isinstance(found.cloud, bool)
        is_language = found.masked in ("", *rude_words.LANGUAGES)
        if not is_number or not 1 <= found.most <= MOST_OWN or not are_switches or not is_language:
            raise BadDetailsError(gettext("These are no rules for entries."))
        return found


@dataclass(frozen=True)
class OpenList(Kind):
    """Each voter writes some entries, and picks entries of others. Each entry is a choice of the poll."""

    details: OpenListDetails = OpenListDetails()

    label: ClassVar = gettext_lazy("Ideas and questions of voters")
    takes_entries: ClassVar = True
    script: ClassVar = "entries.js"
    rows: ClassVar = replace(
        CHOICES,
        least=0,
        most=0,
        have_pictures=False,
        are_shown=False,
        several=gettext_lazy("Entries"),
        too_many=gettext_lazy("Voters write the entries of this poll."),
    )
    default_picks: ClassVar = MOST_PICKS
    nothing_sent: ClassVar = gettext_lazy("Pick or add an entry first.")
    result_template: ClassVar = "polls/_entries_chart.html"
    board_template: ClassVar = "polls/_entries_board.html"
    hosted_template: ClassVar = "polls/host/_entries.html"

    def with_details(self, details: Mapping[str, Any]) -> "OpenList":
        """Return the kind of a poll with these rules. Raises BadDetailsError."""
        return OpenList(OpenListDetails.read(details))

    @property
    def drawn(self) -> Mapping[str, Any]:
        """Return how many entries a voter may write."""
        return {"most": self.details.most}

    def word(self, selections: Sequence[int]) -> str | None:
        """Return how many entries are picked."""
        count = len(selections)
        return ngettext("{count} entry", "{count} entries", count).format(count=count) if count else None

    def picks(self, rows: int) -> int:
        """Return the most entries that a voter may pick."""
        return MOST_PICKS

    def votes(self, selections: Sequence[int]) -> Counter[int]:
        """Return one vote for each entry. One that was merged counts for the other, once for each voter."""
        merged = self.details.merged
        return Counter({merged.get(str(entry), entry): 1 for entry in selections})

    def limit(self, most: int) -> str:
        """Return the sentence under the question."""
        text = ngettext(
            "Write an entry of your own, and pick entries of others.",
            "Write up to {most} entries of your own, and pick entries of others.",
            self.details.most,
        )
        return text.format(most=self.details.most)

    def shares_note(self, most: int) -> str:
        """Return the sentence that explains the shares of a result."""
        return gettext("Voters wrote the entries and picked those of others: shares are of the voters.")

    def after_vote(self, choices: int) -> str:
        """Return what the vote page says to who has voted."""
        return gettext("You can change your picks while the poll is open.")

    def ballot_template(self, choices: int) -> str:
        """Return the template of the entries."""
        return "polls/_entries.html"

"""The definition of a poll: what a web service has to know of it to check a cast and to draw the page."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from polls import kinds
from polls.kinds import PICK, Kind
from polls.models import State, WhoMayVote, rule_of


def ballot_mark(
    kind_name: str,
    kind: Kind,
    max_choices: int,
    choices: Sequence[tuple[int, str, str, str]],
    *,
    allows_changes: bool,
) -> str:
    """Return a mark of what voters of a poll fill in; `choices` are ids, texts, addresses of pictures, statements."""
    said = json.dumps([kind_name, kind.drawn, max_choices, allows_changes, choices])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as a voter sees it."""

    id: int
    text: str
    #: 0, 1, 2 ... on every page: letter, colour and texture follow from it.
    index: int
    #: The address of its picture; empty without one.
    picture: str = ""
    #: The statement of a scale that it is a point of, whose index it has; empty for other kinds.
    statement: str = ""
    #: Whether the speaker has answered it: an entry on a page.
    is_answered: bool = False

    @property
    def letter(self) -> str:
        """A to Z, then AA, AB ...; the point itself on a scale."""
        if self.statement:
            return self.text
        first, last = divmod(self.index, 26)
        return (chr(64 + first) if first else "") + chr(65 + last)

    @property
    def palette(self) -> int:
        """Which of the ten colours and textures it has."""
        return self.index % 10


def _entry(shown: Mapping[str, Any]) -> Option:
    return Option(shown["id"], shown["text"], 0, is_answered=shown.get("answered", False))


#: What a definition says nothing of where it is empty: a process of before these can read it, too.
_EMPTY = (
    "entries",
    "waiting",
    "voters_per_minute",
    "slow_down_after",
    "electorate",
    "changed_codes",
    "embed_origins",
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A poll at one moment. `version` is raised by edits only; state, round and box come from its Tally."""

    id: int
    slug: str
    code: str
    question: str
    choices: tuple[Option, ...]
    max_choices: int
    result_rule: str
    voter_salt: str  # hexadecimal
    opens_at: datetime | None
    closes_at: datetime | None
    state: str
    round: int
    box: int
    version: int
    #: What `polls.kinds` calls its kind. (A box of before 0.2 doesn't say.)
    kind_name: str = PICK
    #: Whether this round only tries the poll out. (A box of before 0.2 doesn't say.)
    is_test: bool = False
    #: Whether a voter's next vote replaces the last; else the first one stands. (A box of before 0.2 doesn't say.)
    allows_changes: bool = True
    #: What its kind has to know beyond the choices. (A box of before 0.2 doesn't say.)
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)
    #: New voters of one network in a minute, and those within an hour after whom further ones do some work first
    #: (`polls.voting.limits`); None: no limit. (A box of before 0.2 doesn't say.)
    voters_per_minute: int | None = None
    slow_down_after: int | None = None
    #: The ids of the entries that voters have written, and of those that wait for approval. Their texts, of which there
    #: may be a thousand, stand in the snapshot alone. `choices` are empty then, except on pages (`with_entries`).
    entries: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    #: Who may vote (polls.electorate); empty: anyone. (A box of before 0.2 doesn't say.)
    electorate: str = ""
    #: Codes that were revoked or replaced: by number the least generation that is taken.
    changed_codes: tuple[tuple[int, int], ...] = field(default=(), hash=False)
    #: The origins whose pages may show it in a frame. (A box of before 0.2 doesn't say.)
    embed_origins: tuple[str, ...] = ()

    @property
    def has_limits(self) -> bool:
        """Tell whether it bounds how fast the voters of one network may come: not where each of them needs a ticket."""
        return not self.electorate and (self.voters_per_minute is not None or self.slow_down_after is not None)

    @property
    def closes_at_ms(self) -> int | None:
        """Closing time in milliseconds since 1970."""
        return None if self.closes_at is None else round(self.closes_at.timestamp() * 1000)

    @property
    def is_overdue_test(self) -> bool:
        """Tell whether it is still a test although its opening time has come, by this process's clock."""
        return self.is_test and self.opens_at is not None and self.opens_at <= timezone.now()

    @property
    def rule(self) -> str:
        """Return the rule about who may vote."""
        return rule_of(self.electorate)

    @property
    def has_codes(self) -> bool:
        """Tell whether a vote needs a code."""
        return self.rule == WhoMayVote.CODES

    @property
    def needs_ticket(self) -> bool:
        """Tell whether the vote page is for those alone who may vote: nobody needs a code to see how it ended."""
        return bool(self.electorate) and self.state in (State.SCHEDULED, State.OPEN)

    @property
    def kind(self) -> Kind:
        """Return what a ballot may hold and how it is shown."""
        return kinds.of(self.kind_name, self.max_choices, self.details)

    @property
    def ballot_mark(self) -> str:
        """Return a mark of all that the vote page draws: a page of another mark is out of date."""
        of_host = () if self.kind.takes_entries else self.choices
        drawn = [(choice.id, choice.text, choice.picture, choice.statement) for choice in of_host]
        return ballot_mark(self.kind_name, self.kind, self.max_choices, drawn, allows_changes=self.allows_changes)

    @property
    def layout(self) -> str:
        """Return how the vote page sets the choices: `two` or `many`."""
        return self.kind.layout(self._places)

    @property
    def ballot_template(self) -> str:
        """Return the template that draws the choices on the vote page."""
        return self.kind.ballot_template(self._places)

    @property
    def limit(self) -> str:
        """Return the sentence under the question; empty where none is needed."""
        return self.kind.limit(self.max_choices)

    @property
    def shares_note(self) -> str:
        """Return the sentence that explains the shares of a result; empty where none is needed."""
        return self.kind.shares_note(self.max_choices)

    @property
    def after_vote(self) -> str:
        """Return what the vote page says to who has voted."""
        return self.kind.after_vote(self._places) if self.allows_changes else gettext("Still open.")

    @property
    def _places(self) -> int:
        """Return how many choices it is laid out for: two halves have no room for pictures, rows have."""
        return max(3, len(self.choices)) if self.has_pictures else len(self.choices)

    @property
    def has_pictures(self) -> bool:
        """Tell whether any of its choices has a picture."""
        return any(choice.picture for choice in self.choices)

    @property
    def palettes(self) -> list[int]:
        """Return the colour of each choice; of a scale that of each statement."""
        return [index % 10 for index in sorted({choice.index for choice in self.choices})]

    @property
    def adornment(self) -> str:
        """Return the class of lists of its choices: `pictured`, or empty."""
        return "pictured" if self.has_pictures else ""

    @property
    def choice_ids(self) -> frozenset[int]:
        """Return the ids that a ballot may name."""
        return frozenset(self.entries) if self.kind.takes_entries else frozenset(choice.id for choice in self.choices)

    @property
    def has_snapshot(self) -> bool:
        """Tell whether there is anything to show: choices, or voters who write them."""
        return bool(self.choices) or self.kind.takes_entries

    def with_entries(self, snapshot: Mapping[str, Any] | None) -> "Definition":
        """Return it with the choices of a snapshot, if voters write them: for pages, and never for a box."""
        if not self.kind.takes_entries:
            return self
        shown = [] if snapshot is None else snapshot["choices"]
        return replace(self, choices=tuple(_entry(each) for each in shown))

    def dump(self) -> str:
        """As it stands in the ballot box."""
        fields = asdict(self)
        if self.kind_name == PICK:
            del fields["kind_name"]  # A process of before the kinds can read it, too.
        if self.allows_changes:
            del fields["allows_changes"]  # Likewise.
        if not self.details:
            del fields["details"]  # Likewise.
        for name in _EMPTY:
            if not fields[name]:
                del fields[name]  # Likewise.
        for choice in fields["choices"]:
            for name in ("picture", "statement", "is_answered"):
                if not choice[name]:
                    del choice[name]  # Likewise.
        return json.dumps(fields, default=datetime.isoformat)

    @classmethod
    def load(cls, text: bytes | str) -> "Definition":
        """Read what `dump` wrote."""
        data: dict[str, Any] = json.loads(text)
        for name in ("opens_at", "closes_at"):
            data[name] = data[name] and datetime.fromisoformat(data[name])
        for name in ("entries", "waiting", "embed_origins"):
            data[name] = tuple(data.get(name, ()))
        data["changed_codes"] = tuple((number, least) for number, least in data.get("changed_codes", ()))
        data["choices"] = tuple(Option(**choice) for choice in data["choices"])
        return cls(**data)

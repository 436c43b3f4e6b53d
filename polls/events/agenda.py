"""The agenda of an event at one moment: its polls, and which one is on."""

import json
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from django.urls import reverse

from polls.models import State, WhoMayVote, rule_of


class Told(TypedDict):
    """The message for a screen of a poll in an event: `on` is the slug of the poll that is on, None between two."""

    slug: str
    version: int
    on: str | None
    self_paced: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A poll of an event."""

    id: int
    slug: str
    question: str
    state: str

    @property
    def is_published(self) -> bool:
        """Tell whether people may know of it."""
        return self.state != State.DRAFT

    @property
    def is_open(self) -> bool:
        """Tell whether it takes votes."""
        return self.state == State.OPEN


@dataclass(frozen=True, slots=True)
class Agenda:
    """An event with its polls in their order. `version` only grows, with each change but that of a poll's state."""

    id: int
    slug: str
    code: str
    title: str
    version: int
    self_paced: bool
    #: The poll that is on, or was on last; None before the first.
    current: int | None
    is_on: bool
    polls: tuple[Item, ...]
    #: Who may vote in its polls (polls.electorate); empty: each poll says so. (A copy of before 0.2 doesn't say.)
    electorate: str = ""
    #: Whether people may take a nickname, and quizzes are scored. (A copy of before 0.2 doesn't say.)
    scores: bool = False

    @property
    def has_codes(self) -> bool:
        """Tell whether its polls share voting codes."""
        return rule_of(self.electorate) == WhoMayVote.CODES

    @property
    def last(self) -> Item | None:
        """Return the poll that is on, or was on last."""
        return next((item for item in self.polls if item.id == self.current), None)

    @property
    def last_place(self) -> int:
        """Return the place of that poll, counted from 1; 0 before the first."""
        return 0 if self.current is None else self.place_of(self.current)

    @property
    def on(self) -> Item | None:
        """Return the poll that is on. A draft is never shown, nor is there one where people go as they like."""
        last = self.last
        return last if last and self.is_on and last.is_published and not self.self_paced else None

    @property
    def next(self) -> Item | None:
        """Return the poll after the one that is on, or was on last; before the first, the first."""
        return self.beside(self.current)[1]

    @property
    def previous(self) -> Item | None:
        """Return the poll before that one."""
        return self.beside(self.current)[0]

    def beside(self, poll_id: int | None) -> tuple[Item | None, Item | None]:
        """Return the polls before and after one; of none, nothing and the first."""
        place = 0 if poll_id is None else self.place_of(poll_id)
        around = (None, None, *self.polls, None)
        return around[place], around[place + 2]

    def place_of(self, poll_id: int) -> int:
        """Return the place of a poll, counted from 1; 0 if it has none."""
        return next((place for place, item in enumerate(self.polls, 1) if item.id == poll_id), 0)

    def get_absolute_url(self) -> str:
        """Return the address that the audience opens."""
        return reverse("event", args=[self.slug])

    def told(self) -> Told:
        """Return what screens are told."""
        on = None if self.on is None else self.on.slug
        return {"slug": self.slug, "version": self.version, "on": on, "self_paced": self.self_paced}

    def dump(self) -> str:
        """Return it as it is kept in Redis."""
        fields = asdict(self)
        for name in ("electorate", "scores"):
            if not fields[name]:
                del fields[name]  # A process of before it can read the rest.
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def load(cls, text: bytes | str) -> "Agenda":
        """Read what `dump` wrote."""
        data: dict[str, Any] = json.loads(text)
        return cls(**{**data, "polls": tuple(Item(**item) for item in data["polls"])})

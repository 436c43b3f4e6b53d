"""The definition of a poll: what a web service has to know of it to check a cast and to draw the page."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as a voter sees it."""

    id: int
    text: str
    #: 0, 1, 2 ... on every page: letter, colour and texture follow from it.
    index: int

    @property
    def letter(self) -> str:
        """A to Z, then AA, AB ..."""
        first, last = divmod(self.index, 26)
        return (chr(64 + first) if first else "") + chr(65 + last)

    @property
    def palette(self) -> int:
        """Which of the ten colours and textures it has."""
        return self.index % 10


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
    #: Whether this round only tries the poll out. (A box of before 0.2 doesn't say.)
    is_test: bool = False

    @property
    def closes_at_ms(self) -> int | None:
        """Closing time in milliseconds since 1970."""
        return None if self.closes_at is None else round(self.closes_at.timestamp() * 1000)

    @property
    def is_overdue_test(self) -> bool:
        """Tell whether it is still a test although its opening time has come, by this process's clock."""
        return self.is_test and self.opens_at is not None and self.opens_at <= timezone.now()

    @property
    def choice_ids(self) -> frozenset[int]:
        """Return the ids that a ballot may name."""
        return frozenset(choice.id for choice in self.choices)

    def dump(self) -> str:
        """As it stands in the ballot box."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def load(cls, text: bytes | str) -> "Definition":
        """Read what `dump` wrote."""
        data: dict[str, Any] = json.loads(text)
        for name in ("opens_at", "closes_at"):
            data[name] = data[name] and datetime.fromisoformat(data[name])
        data["choices"] = tuple(Option(**choice) for choice in data["choices"])
        return cls(**data)

"""Electorates: those who may vote in a poll, as one word that travels with its definition."""

import hmac
from dataclasses import dataclass

from polls.electorate import keys
from polls.models import WhoMayVote


class KeyGoneError(Exception):
    """The SECRET_KEY that this electorate began with is configured no longer."""


@dataclass(frozen=True, slots=True)
class Electorate:
    """The electorate of a poll that not everyone may vote in."""

    rule: WhoMayVote
    #: The poll or the event whose codes or accounts they are, such as `poll:12`.
    scope: str
    #: The mark of the secret key under which codes and accounts become voters (polls.electorate.keys).
    key_mark: str

    @classmethod
    def read(cls, word: str) -> "Electorate | None":
        """Read what `str` wrote; None for the electorate of all, which is empty."""
        if not word:
            return None
        rule, kind, number, key_mark = word.split(":")
        return cls(WhoMayVote(rule), f"{kind}:{number}", key_mark)

    def __str__(self) -> str:
        return f"{self.rule}:{self.scope}:{self.key_mark}"

    @property
    def has_codes(self) -> bool:
        """Tell whether a vote needs a code."""
        return self.rule == WhoMayVote.CODES

    @property
    def is_of_event(self) -> bool:
        """Tell whether the polls of an event share it."""
        return self.scope.startswith("event:")

    @property
    def rows(self) -> dict[str, int]:
        """Return the lookup of its rows, such as `{"poll_id": 12}`."""
        kind, _, number = self.scope.partition(":")
        return {f"{kind}_id": int(number)}

    def key(self, purpose: str) -> bytes:
        """Return its key for one purpose. Raises KeyGoneError."""
        found = keys.derived(self.key_mark, f"{purpose}:{self.rule}:{self.scope}")
        if found is None:
            raise KeyGoneError
        return found

    def voter_id(self, number: int) -> str:
        """Return the id of the voter with this code, by its number, or with this account. Raises KeyGoneError.

        Whoever votes with it is one voter, in whatever browser. It is not found from the number without the secret key.
        """
        return hmac.digest(self.key("voter"), str(number).encode(), "sha256").hex()[:32]


def chosen(rule: str, scope: str, before: str) -> str:
    """Return the word for this rule, with the key of the word `before`, if that is not empty.

    A worker may begin a round, and has a secret key of its own: it takes over a mark, and never makes one.
    """
    if rule == WhoMayVote.ANYONE:
        return ""
    present = Electorate.read(before)
    key_mark = keys.present_mark() if present is None else present.key_mark
    return str(Electorate(WhoMayVote(rule), scope, key_mark))

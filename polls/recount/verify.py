"""Verifying the file of a public list: its rows against its head, its result recounted, its head against a commitment.

It needs the file alone. Memory does not grow with the number of rows. static/recount.js does the same in a browser.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polls.box.casts import code_of_number
from polls.kinds import Kind
from polls.recount import file, sketch
from polls.recount.file import BadFileError, Head

#: The most rows of one fault that are named.
MOST_NAMED = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one row. `what` is changed, dropped, added, unreadable, impossible or misplaced.

    `line` is its number in the file, from 1; 0 of one that is not there. `text` is the row as it stands there.
    """

    what: str
    receipt: str
    line: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A number of the result that the rows do not come to. `name` says which."""

    name: str
    said: Any
    recounted: Any


@dataclass
class Verified:
    """The outcome for a file."""

    head: Head
    #: The SHA-256 of its first line.
    commitment: str
    #: Whether that is the published one; None if nobody said which one is.
    is_published: bool | None
    rows: int = 0
    #: Whether the rows are those that the head binds.
    rows_hold: bool = False
    #: Whether so many rows differ that they can't be named.
    are_too_many: bool = False
    faults: list[Fault] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Tell whether nothing is wrong."""
        return self.rows_hold and self.is_published is not False and not self.faults and not self.differences


def verify(lines: Callable[[], Iterator[bytes]], published: str | None = None) -> Verified:
    """Verify a file. `lines` opens it, and yields its lines with their line breaks; it is called once or twice.

    Raises BadFileError for a file that is no list of ballots, and OSError.
    """
    opened = lines()
    first = next(opened, b"").removesuffix(b"\n")
    head = file.read_head(first)
    commitment = hashlib.sha256(first).hexdigest()
    same = None if published is None else commitment == published.strip().lower()
    found = Verified(head, commitment, same)
    with file.complete():
        count = _Count(head, file.kind_of(head))
    sha256, sums, last = hashlib.sha256(), sketch.empty(), -1
    for number, line in enumerate(opened, 2):
        sha256.update(line)
        found.rows += 1
        text = line.removesuffix(b"\n")
        try:
            receipt, selections = file.read_row(text)
        except BadFileError:
            _note(found, "unreadable", "", number, text)
            continue
        sketch.add(sums, sketch.key_of(receipt, text))
        if fault := count.add(selections) or ("misplaced" if receipt < last else ""):
            _note(found, fault, code_of_number(receipt), number, text)
        last = max(last, receipt)
    found.rows_hold = sha256.hexdigest() == head["rows_sha256"]
    with file.complete():
        found.differences = count.differences(found.rows)
    if not found.rows_hold:
        _name(found, lines, sums)
    return found


def _note(found: Verified, what: str, receipt: str, line: int, text: bytes) -> None:
    if len(found.faults) < MOST_NAMED:
        found.faults.append(Fault(what, receipt, line, text.decode(errors="backslashreplace")[:200]))


def _name(found: Verified, lines: Callable[[], Iterator[bytes]], sums: Sequence[int]) -> None:
    """Name the rows by which the file differs from the list that its head is of."""
    with file.complete():
        sealed = [int(cell, 16) for cell in found.head["sketch"]]
    keys = sketch.difference(sums, sealed)
    found.are_too_many = keys is None
    if keys is None:
        return
    here, gone = ({key: code_of_number(sketch.receipt_of(key)) for key in some} for some in keys)
    changed = set(here.values()) & set(gone.values())
    # By key, so that of equal rows the last one is named: one of them was there before.
    for key, (number, text) in {key: (number, text) for key, number, text in _those(lines, here)}.items():
        _note(found, "changed" if here[key] in changed else "added", here[key], number, text)
    found.faults += [Fault("dropped", code) for code in gone.values() if code not in changed]


def _those(lines: Callable[[], Iterator[bytes]], keys: Mapping[int, str]) -> Iterator[tuple[int, int, bytes]]:
    """Yield the rows that have these keys: key, number of the line, and line."""
    for number, line in enumerate(lines(), 1):
        text = line.removesuffix(b"\n")
        try:
            receipt, _ = file.read_row(text)
        except BadFileError:
            continue
        if (key := sketch.key_of(receipt, text)) in keys:
            yield key, number, text


class _Count:
    """The result of some rows."""

    def __init__(self, head: Head, kind: Kind) -> None:
        self._head, self._kind = head, kind
        self._ids = [choice["id"] for choice in head["choices"]]
        if not all(type(each) is int for each in self._ids):
            raise TypeError("an id is no whole number")
        kind.votes(self._ids)  # what can't count one choice is found here, and not at some row
        self._known = frozenset(self._ids)
        self._right = set(head["right"])
        self._voters = self._right_voters = 0
        self._votes: Counter[int] = Counter()
        self._answers: Counter[tuple[int, ...]] = Counter()

    def add(self, selections: list[int]) -> str:
        """Count a row. Returns `impossible`, and does not count it, where no ballot can name these."""
        if self._kind.fault(selections, self._known):
            return "impossible"
        self._voters += 1
        self._votes.update(self._kind.votes(selections))
        self._right_voters += set(selections) == self._right
        if self._kind.keeps_answers:
            self._answers[tuple(selections)] += 1
        return ""

    def differences(self, rows: int) -> list[Difference]:
        """Return what the head says otherwise."""
        said = self._head["result"]
        votes = {choice: self._votes[choice] for choice in self._ids}
        found = [Difference("ballots", self._head["ballots"], rows), Difference("voters", said["voters"], self._voters)]
        found += [
            Difference(f"votes of {_named(choice)}", before, votes[choice["id"]])
            for choice, before in zip(self._head["choices"], said["votes"], strict=True)
        ]
        if self._right:
            found.append(Difference("voters who answered right", said["right_voters"], self._right_voters))
        answers = sorted((list(answer), ballots) for answer, ballots in self._answers.items())
        more = file.more(self._kind, votes, answers)
        found += [Difference(name, said["more"].get(name), value) for name, value in more.items()]
        return [each for each in found if each.said != each.recounted]


def _named(choice: Mapping[str, Any]) -> str:
    text = choice["text"] or f"choice {choice['id']}"
    return json.dumps(f"{choice['statement']}: {text}" if choice.get("statement") else text, ensure_ascii=False)

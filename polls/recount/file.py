"""The file of a public list: one JSON text a line. The first one is the head, each other one is a ballot.

A ballot is its receipt and its selections, and nothing else. The rows are in the order of their receipts, which is by
chance, so that it tells nothing of who voted when.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NotRequired, TypedDict

from polls import kinds
from polls.box.casts import code_of_number, receipt_number
from polls.kinds import Answered, Kind
from polls.recount import sketch

FORMAT, VERSION = "votingsite ballots", 1
#: What is counted of `Kind.result`. The rest follows from it, or is known of the poll.
_COUNTED = ("rounds", "points", "leaders", "statements", "median", "bars")


class BadFileError(ValueError):
    """A file that is no list of ballots; the text says why."""


class ListedChoice(TypedDict):
    """A choice of the poll. An entry of an open list that is not shown to everybody has no text."""

    id: int
    text: str | None
    #: Of a scale.
    statement: NotRequired[str]


class Result(TypedDict):
    """A result: voters, votes of the choices in their order, and what the kind of the poll adds (`Kind.result`)."""

    voters: int
    votes: list[int]
    #: Of a quiz: the voters who named all right answers and no other.
    right_voters: int | None
    more: Mapping[str, Any]


class Head(TypedDict):
    """The first line: the poll, its result, and what binds the rows."""

    format: str
    version: int
    poll: str
    question: str
    round: int
    kind: str
    max_choices: int
    details: Mapping[str, Any]
    choices: list[ListedChoice]
    #: The ids of the right answers of a quiz.
    right: list[int]
    #: Ballots that a host has set aside: they count nowhere, and are no rows.
    set_aside: int
    #: As the site has counted it.
    result: Result
    ballots: int
    #: The SHA-256 of all rows, line breaks included.
    rows_sha256: str
    #: The sketch of the rows, in hexadecimal digits.
    sketch: list[str]


def write(value: object) -> str:
    """Return a line without its line break."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def row(receipt: int, selections: Sequence[int]) -> str:
    """Return the line of a ballot."""
    return write([code_of_number(receipt), list(selections)])


def read_row(line: bytes) -> tuple[int, list[int]]:
    """Return the number of the receipt, and the selections. Raises BadFileError."""
    try:
        code, selections = json.loads(line)
        number = receipt_number(code)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadFileError("it is no ballot") from error
    are_numbers = isinstance(selections, list) and all(type(selection) is int for selection in selections)
    if number is None or code_of_number(number) != code or not selections or not are_numbers:
        raise BadFileError("it is no ballot")
    return number, selections


def read_head(line: bytes) -> Head:
    """Return the head that a file begins with. Raises BadFileError."""
    try:
        head: Head = json.loads(line)
        known = (head["format"], head["version"]) == (FORMAT, VERSION)
    except (ValueError, TypeError, KeyError, RecursionError):
        known = False
    if not known:
        raise BadFileError(f"It does not begin as a file of ballots does (“{FORMAT}”, version {VERSION}).")
    with complete():
        write(head).encode()  # half of a surrogate pair could not be printed
        if Head.__required_keys__ - head.keys() or len(head["sketch"]) != sketch.CELLS:
            raise ValueError("a field is missing, or too short")
    return head


@contextmanager
def complete() -> Iterator[None]:
    """Read fields of a head. Raises BadFileError where one is missing, or something else stands in its place."""
    try:
        yield
    except BadFileError:
        raise
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadFileError("Its first line is not complete.") from error


def kind_of(head: Head) -> Kind:
    """Return the kind of the poll. Raises BadFileError."""
    try:
        return kinds.of(head["kind"], head["max_choices"], head["details"])
    except (KeyError, ValueError) as error:
        raise BadFileError(f"This version knows no such kind of poll: {head['kind']}.") from error


def more(kind: Kind, votes: Mapping[int, int], answers: Sequence[Answered]) -> dict[str, Any]:
    """Return what the kind adds to a result and ballots tell, the same whatever the order of the answers."""
    found: dict[str, Any] = json.loads(json.dumps(kind.result(votes, answers)))
    for each in found.get("rounds", []):
        each["moves"].sort(key=lambda move: (move[0], move[1] or 0))
    return {name: value for name, value in found.items() if name in _COUNTED}

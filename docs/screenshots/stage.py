"""The copy of the system that the pictures are taken of: its own data and ports, polls, and votes cast at its door."""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browsing import Browser
from votingsite.drill.system import System

#: The votes that each choice of a poll gets.
VOTES: Mapping[str, Sequence[int]] = {
    "cats-vs-dogs": (97, 85),
    "town": (60, 52, 41, 19, 6),
    "fridays": (11, 23, 4),
    "lecture": (31, 24),
    "talks": (44, 39, 27, 21, 36, 12, 9),
    "logo": (3, 8, 2),
    "final": (12, 9, 17),
    "tie": (15, 15),
    "right-to-left": (5, 4, 2),
    "long": (3, 2, 1),
    "twelve": (1, 3, 5, 7, 9, 11, 12, 10, 8, 6, 4, 2),
}
#: Polls that are closed when the pictures are taken.
CLOSED = ("final", "tie")
#: Seconds over which the votes of one poll come: its time line is to have something on it.
SPAN = 40.0
_AT_ONCE = 4
#: The address on the pictures. Nobody is sent there: each page is asked for where it really is.
_ADDRESS = {"VOTE_URL": "http://votes.example", "ALLOWED_HOSTS": "votes.example,127.0.0.1"}


class CopyError(Exception):
    """The copy did not do what it was asked for."""


@contextmanager
def a_copy() -> Iterator[System]:
    """A running copy with polls and votes; it goes with all its data."""
    with (
        TemporaryDirectory(prefix="votingsite-") as folder,
        System(Path(folder) / "data", environment=_ADDRESS) as system,
    ):
        _vote(system, _make_polls(system))
        for slug in CLOSED:
            _manage(system, "seal", slug)
        yield system


def _make_polls(system: System) -> dict[str, list[int]]:
    """Make the polls of example_polls.py; returns the ids of their choices, by slug."""
    code = Path(__file__).with_name("example_polls.py").read_text()
    said = _manage(system, "shell", "--command", code)
    found: dict[str, list[int]] = json.loads(said.rpartition("CHOICES ")[2])
    return found


def _manage(system: System, *arguments: str) -> str:
    done = system.manage(*arguments)
    if done.returncode != 0:
        raise CopyError(f"{arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _vote(system: System, choices: Mapping[str, Sequence[int]]) -> None:
    """Cast VOTES through the vote door, a voter each, spread over SPAN; in the same order each time."""
    ballots = [
        (slug, choice)
        for slug, votes in VOTES.items()
        for choice, count in zip(choices[slug], votes, strict=True)
        for _ in range(count)
    ]
    random.Random(1).shuffle(ballots)  # noqa: S311 - an order, no secret
    began = time.monotonic()

    def cast(number: int) -> None:
        slug, choice = ballots[number]
        time.sleep(max(0.0, began + SPAN * number / len(ballots) - time.monotonic()))
        answer = Browser(system.vote_url).vote(f"/p/{slug}/", choice)
        if answer.status not in (200, 202):
            raise CopyError(f"a vote in {slug} was answered {answer.status}: {answer.body[:200]!r}")

    with ThreadPoolExecutor(_AT_ONCE) as voters:
        list(voters.map(cast, range(len(ballots))))

"""The copy of the system that the pictures are taken of: its own data and ports, polls, and votes."""

import itertools
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ops.drill.system import System
from tests.browsing import Browser

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
#: Seconds over which the votes come, most of them soon: their time line is to have something on it.
SPAN = 90.0
_SOON = 1.7
#: Votes a second that go on coming where the pipeline is looked at.
_RATE = 25.0
_AT_ONCE = 4
#: The address on the pictures. Nobody is sent there: each page is asked for where it really is.
_ADDRESS = {"VOTE_URL": "http://votes.example", "ALLOWED_HOSTS": "votes.example,127.0.0.1"}


class CopyError(Exception):
    """The copy did not do what it was asked for."""


@dataclass(frozen=True)
class Stage:
    """A running copy, and the ids of its polls' choices, by slug."""

    system: System
    choices: Mapping[str, Sequence[int]]

    def vote(self, slug: str, choice: int) -> None:
        """Cast a new voter's vote through the vote service. Raises CopyError if it is not taken."""
        answer = Browser(self.system.vote_url).vote(f"/p/{slug}/", choice)
        if answer.status not in (200, 202):
            raise CopyError(f"a vote in {slug} was answered {answer.status}: {answer.body[:200]!r}")

    @contextmanager
    def busy(self, slug: str) -> Iterator[None]:
        """Votes go on coming in that poll."""
        over = threading.Event()

        def cast(first: int) -> None:
            for number in itertools.count(first):
                if over.wait(_AT_ONCE / _RATE):
                    return
                self.vote(slug, self.choices[slug][number % len(self.choices[slug])])

        with ThreadPoolExecutor(_AT_ONCE) as voters:
            done = [voters.submit(cast, number) for number in range(_AT_ONCE)]
            try:
                yield
            finally:
                over.set()
        for each in done:
            each.result()


@contextmanager
def a_stage() -> Iterator[Stage]:
    """A running copy with polls and votes; it goes with all its data."""
    with TemporaryDirectory(prefix="votingsite-") as data, System(Path(data) / "data", environment=_ADDRESS) as system:
        stage = Stage(system, _make_polls(system))
        _cast_all(stage)
        for slug in CLOSED:
            _manage(system, "seal", slug)
        yield stage


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


def _cast_all(stage: Stage) -> None:
    """Cast VOTES through the vote service, a voter each, spread over SPAN; in the same order each time."""
    ballots = [
        (slug, choice)
        for slug, votes in VOTES.items()
        for choice, count in zip(stage.choices[slug], votes, strict=True)
        for _ in range(count)
    ]
    random.Random(1).shuffle(ballots)  # noqa: S311 - an order, no secret
    began = time.monotonic()

    def cast(number: int) -> None:
        due = began + SPAN * (number / len(ballots)) ** _SOON
        time.sleep(max(0.0, due - time.monotonic()))
        stage.vote(*ballots[number])

    with ThreadPoolExecutor(_AT_ONCE) as voters:
        list(voters.map(cast, range(len(ballots))))

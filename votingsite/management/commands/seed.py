"""`manage.py seed [--votes [3000] | --forever [--rate 5]]`."""

import http.client
import itertools
import queue
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from core.stores.running import RunningServers, here
from counter.models import Counter
from polls.lifecycle import seeding
from polls.models import Poll
from votingsite.vote_service import VoteService

#: Name of the seeded counter.
COUNTER = "home"
#: Voters at the web service at the same time.
AT_ONCE = 8
#: Votes a second that --rate takes at most: for more there is `bin/manage loadtest`.
MOST_A_SECOND = 100.0


class Command(BaseCommand):
    """Makes the seeded poll and the counter; casts votes only when asked to."""

    help = (
        "Make the poll cats-vs-dogs and the counter home; with --votes or --forever, cast votes in it through the vote"
        " service."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How many votes, or how fast."""
        amount = parser.add_mutually_exclusive_group()
        amount.add_argument(
            "--votes", type=int, nargs="?", const=3000, default=0, metavar="N", help="cast N votes (3000 without N)"
        )
        amount.add_argument("--forever", action="store_true", help="cast votes until Ctrl-C, whatever becomes of them")
        parser.add_argument("--rate", type=float, default=5, metavar="VOTES", help="votes a second of --forever (5)")

    def handle(self, *args: Any, votes: int, forever: bool, rate: float, **options: Any) -> None:
        """Seed; harmless to repeat, but for the votes."""
        if votes < 0:
            raise CommandError(f"--votes {votes}: it has to be 0 or more.")
        if not 0 < rate <= MOST_A_SECOND:
            raise CommandError(f"--rate {rate:g}: it has to be more than 0, and {MOST_A_SECOND:g} at most.")
        poll, made = seeding.seed()
        Counter.objects.get_or_create(name=COUNTER)
        self.stdout.write(f"The poll {poll.slug} {'was made' if made else 'is there'}, and the counter {COUNTER}.")
        service = VoteService(settings.VOTE_URL or _vote_url(), poll.get_absolute_url())
        if votes:
            self._cast(service, list(itertools.islice(_order(poll), votes)))
        if forever:
            self._stream(service, _order(poll), rate)

    def _cast(self, service: VoteService, order: list[int]) -> None:
        """Cast these votes as fast as they are taken; stop at the first one that is not."""
        with ThreadPoolExecutor(AT_ONCE) as voters, tqdm(total=len(order), unit=" votes", disable=None) as bar:
            try:
                for _ in voters.map(service.vote, order):
                    bar.update()
            except (OSError, http.client.HTTPException) as error:
                voters.shutdown(cancel_futures=True)
                raise CommandError(f"The vote service at {service.origin} did not take a vote: {error}") from error
        self.stdout.write(f"{len(order)} votes were cast and received.")

    def _stream(self, service: VoteService, order: Iterator[int], rate: float) -> None:
        """Cast votes at a steady rate until Ctrl-C or SIGTERM, and say what was not taken."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        self.stdout.write(f"{rate:g} votes a second go to {service.origin}. Ctrl-C stops.")
        received = refused = 0
        said = ""
        with suppress(KeyboardInterrupt), _Voters(service, order, rate) as voters:
            for trouble in voters.troubles():
                received, refused = received + (not trouble), refused + bool(trouble)
                if trouble and trouble != said:
                    self.stderr.write(f"A vote was not taken: {trouble}")
                said = trouble
        self.stdout.write(f"{received} votes were cast and received, {refused} were not taken.")


class _Voters:
    """Threads that take turns: each votes, and waits for its next turn."""

    def __init__(self, service: VoteService, order: Iterator[int], rate: float) -> None:
        self._service = service
        self._order = order
        self._rate = rate
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._is_over = threading.Event()

    def __enter__(self) -> "_Voters":
        began = time.monotonic()
        for number in range(AT_ONCE):
            threading.Thread(target=self._vote_forever, args=[began + number / self._rate], daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._is_over.set()

    def troubles(self) -> Iterator[str]:
        """Yield why a vote was not taken, for each; empty where it was."""
        while True:
            yield self._said.get()

    def _vote_forever(self, first: float) -> None:
        for due in itertools.count(first, AT_ONCE / self._rate):
            if self._is_over.wait(max(0.0, due - time.monotonic())):
                return
            self._said.put(self._trouble())

    def _trouble(self) -> str:
        try:
            self._service.vote(next(self._order))
        except (OSError, http.client.HTTPException) as error:
            return str(error)
        return ""


def _order(poll: Poll) -> Iterator[int]:
    """Yield choices, two of the first to one of the second, as the well-known sample application seeds."""
    first, second = poll.choices.values_list("pk", flat=True)[:2]
    return itertools.cycle([second, first, first])


def _vote_url() -> str:
    """Return the URL of bin/up's vote service, which may listen on another address of this machine."""
    return f"http://{here(RunningServers.read(settings.DATA_DIR).host)}:{settings.VOTE_PORT}"

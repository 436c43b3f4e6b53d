"""`manage.py seed [--votes [3000] | --forever [--rate 5]]`."""

import http.client
import itertools
import math
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

#: The name of the seeded counter.
COUNTER = "home"
#: Votes cast at the same time.
AT_ONCE = 8
#: Votes a second of --rate, at most; `bin/manage loadtest` casts more.
MOST_A_SECOND = 100.0


class Command(BaseCommand):
    """Makes the seeded poll and the counter; casts votes with --votes or --forever."""

    help = (
        "Make the poll cats-vs-dogs and the counter home; with --votes or --forever, cast votes in it through the vote"
        " service."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        amount = parser.add_mutually_exclusive_group()
        amount.add_argument(
            "--votes", type=int, nargs="?", const=3000, default=0, metavar="N", help="cast N votes (3000 without N)"
        )
        amount.add_argument("--forever", action="store_true", help="cast votes until Ctrl-C, whatever becomes of them")
        parser.add_argument("--rate", type=float, default=5, metavar="VOTES", help="votes a second of --forever (5)")

    def handle(self, *args: Any, votes: int, forever: bool, rate: float, **options: Any) -> None:
        """Make both, harmless to repeat; then cast the votes."""
        if votes < 0:
            raise CommandError(f"--votes {votes}: must be 0 or more.")
        if not 0 < rate <= MOST_A_SECOND:
            raise CommandError(f"--rate {rate:g}: must be more than 0, and {MOST_A_SECOND:g} at most.")
        poll, made = seeding.seed()
        Counter.objects.get_or_create(name=COUNTER)
        self.stdout.write(f"The poll {poll.slug} {'was made' if made else 'is there'}, and the counter {COUNTER}.")
        if not votes and not forever:
            return  # before the poll's address, which imports every view: at each start of bin/up half a second
        service = VoteService(settings.VOTE_URL or _vote_url(), poll.get_absolute_url())
        if votes:
            self._cast(service, list(itertools.islice(_order(poll), votes)))
        if forever:
            self._stream(service, _order(poll), rate)

    def _cast(self, service: VoteService, order: list[int]) -> None:
        """Cast these votes as fast as they are accepted; stop at the first one that is not."""
        with ThreadPoolExecutor(AT_ONCE) as voters, tqdm(total=len(order), unit=" votes", disable=None) as bar:
            try:
                for _ in voters.map(service.vote, order):
                    bar.update()
            except (OSError, http.client.HTTPException) as error:
                voters.shutdown(cancel_futures=True)
                raise CommandError(f"The vote service at {service.origin} did not take a vote: {error}") from error
        self.stdout.write(f"{len(order)} votes were cast and received.")

    def _stream(self, service: VoteService, order: Iterator[int], rate: float) -> None:
        """Cast votes at a steady rate until Ctrl-C or SIGTERM, and report failures."""
        voters = _Voters(service, order, rate)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, voters.stop)
        self.stdout.write(f"{rate:g} votes a second go to {service.origin}. Ctrl-C stops.")
        received = refused = 0
        said: set[str] = set()
        for trouble in voters.troubles():
            received, refused = received + (not trouble), refused + bool(trouble)
            if not trouble:
                said.clear()
            elif trouble not in said:
                said.add(trouble)
                self.stderr.write(f"A vote was not taken: {trouble}")
        self.stdout.write(f"{received} votes were cast and received, {refused} were not taken.")


class _Voters:
    """Threads that vote in turns at a steady rate. Missed turns are skipped."""

    def __init__(self, service: VoteService, order: Iterator[int], rate: float) -> None:
        self._service = service
        self._order = order
        self._every_s = AT_ONCE / rate
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._is_over = threading.Event()
        firsts = (time.monotonic() + number / rate for number in range(AT_ONCE))
        self._threads = [threading.Thread(target=self._vote, args=[first]) for first in firsts]

    def troubles(self) -> Iterator[str]:
        """Vote until stopped; yield for each vote why it was not accepted, empty if it was."""
        for thread in self._threads:
            thread.start()
        # In this order: a thread that has ended has reported everything before.
        while any(thread.is_alive() for thread in self._threads) or not self._said.empty():
            with suppress(queue.Empty):
                yield self._said.get(timeout=0.1)

    def stop(self, *_signal: object) -> None:
        """Stop after the votes that are begun."""
        self._is_over.set()

    def _vote(self, due: float) -> None:
        while not self._is_over.wait(max(0.0, due - time.monotonic())):
            self._said.put(self._trouble())
            due += self._every_s * max(1, math.ceil((time.monotonic() - due) / self._every_s))

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

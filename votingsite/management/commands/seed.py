"""`manage.py seed [--votes [3000]]`."""

import http.client
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from core.stores.running import RunningServers, here
from core.web import hidden_fields
from counter.models import Counter
from polls.lifecycle import seeding
from polls.models import Poll

#: Name of the seeded counter.
COUNTER = "home"
#: Voters at the web service at the same time.
AT_ONCE = 8
#: Seconds that one answer may take.
TIMEOUT = 10.0


class Command(BaseCommand):
    """Makes the seeded poll and the counter; casts votes only when asked to."""

    help = "Make the poll cats-vs-dogs and the counter home; with --votes, cast votes in it through the vote service."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many votes."""
        parser.add_argument(
            "--votes", type=int, nargs="?", const=3000, default=0, metavar="N", help="cast N votes (3000 without N)"
        )

    def handle(self, *args: Any, votes: int, **options: Any) -> None:
        """Seed; harmless to repeat, but for the votes."""
        if votes < 0:
            raise CommandError(f"--votes {votes}: it has to be 0 or more.")
        poll, made = seeding.seed()
        Counter.objects.get_or_create(name=COUNTER)
        self.stdout.write(f"The poll {poll.slug} {'was made' if made else 'is there'}, and the counter {COUNTER}.")
        if votes:
            self._cast(poll, votes)

    def _cast(self, poll: Poll, votes: int) -> None:
        """Two votes to one, as the well-known sample application seeds."""
        choices = list(poll.choices.values_list("pk", flat=True))
        service = _VoteService(settings.VOTE_URL or _vote_url(), poll.get_absolute_url())
        order = [choices[0] if number % 3 else choices[1] for number in range(votes)]
        with ThreadPoolExecutor(AT_ONCE) as voters, tqdm(total=votes, unit=" votes", disable=None) as bar:
            try:
                for _ in voters.map(service.vote, order):
                    bar.update()
            except (OSError, http.client.HTTPException) as error:
                voters.shutdown(cancel_futures=True)
                raise CommandError(f"The vote service at {service.origin} did not take a vote: {error}") from error
        self.stdout.write(f"{votes} votes were cast and received.")


def _vote_url() -> str:
    """Return the URL of bin/up's vote service, which may listen on another address of this machine."""
    return f"http://{here(RunningServers.read(settings.DATA_DIR).host)}:{settings.VOTE_PORT}"


class _VoteService:
    """The vote service as browsers use it: a page for each voter, with its cookies, then its form."""

    def __init__(self, origin: str, path: str) -> None:
        self.origin = origin
        self._path = path
        self._local = threading.local()

    def vote(self, choice: int) -> None:
        """Cast one vote of a new voter. Raises OSError or HTTPException if it is not taken."""
        page, cookies = self._ask("GET", None, {})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Cookie": "; ".join(f"{name}={cookie.coded_value}" for name, cookie in cookies.items()),
            "Referer": self.origin + self._path,
        }
        fields = hidden_fields.of(page) | {"choice": str(choice)}
        self._ask("POST", urlencode(fields), headers)

    def _ask(self, method: str, body: str | None, headers: dict[str, str]) -> tuple[str, "SimpleCookie"]:
        """Return the text of an answer, and the cookies that it sets."""
        connection = self._connection()
        connection.request(method, self._path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
        if response.status not in (200, 202):
            raise http.client.HTTPException(f"it answered {response.status}: {text[:200]!r}")
        cookies: SimpleCookie = SimpleCookie()
        for header in response.headers.get_all("Set-Cookie", []):
            cookies.load(header)
        return text, cookies

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            parts = urlsplit(self.origin)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.netloc, timeout=TIMEOUT)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._local.connection = connection
        found: http.client.HTTPConnection = self._local.connection
        return found

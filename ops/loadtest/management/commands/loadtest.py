"""`manage.py loadtest`."""

import asyncio
import importlib.util
import ipaddress
import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Never
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as PostgresError
from tqdm import tqdm

from polls.host import capacity

if TYPE_CHECKING:
    from ops.loadtest.phone import Notes
    from ops.loadtest.room import Verdict

_MOST_PHONES = 20_000
_LONGEST_S = 600.0
#: The exit code after Ctrl-C.
_STOPPED = 130


class Command(BaseCommand):
    """Lets a room of phones vote, and says whether the system holds them."""

    help = (
        "Simulate a room: phones arrive, load the vote page, open its WebSocket, vote and keep watching. They run on "
        "this machine and use a part of it. Exit code 0 only when everybody voted within a second and no vote is lost."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--phones", type=int, default=500, help="number of phones [%(default)s]")
        parser.add_argument("--arrive", type=float, default=30, help="seconds in which they arrive [%(default)s]")
        parser.add_argument("--stay", type=float, default=5, help="seconds that they stay afterwards [%(default)s]")
        parser.add_argument("--url", help="vote page of an open poll [a poll of its own on this system]")
        parser.add_argument(
            "--yes-it-is-mine", action="store_true", help="confirm that a --url on another machine is yours"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the result as JSON")

    def handle(
        self,
        *args: Any,
        phones: int,
        arrive: float,
        stay: float,
        url: str | None,
        yes_it_is_mine: bool,
        as_json: bool,
        **options: Any,
    ) -> None:
        """Run the load test, and print the result."""
        if importlib.util.find_spec("aiohttp") is None:
            raise CommandError("A load test needs requirements-dev.txt, and aiohttp is not installed. Use bin/manage.")
        _check(phones, arrive, stay)
        if url is not None:
            url = _page(url, is_mine=yes_it_is_mine)
        verdict = _measure(url, phones, arrive, stay)
        self.stdout.write(json.dumps(verdict.as_dict(), indent=2) if as_json else verdict.sentence)
        if not verdict.is_held:
            sys.exit(1)


def _measure(url: str | None, phones: int, arrive: float, stay: float) -> "Verdict":
    """Let the room vote. Remember the result for the host pages, unless --url names another poll."""
    from ops.entrypoint.services import allow_open_files
    from ops.loadtest.room import Plan, ReachError, run

    allow_open_files()
    try:
        with _poll_of_its_own() if url is None else nullcontext(url) as page, _progress(phones) as show:
            verdict = asyncio.run(run(page, Plan(phones, arrive, stay), show))
    except ReachError as error:
        raise CommandError(str(error)) from None
    except PostgresError as error:
        raise CommandError(f"The database can't be reached, so there is no poll to vote in: {error}") from None
    except KeyboardInterrupt:
        raise CommandError("Stopped; the poll of the load test was deleted.", returncode=_STOPPED) from None
    if url is None:
        _remember(verdict)
    return verdict


def _remember(verdict: "Verdict") -> None:
    capacity.remember(
        phones=verdict.phones,
        arrive_s=verdict.arrive_s,
        page_p99_s=verdict.page_p99_s,
        vote_p99_s=verdict.vote_p99_s,
        lost=verdict.lost,
        is_held=verdict.is_held,
    )


def _check(phones: int, arrive: float, stay: float) -> None:
    if not 1 <= phones <= _MOST_PHONES:
        raise CommandError(f"--phones {phones}: must be 1 to {_MOST_PHONES}.")
    for name, seconds, least in (("arrive", arrive, 0.1), ("stay", stay, 0)):
        if not least <= seconds <= _LONGEST_S:
            raise CommandError(f"--{name} {seconds:g}: must be {least:g} to {_LONGEST_S:g}.")


def _page(url: str, *, is_mine: bool) -> str:
    """Return the address of a vote page, on this machine unless it is confirmed."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CommandError(
            f"--url {url!r} is no address of a vote page, such as http://127.0.0.1:8080/p/cats-vs-dogs/."
        )
    if not (_is_here(parts.hostname) or is_mine):
        raise CommandError(
            f"--url {url!r} is on another machine, which this would put under load. "
            "Add --yes-it-is-mine if it is yours."
        )
    return url if url.endswith("/") else f"{url}/"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _poll_of_its_own() -> Iterator[str]:
    """Make a poll for this block, and yield the address of its vote page."""
    from ops.drill.poll import make
    from polls.lifecycle import transitions

    slug = f"loadtest-{secrets.token_hex(4)}"
    poll_id = make(slug, "How many people can vote at once?", "AB")
    try:
        yield f"{settings.VOTE_URL or f'http://127.0.0.1:{settings.VOTE_PORT}'}/p/{slug}/"
    finally:
        transitions.delete(poll_id)


@contextmanager
def _progress(phones: int) -> Iterator[Any]:
    """Show a bar on stderr, if that is a terminal."""
    bar: tqdm[Never] = tqdm(total=phones, unit=" phones", disable=None)
    with bar:

        def show(notes: "Notes") -> None:
            bar.set_description_str(
                f"{len(notes.accepted):,} votes, {sum(notes.failures.values()):,} failures", refresh=False
            )
            bar.update(notes.done - bar.n)

        yield show

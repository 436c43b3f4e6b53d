"""`manage.py seal SLUG`."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box
from polls.lifecycle import transitions
from polls.management.polls_by_slug import poll_of
from polls.models import State, Tally

#: How long the command waits for every vote to be counted, in seconds.
WAIT = 30.0
#: Its exit code when they are not all counted by then.
NOT_FINAL = 3


class Command(BaseCommand):
    """Closes a poll by hand, and waits until every vote accepted before is counted."""

    help = "Close a poll and wait up to 30 s until it is final; exit code 3 if it is not by then."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the poll's slug."""
        parser.add_argument("slug", metavar="SLUG")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        """Seal it and wait."""
        poll = poll_of(slug)
        try:
            transitions.seal(poll.pk)
        except transitions.NotPossibleError as error:
            raise CommandError(str(error)) from error
        deadline = time.monotonic() + WAIT
        while (tally := Tally.objects.get(pk=poll.pk)).state == State.SEALING:
            if time.monotonic() > deadline:
                raise CommandError(f"{slug} is closed but not final yet: {_missing(poll.pk)}", returncode=NOT_FINAL)
            time.sleep(0.1)
        self.stdout.write(f"{slug} is {tally.state}; votes counted: {tally.voters}.")


def _missing(poll_id: int) -> str:
    try:
        waiting = sum(box.waiting for box in ballot_box.boxes() if box.poll_id == poll_id)
    except RedisUnavailableError as error:
        return f"Redis does not answer, votes may wait in it ({error}). Start it; the count then goes on by itself."
    return f"votes that wait to be counted: {waiting}. Is a worker running?"

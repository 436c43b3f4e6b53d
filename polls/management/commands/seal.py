"""`manage.py seal SLUG`."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.stores.redis import RedisUnavailableError
from polls.box import ballot_box
from polls.lifecycle import transitions
from polls.management.polls_by_slug import poll_of
from polls.models import State, Tally

#: Seconds that the command waits for every vote to be counted.
WAIT = 30.0
#: The exit code if some are not counted by then.
NOT_FINAL = 3


class Command(BaseCommand):
    """Closes a poll by hand, and waits until every vote accepted before is counted."""

    help = "Close a poll and wait up to 30 s until it is final. Exit code 3 if it is not final by then."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the poll's slug."""
        parser.add_argument("slug", metavar="SLUG")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        """Seal the poll and wait."""
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
        return f"Redis does not answer and may hold votes ({error}). Start it, and counting continues."
    return f"votes not counted yet: {waiting}. Is a worker running?"

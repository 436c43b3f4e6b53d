"""`manage.py open SLUG`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from polls.lifecycle import transitions
from polls.management.polls_by_slug import poll_of


class Command(BaseCommand):
    """Opens a poll by hand."""

    help = "Open a poll, or open a final one again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the poll's slug."""
        parser.add_argument("slug", metavar="SLUG")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        """Open it."""
        try:
            definition = transitions.open_poll(poll_of(slug).pk)
        except transitions.NotPossibleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{slug} is open (round {definition.round}, box {definition.box}).")

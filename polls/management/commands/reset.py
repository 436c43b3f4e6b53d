"""`manage.py reset [SLUG ...]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from polls.lifecycle import transitions
from polls.management.polls_by_slug import poll_of
from polls.models import Poll


class Command(BaseCommand):
    """Begins the next round of polls: their votes are deleted, the last totals of the round are kept."""

    help = (
        "Delete the votes of polls and begin their next round; without SLUG, of every poll that has been opened. A "
        "poll in its test round goes live, and has to be named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the slugs and `--yes`."""
        parser.add_argument("slugs", metavar="SLUG", nargs="*")
        parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")

    def handle(self, *args: Any, slugs: list[str], yes: bool, **options: Any) -> None:
        """Ask, then reset."""
        opened = Poll.objects.select_related("tally").exclude(tally__state__in=transitions.UNOPENED)
        polls = [poll_of(slug) for slug in slugs] if slugs else list(opened.filter(tally__is_test=False))
        if not polls:
            self.stdout.write("No poll has been opened: there is nothing to reset.")
            return
        if not yes:
            self._ask(polls)
        for poll in polls:
            try:
                transitions.reset(poll.pk)
            except transitions.NotPossibleError as error:
                raise CommandError(f"{poll.slug}: {error}") from error
            self.stdout.write(f"{poll.slug} has begun its next round.")

    def _ask(self, polls: list[Poll]) -> None:
        for poll in polls:
            self.stdout.write(f"  {poll.slug}: votes that will be deleted: {poll.tally.voters}")
        try:
            answer = input("Delete them? [y/N] ")
        except EOFError:
            raise CommandError(
                "There is no terminal to ask on, and nothing was deleted. Use --yes to skip the question."
            ) from None
        if answer.strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was deleted.")

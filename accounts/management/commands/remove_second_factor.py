"""manage.py remove_second_factor: let somebody who has lost the phone sign in without it."""

import logging
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import second_factor

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Removes a second factor, recovery codes included."""

    help = "Let somebody who has lost the phone sign in with the password alone. Sessions go on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the user name."""
        parser.add_argument("name", help="the user's name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        """Remove it, and log that."""
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no user {name}.")
        if not second_factor.remove(user):
            raise CommandError(f"{name} has no second factor.")
        logger.warning("The second factor of %s was removed by a command", name)
        self.stdout.write(f"{name} can sign in without a second factor now.")

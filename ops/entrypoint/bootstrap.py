"""Bootstrap of the database before the parts start: tables, the admin's user, the seeded poll."""

import logging
from pathlib import Path

from django.core.management import call_command
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

logger = logging.getLogger(__name__)

ADMIN = "admin"
#: How often a migration may lose its locks to votes that are being counted.
_TRIES = 10


def prepare(password_file: Path, *, seed: bool) -> str:
    """Migrate, make the admin's user if there is none, and seed if asked to. Harmless to repeat.

    Returns the admin's password, from the file, if the user was made now: it is shown once, and must be changed at the
    first sign-in. Later it returns a hint to the password instead.
    """
    _migrate()
    password = _make_admin(password_file)
    if seed:
        call_command("seed")
    return password


def _migrate() -> None:
    """Migrate. A migration changes all or nothing, so one that loses its locks is begun again.

    Parts of an older release may run and count votes meanwhile: they lock rows in one order, a migration whole tables
    in another one. Raises OperationalError after the last try.
    """
    for left in reversed(range(_TRIES)):
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, DeadlockDetected | LockNotAvailable):
                raise
            logger.warning("A migration waited for others too long, so it begins again: %s", error.__cause__)
        else:
            return


def _make_admin(password_file: Path) -> str:
    from django.contrib.auth.models import User

    from accounts import passwords

    password = password_file.read_text().strip()
    admin = User.objects.filter(username=ADMIN).first()
    if admin is None:
        passwords.mark_given(User.objects.create_superuser(ADMIN, password=password))
        return password
    if not admin.check_password(password):
        return "the password you gave it"
    passwords.mark_given(admin)  # also if an older version made the user
    return f"see {password_file}"

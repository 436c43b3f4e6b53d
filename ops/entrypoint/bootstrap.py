"""Bootstrap of the database before the parts start: tables, the admin's user, the seeded poll."""

from pathlib import Path

from django.core.management import call_command

ADMIN = "admin"


def prepare(password_file: Path, *, seed: bool) -> str:
    """Bring the tables up to date, make the admin's user if there is none, and seed if asked to. Harmless to repeat.

    Returns the admin's password, which the file holds, if the user was made now: it is shown once. Later it returns
    where it is, or whose it is.
    """
    call_command("migrate", interactive=False, verbosity=0)
    password = _make_admin(password_file)
    if seed:
        call_command("seed")
    return password


def _make_admin(password_file: Path) -> str:
    from django.contrib.auth import get_user_model

    password = password_file.read_text().strip()
    users = get_user_model().objects
    admin = users.filter(username=ADMIN).first()
    if admin is None:
        users.create_superuser(ADMIN, password=password)
        return password
    return f"see {password_file}" if admin.check_password(password) else "the password you gave it"

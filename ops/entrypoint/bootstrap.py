"""What is done in the database before the parts start: tables, the admin's user, the seeded poll."""

from django.core.management import call_command

ADMIN = "admin"


def prepare(password: str, *, seed: bool) -> str:
    """Bring the tables up to date, make the admin's user if there is none, and seed if asked to. Harmless to repeat.

    Returns the admin's password, or a hint where it is no longer this one.
    """
    call_command("migrate", interactive=False, verbosity=0)
    known = _make_admin(password)
    if seed:
        call_command("seed")
    return password if known else "(the one you gave it)"


def _make_admin(password: str) -> bool:
    """Whether the password is right for the admin's user, who is made with it if there is none."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    admin = users.filter(username=ADMIN).first() or users.create_superuser(ADMIN, password=password)
    return admin.check_password(password)

"""Given passwords: chosen by an operator in the admin, or by bin/up at its first start."""

from django.contrib.auth.models import User

from accounts import sessions
from accounts.models import GivenPassword


def mark_given(user: User) -> None:
    """Make this user choose a password at the next sign-in. Their sessions end. May be repeated."""
    GivenPassword.objects.get_or_create(user=user)
    sessions.end_all(user)


def is_given(user: User) -> bool:
    """Tell whether this user has yet to choose a password."""
    return GivenPassword.objects.filter(user=user).exists()


def mark_own(user: User) -> None:
    """Note that the user has chosen the password. Sessions that began with another one end."""
    GivenPassword.objects.filter(user=user).delete()
    sessions.end_all(user)

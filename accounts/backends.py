"""The user of a session, checked at each request."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User

from accounts import second_factor
from accounts.models import GivenPassword


class Backend(ModelBackend):
    """Django's backend; a session also ends when its user owes a new password or a second factor.

    So no page or socket has to check for these: the user is sent to the sign-in page, and takes these steps there.
    """

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session; None if the session is no longer valid."""
        user = super().get_user(user_id)
        if user is None or GivenPassword.objects.filter(user=user).exists() or second_factor.is_owed(user):
            return None
        return user

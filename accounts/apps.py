"""The Django app `accounts`."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy


class AccountsConfig(AppConfig):
    """Records sign-ins."""

    name = "accounts"
    verbose_name = gettext_lazy("Accounts")
    default = True

    def ready(self) -> None:
        """Connect the receiver that records sign-ins."""
        from accounts import sessions

        user_logged_in.connect(sessions.note, dispatch_uid="accounts.sessions")

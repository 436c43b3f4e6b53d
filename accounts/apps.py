"""The Django app `accounts`."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy


class AccountsConfig(AppConfig):
    """Notes each sign-in from now on."""

    name = "accounts"
    verbose_name = gettext_lazy("Accounts")
    default = True

    def ready(self) -> None:
        """Connect what notes them."""
        from accounts import sessions

        user_logged_in.connect(sessions.note, dispatch_uid="accounts.sessions")

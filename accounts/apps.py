"""The Django app `accounts`."""

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models import Model
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
        for model in apps.get_models(include_auto_created=True):
            if model._meta.auto_created:  # noqa: SLF001 (Django documents it)
                model.__str__ = _both_ends  # type: ignore[method-assign, assignment]


def _both_ends(row: Model) -> str:
    """Return what a row of a many-to-many table joins: the admin lists it with what is deleted."""
    fields = row._meta.fields  # noqa: SLF001
    return " - ".join(str(getattr(row, field.name)) for field in fields if field.is_relation)

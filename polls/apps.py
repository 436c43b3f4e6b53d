"""The Django app `polls`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PollsConfig(AppConfig):
    """See the package's modules."""

    name = "polls"
    verbose_name = gettext_lazy("Polls")

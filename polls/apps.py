"""The Django app `polls`."""

from django.apps import AppConfig


class PollsConfig(AppConfig):
    """See the package's modules."""

    name = "polls"

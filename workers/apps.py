"""The Django app `workers`."""

from django.apps import AppConfig


class WorkersConfig(AppConfig):
    """The app's configuration."""

    name = "workers"

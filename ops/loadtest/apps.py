"""The Django app of the commands `loadtest` and `bench`. The production image does not have it."""

from django.apps import AppConfig


class LoadtestConfig(AppConfig):
    """The app's configuration."""

    name = "ops.loadtest"

"""The Django app of the command `drill`. The production image does not have it."""

from django.apps import AppConfig


class DrillConfig(AppConfig):
    """The app's configuration."""

    name = "ops.drill"

"""The Django app `loadtest`: the command of that name. It is no part of the image that production runs."""

from django.apps import AppConfig


class LoadtestConfig(AppConfig):
    """See the package's modules."""

    name = "ops.loadtest"

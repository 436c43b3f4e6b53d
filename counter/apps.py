"""The Django app `counter`."""

from django.apps import AppConfig


class CounterConfig(AppConfig):
    """See the package's modules."""

    name = "counter"

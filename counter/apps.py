"""The Django app `counter`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class CounterConfig(AppConfig):
    """See the package's modules."""

    name = "counter"
    verbose_name = gettext_lazy("Counter")

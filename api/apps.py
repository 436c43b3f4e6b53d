"""The Django app `api`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ApiConfig(AppConfig):
    """Holds the first answers of requests that may come again."""

    name = "api"
    verbose_name = gettext_lazy("API")
    default = True

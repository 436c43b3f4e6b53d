"""The Django app `inspection`, and the admin that holds its pages."""

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig


class InspectionConfig(AppConfig):
    """See the package's modules."""

    name = "inspection"
    default = True


class AdminConfig(SimpleAdminConfig):
    """Django's admin, with a section for the running system.

    A worker shows no page. With the admin's modules, and the checks of pages, it needed 106 MB in the place of 80, and
    two thirds of a second of CPU more to start.
    """

    default = False  # it is named in INSTALLED_APPS
    default_site = "inspection.admin_site.VotingsiteAdminSite"

    def ready(self) -> None:
        """Let each app register its models, where pages are shown."""
        super().ready()
        if settings.ROLE != "worker":
            admin.autodiscover()

"""The project itself as an app: its checks, and the commands that belong to no other app."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class VotingsiteConfig(AppConfig):
    """Registers the system checks."""

    name = "votingsite"
    default = True

    def ready(self) -> None:
        """Register the checks."""
        from votingsite import checks  # noqa: F401


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin, with a section for the running system."""

    default = False  # it is named in INSTALLED_APPS
    default_site = "votingsite.admin_site.VotingsiteAdminSite"

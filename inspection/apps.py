"""The Django app `inspection`, and the admin that holds its pages."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class InspectionConfig(AppConfig):
    """See the package's modules."""

    name = "inspection"
    default = True


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin, with a section for the running system."""

    default = False  # it is named in INSTALLED_APPS
    default_site = "inspection.admin_site.VotingsiteAdminSite"

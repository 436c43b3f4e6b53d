"""The admin, with a section for the running system."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _

from inspection import staff_pages, trace_views
from inspection import views as inspectors
from inspection.pipeline import press, views
from inspection.staff_pages import SystemPage
from polls import people


class VotingsiteAdminSite(admin.AdminSite):
    """Django's admin site, and the pages that show the system while it runs."""

    site_header = site_title = settings.SITE_NAME
    site_url = "/?home"

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The system's pages before the models'. They check by themselves who may look: Postgres may be down."""
        pages: list[URLResolver | URLPattern] = [
            path("pipeline/", views.page, name="pipeline"),
            path("pipeline/picture/", views.picture, name="pipeline_picture"),
            path("pipeline/state.json", views.state_json, name="pipeline_state"),
            path("pipeline/press/", press.press, name="pipeline_press"),
            path("pipeline/follow/", trace_views.follow_page, name="follow"),
            path("pipeline/follow/<str:follow_id>/", trace_views.way_page, name="follow_way"),
            path("pipeline/redis/", inspectors.redis_page, name="redis_inspector"),
            path("pipeline/postgres/", inspectors.postgres_page, name="postgres_inspector"),
        ]
        return pages + super().get_urls()

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the one page to sign in on, and from there to the page that was asked for."""
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the account page, where passwords are changed."""
        return redirect("account")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models, and first of all the section "System"."""
        models = super().get_app_list(request, app_label)
        return models if app_label or not people.may_operate(request.user) else [_system(request), *models]


def _system(request: HttpRequest) -> dict[str, Any]:
    pages = staff_pages.system_pages(request)
    return {
        "name": _("System"),
        "app_label": "system",
        "app_url": reverse("admin:pipeline"),
        "has_module_perms": True,
        "models": [
            {
                "name": page.title,
                "object_name": page.url.partition(":")[2],
                "admin_url": _address(page, request.path),
                "add_url": None,
                "view_only": True,
                "perms": {"view": True},
            }
            for page in pages
        ],
    }


def _address(page: SystemPage, here: str) -> str:
    """Return where a page is, in a form that is no part of the present address unless it is the whole of it.

    Django marks every entry whose address is part of the present one: the pipeline's too, on the pages below it.
    """
    address = reverse(page.url)
    return f"{address}?" if address != here and here.startswith(address) else address

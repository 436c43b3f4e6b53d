"""The admin, with a section for the running system."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.web.logins import AdminLoginForm
from inspection import instructor_views, trace_views
from inspection import views as inspectors
from inspection.pipeline import views
from polls import people


@dataclass(frozen=True, slots=True)
class SystemPage:
    """A page of the section "System": its title and its URL's name."""

    title: Any
    url: str
    #: What a staff member needs beside being one: a permission; empty: nothing more.
    permission: str = ""


#: What the section holds, in this order. Whoever adds a page adds its address to `get_urls`, or to a ModelAdmin's.
SYSTEM_PAGES = [
    SystemPage(gettext_lazy("Pipeline"), "admin:pipeline"),
    SystemPage(gettext_lazy("Follow a vote"), "admin:follow"),
    SystemPage(gettext_lazy("Redis inspector"), "admin:redis_inspector"),
    SystemPage(gettext_lazy("Postgres inspector"), "admin:postgres_inspector"),
    SystemPage(gettext_lazy("Jobs (RQ)"), "admin:django_rq_home", "django_rq.admin"),
]


class VotingsiteAdminSite(admin.AdminSite):
    """Django's admin site, and the pages that show the system while it runs."""

    site_header = "votingsite"
    site_title = "votingsite"
    site_url = "/?home"
    login_form = AdminLoginForm

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The system's pages before the models'. They check by themselves who may look: Postgres may be down."""
        pages: list[URLResolver | URLPattern] = [
            path("pipeline/", views.page, name="pipeline"),
            path("pipeline/picture/", views.picture, name="pipeline_picture"),
            path("pipeline/state.json", views.state_json, name="pipeline_state"),
            path("pipeline/press/", instructor_views.press, name="pipeline_press"),
            path("pipeline/follow/", trace_views.follow_page, name="follow"),
            path("pipeline/follow/<str:follow_id>/", trace_views.way_page, name="follow_way"),
            path("pipeline/redis/", inspectors.redis_page, name="redis_inspector"),
            path("pipeline/postgres/", inspectors.postgres_page, name="postgres_inspector"),
        ]
        return pages + super().get_urls()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models, and first of all the section "System"."""
        models = super().get_app_list(request, app_label)
        return models if app_label or not people.may_operate(request.user) else [_system(request), *models]


def _system(request: HttpRequest) -> dict[str, Any]:
    pages = [page for page in SYSTEM_PAGES if not page.permission or request.user.has_perm(page.permission)]
    return {
        "name": _("System"),
        "app_label": "system",
        "app_url": reverse("admin:pipeline"),
        "has_module_perms": True,
        "models": [
            {
                "name": page.title,
                "object_name": page.url.partition(":")[2],
                "admin_url": reverse(page.url),
                "add_url": None,
                "view_only": True,
                "perms": {"view": True},
            }
            for page in pages
        ],
    }

"""Every URL of both web services."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView
from django.views.i18n import set_language

from core.web import health, site
from inspection import drill_page, prometheus

urlpatterns = [
    # Browsers ask for it on pages that name no icon, such as the admin's.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("mark.svg"))),
    path("site-logo", site.logo, name="site_logo"),
    path("site.webmanifest", site.manifest, name="site_manifest"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    # First, since every vote is matched here.
    path("", include("polls.urls")),
    path("language/", set_language, name="set_language"),
    path("", include("accounts.urls")),
    path("metrics", prometheus.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("api.urls")),
    path("counter/", include("counter.urls")),
    path("host/events/", include("polls.host.events.urls")),
    path("host/<slug:slug>/break/", drill_page.page, name="break"),
    path("host/", include("polls.host.urls")),
]
handler400 = "core.web.errors.bad_request"
handler403 = "core.web.errors.not_allowed"
handler404 = "core.web.errors.not_found"
handler500 = "core.web.errors.server_error"

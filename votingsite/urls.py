"""Every URL of both doors."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from votingsite import health, metrics

urlpatterns = [
    # What browsers ask for where a page names none, as those of the admin do.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("mark.svg"))),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("counter/", include("counter.urls")),
    path("", include("polls.urls")),
]
handler400 = "votingsite.errors.bad_request"
handler403 = "votingsite.errors.not_allowed"
handler404 = "votingsite.errors.not_found"
handler500 = "votingsite.errors.server_error"

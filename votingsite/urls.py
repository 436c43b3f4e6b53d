"""Every URL of both doors."""

from django.contrib import admin
from django.urls import include, path

from votingsite import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("counter/", include("counter.urls")),
    path("", include("polls.urls")),
]
handler400 = "votingsite.errors.bad_request"
handler403 = "votingsite.errors.not_allowed"
handler404 = "votingsite.errors.not_found"
handler500 = "votingsite.errors.server_error"

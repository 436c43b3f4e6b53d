"""RQ's own pages in the admin, for users with its permission and superusers; one sentence while Redis is away."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django_rq.admin import QueueAdmin
from django_rq.models import Dashboard
from django_rq.urls import get_admin_urlpatterns, get_api_urlpatterns
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError

from core.web.errors import RETRY_AFTER, answer
from workers import rq_pages

#: These pages also delete, empty and repeat jobs.
PERMISSION = "django_rq.admin"


@admin.register(Dashboard)
class DashboardAdmin(QueueAdmin):
    """django-rq's pages, but not open to all staff, and without a 500 while Redis is away."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Leave them out of the app list: the admin's index has them in its section "System"."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Guard every page, also those for programs, which every staff member could read otherwise."""
        for_programs: list[URLPattern] = get_api_urlpatterns("django_rq_")
        for pattern in for_programs:
            pattern.callback = self._guarded(pattern.callback)
        return [*for_programs, *get_admin_urlpatterns("django_rq_", self._guarded)]

    def _guarded(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(PERMISSION):
                raise PermissionDenied
            request.current_app = self.admin_site.name
            try:
                return rq_pages.within_our_policy(view(request, *args, **kwargs))
            except (IndexError, NoSuchJobError, ValueError):
                # The address names a queue, job, worker or scheduler that does not exist.
                raise Http404 from None
            except RedisError:
                detail = _("Redis does not answer, so the jobs can't be shown. Try again in a moment.")
                return answer(request, 503, "unavailable", detail, RETRY_AFTER)

        return wraps(view)(self.admin_site.admin_view(guarded))

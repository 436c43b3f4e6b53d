"""Pages for staff in the frame of the admin, which go on as far as they can while a store is away."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from core.web import origins
from core.web.errors import RETRY_AFTER, answer, wants_json
from inspection import staff_pass
from inspection.staff_pass import Access

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class SystemPage:
    """A page of the section "System": its title and its URL's name."""

    title: Any
    url: str
    #: What a staff member needs beside being one: a permission; empty: nothing more.
    permission: str = ""


#: What the section holds, in this order. Whoever adds a page adds its address to
#: `VotingsiteAdminSite.get_urls`, or to a ModelAdmin's.
SYSTEM_PAGES = [
    SystemPage(gettext_lazy("Pipeline"), "admin:pipeline"),
    SystemPage(gettext_lazy("Follow a vote"), "admin:follow"),
    SystemPage(gettext_lazy("Redis inspector"), "admin:redis_inspector"),
    SystemPage(gettext_lazy("Postgres inspector"), "admin:postgres_inspector"),
    SystemPage(gettext_lazy("Jobs (RQ)"), "admin:django_rq_home", "django_rq.admin"),
]


def system_pages(request: HttpRequest) -> list[SystemPage]:
    """Return those that are for whoever asks. Raises django.db.Error."""
    return [page for page in SYSTEM_PAGES if not page.permission or request.user.has_perm(page.permission)]


def for_staff(view: View) -> View:
    """Lets staff through; the view gets the Look before the rest."""
    return _for(view, Access.STAFF)


def for_staff_or_holders(view: View) -> View:
    """The same, and lets who holds the pass through while Postgres can't say."""
    return _for(view, Access.STAFF, Access.HOLDER)


def _for(view: View, *allowed: Access) -> View:
    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        access = staff_pass.access(request)
        if access not in allowed:
            return _refusal(access, request)
        response = view(request, access, *args, **kwargs)
        if access is Access.STAFF:
            staff_pass.give(request, response, reverse("admin:pipeline"))
        return response

    return wrapper


def _refusal(access: Access, request: HttpRequest) -> HttpResponse:
    if access is not Access.NO:
        detail = _("Postgres is down, so your permissions can't be checked. Try again in a moment.")
        return answer(request, 503, "unavailable", detail, RETRY_AFTER)
    if wants_json(request) or request.method != "GET":
        return answer(request, 403, "forbidden", _("This is for staff. Log in, then load the page again."))
    return redirect_to_login(request.get_full_path())


def render(
    request: HttpRequest, access: Access, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in the admin's navigation, which asks Postgres who it is for; without that while it can't be asked."""
    context = {**origins.context(request), **context}
    if access is Access.STAFF:
        try:
            inside = admin.site.each_context(request) | context
            return HttpResponse(render_to_string(template, inside, request), status=status)
        except PostgresError:
            pass
    return HttpResponse(render_to_string(template, context), status=status)

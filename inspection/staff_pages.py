"""Pages for staff in the frame of the admin, which go on as far as they can while a store is away."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import Error as PostgresError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.web import origins
from core.web.errors import RETRY_AFTER, answer, wants_json
from inspection import staff_pass
from inspection.staff_pass import Access

View = Callable[..., HttpResponse]


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
        detail = _("Postgres is down, and so nobody can say whether you may see this. Try again in a moment.")
        return answer(request, 503, "unavailable", detail, RETRY_AFTER)
    if wants_json(request) or request.method != "GET":
        return answer(request, 403, "forbidden", _("This is for staff. Log in, then load the page again."))
    return redirect_to_login(request.get_full_path(), reverse("admin:login"))


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


def one_line(error: Exception) -> str:
    """Return a store's error as part of a sentence."""
    return " ".join(str(error).split())

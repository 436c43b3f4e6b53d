"""The view that the instructor's buttons lead to."""

from django.conf import settings
from django.contrib import messages
from django.db import Error as PostgresError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.telemetry.control import Do
from core.web.errors import answer, wants_json
from core.web.texts import whole_number
from inspection.pipeline import instructor
from inspection.pipeline.instructor import RefusedError
from inspection.staff_pages import for_staff
from inspection.staff_pass import Access


@require_POST
@for_staff
def press(request: HttpRequest, access: Access) -> HttpResponse:
    """Do what a button says, and lead back to the page; a kill needs `confirm=1`."""
    if not settings.INSTRUCTOR:
        raise Http404(_("Only bin/up has these buttons."))
    if not instructor.may_press(request.user):
        return answer(request, 403, "forbidden", _("These buttons are for superusers."))
    try:
        _ask(request)
    except RefusedError as error:
        return _refusal(request, error.code, str(error))
    except PostgresError:
        return _refusal(request, 503, _("Postgres does not answer. Nothing was done."))
    said = _("Started. The events show how it goes.")
    if wants_json(request):
        return JsonResponse({"status": "started", "detail": said}, status=202)
    messages.success(request, said)
    return redirect("admin:pipeline")


def _ask(request: HttpRequest) -> None:
    asked = request.POST
    do = asked.get("do", "")
    if do == Do.KILL and asked.get("confirm") != "1":
        raise RefusedError(400, _("Confirm that you want to kill the part."))
    seconds = asked.get("seconds", "")
    length = whole_number(seconds, 999) or 0
    instructor.ask(request.user, do, asked.get("subject", ""), length)  # type: ignore[arg-type]


def _refusal(request: HttpRequest, code: int, detail: str) -> HttpResponse:
    if wants_json(request):
        return answer(request, code, "refused", detail)
    messages.error(request, detail)
    return redirect("admin:pipeline")

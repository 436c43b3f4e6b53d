"""The pictures of choices, as pages show them."""

from django.db import Error as PostgresError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from core.stores import postgres
from core.web.errors import answer
from core.web.kept import keep_for_all
from polls.models import Picture
from polls.voting.errors import RETRY_AFTER

#: Seconds for which a process gives a picture without asking Postgres: a room loads it at once.
KEPT_S = 60.0
_YEAR_S = 365 * 24 * 3600


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Send a picture. Its address changes with its content, so browsers keep it."""
    try:
        with postgres.bounded():
            content = Picture.objects.values_list("content", flat=True).filter(name=name).first()
    except PostgresError:
        detail = gettext("This picture can't be read just now.")
        return answer(request, 503, "unavailable", detail, RETRY_AFTER)
    if content is None:
        raise Http404
    headers = {"Cache-Control": f"public, max-age={_YEAR_S}, immutable"}
    return keep_for_all(request, HttpResponse(content, content_type="image/webp", headers=headers), KEPT_S)

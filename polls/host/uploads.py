"""Pictures that a host chooses for choices: one at a time as it is chosen, or as files of the whole form."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from core.web.errors import answer
from core.web.pictures import MOST_BYTES, BadPictureError
from polls import pictures
from polls.host.access import RefusedError, for_hosts
from polls.host.choices import MOST_ROWS

#: Why files are no pictures, by the row in which they were chosen.
Refused = Mapping[int, str]

#: What the page has to know, to refuse a file before it is sent.
LIMITS: Final = {"most_bytes": MOST_BYTES, "most_megabytes": MOST_BYTES // 1024**2}


@for_hosts
@require_POST
def picture(request: HttpRequest) -> HttpResponse:
    """Take one picture, and say its name: a form that is saved within a day may name it."""
    file = request.FILES.get("file")
    if file is None:
        raise RefusedError(400, "bad_picture", gettext("Choose a picture first."))
    try:
        name = pictures.keep(file.read())
    except BadPictureError as error:
        return answer(request, 400, "bad_picture", str(error))
    return JsonResponse({"status": "received", "picture": name, "address": pictures.address(name)})


def take(request: HttpRequest) -> Refused:
    """Take the files that came with the editor's form, which goes on as if it had named their pictures.

    So a form that comes back has them still. Returns why others were not taken.
    """
    refused: dict[int, str] = {}
    sent = request.POST.copy()
    for row in range(MOST_ROWS):
        file = request.FILES.get(f"choices-{row}-file")
        if file is None:
            continue
        try:
            sent[f"choices-{row}-picture"] = pictures.keep(file.read())
        except BadPictureError as error:
            refused[row] = str(error)
    request.POST = sent  # type: ignore[assignment]
    return refused

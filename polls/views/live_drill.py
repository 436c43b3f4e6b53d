"""The phones' reports in a live drill: what has become of their receipts."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.stores.redis import RedisUnavailableError
from core.web import iframes
from core.web.counts import WINDOW_S, Counts
from core.web.errors import RETRY_AFTER, answer
from polls.box import definitions
from polls.box.definition import Definition
from polls.views.shared import needs_a_store, published, receipt_of_this_round
from polls.voting import live_drill
from polls.voting.live_drill import Found
from polls.voting.receipts import Receipt

#: Reports that one process takes of one receipt's holder in a minute. A page sends one for each vote, and repeats it
#: only when it got no answer.
A_MINUTE = 30

_reports = Counts()


def told(request: HttpRequest, definition: Definition) -> dict[str, str]:
    """Return what the vote page of a poll in a live drill has to know: where it reports. Empty for any other page."""
    if live_drill.of(definition) is None or iframes.is_framed(request):
        return {}
    return {"drill": reverse("report_receipt", args=[definition.slug])}


@never_cache
@require_POST
@needs_a_store
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """Take `found` (counted or missing) from whoever holds this `receipt`: the browser's cookie has to say the same."""
    definition = published(definitions.cache.get(slug))
    if live_drill.of(definition) is None:
        raise Http404
    told, kept = Receipt.read(request.POST.get("receipt", "")), receipt_of_this_round(request, definition)
    if told is None or kept is None or told.cast.cast_id != kept.cast.cast_id:
        detail = gettext("This is not the receipt of the last vote from this browser.")
        return answer(request, 403, "other_receipt", detail)
    if _reports.add(f"{definition.id} {kept.cast.voter_key}") > A_MINUTE:
        return answer(request, 429, "limited", gettext("Too many reports. Try again in a minute."), WINDOW_S)
    try:
        live_drill.report(kept, Found(request.POST.get("found", "")))
    except ValueError:
        return answer(request, 400, "bad_report", gettext("A receipt is either counted or missing."))
    except RedisUnavailableError:
        detail = gettext("Nobody could write the report down just now. Try again in a moment.")
        return answer(request, 503, "unavailable", detail, RETRY_AFTER)
    return JsonResponse({"status": "heard"})

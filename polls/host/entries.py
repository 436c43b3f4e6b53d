"""The entries of an open list on its host's page: what voters wrote, and what becomes of it."""

from collections.abc import Callable
from typing import Final

from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Page, Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from core.web.texts import whole_number
from polls.host.access import RefusedError, for_hosts, poll_of, posts_only
from polls.host.answers import done, not_done
from polls.lifecycle import entries
from polls.lifecycle.transitions import NotPossibleError
from polls.models import Choice, EntryState, Poll

#: Entries on one page.
SHOWN = 50
#: What the buttons of an entry do, and what is said afterwards. Their value ends with its id.
_DEEDS: Final[dict[str, tuple[Callable[[int, int], None], Promise]]] = {
    "show": (entries.show, gettext_lazy("The entry is shown to everybody.")),
    "hide": (entries.hide, gettext_lazy("The entry is hidden.")),
    "mark": (entries.mark, gettext_lazy("The entry is marked as answered.")),
    "unmark": (entries.unmark, gettext_lazy("The entry is no longer marked as answered.")),
}
_FIRST_WAITING: Final = Case(
    When(entry_state=EntryState.WAITING, then=Value(0)),
    When(entry_state=EntryState.HIDDEN, then=Value(2)),
    default=Value(1),
    output_field=IntegerField(),
)


def page_of(request: HttpRequest, poll: Poll) -> Page[Choice]:
    """Return a page of the entries of a poll: those that wait first, then by votes, hidden ones last."""
    found = Choice.objects.filter(poll=poll, author__isnull=False).exclude(entry_state=EntryState.MERGED)
    ordered = found.select_related("total").order_by(_FIRST_WAITING, "-total__votes", "pk")
    return Paginator(ordered, SHOWN).get_page(request.GET.get("entries"))


@for_hosts
@posts_only
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Do what the pressed button says: `show-12`, for example, or `merge` with the entries that are ticked."""
    poll = poll_of(request, slug)
    try:
        said = _merge(request, poll) if request.POST.get("do") == "merge" else _do(request, poll)
    except (NotPossibleError, ObjectDoesNotExist) as error:
        return not_done(request, poll, error)
    return done(request, poll, "changed", said)


def _merge(request: HttpRequest, poll: Poll) -> str:
    ticked = [number for text in request.POST.getlist("entry") if (number := whole_number(text)) is not None]
    entries.merge(poll.pk, ticked)
    return gettext("The entries are merged: each voter of any of them counts once.")


def _do(request: HttpRequest, poll: Poll) -> str:
    name, _, number = request.POST.get("do", "").partition("-")
    entry_id = whole_number(number)
    if name not in _DEEDS or entry_id is None:
        raise RefusedError(400, "bad_entry", gettext("This entry is no longer there. Load the page again."))
    deed, said = _DEEDS[name]
    deed(poll.pk, entry_id)
    return str(said)

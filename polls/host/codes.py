"""The voting codes of a poll, or of an event for all its polls: making, printing, revoking and replacing them.

A code is found from its number and stored nowhere, so all of them can be printed again at any time. No page says which
ones were used: the number of ballots and the number of codes are all that is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_http_methods

from core.web import origins, qr
from core.web.texts import clean, whole_number
from polls.electorate import codes, given
from polls.electorate.codes import Code
from polls.electorate.electorates import Electorate, KeyGoneError
from polls.host import history
from polls.host.access import RefusedError, for_hosts, host_of, poll_of
from polls.host.events.access import event_of
from polls.lifecycle import codes as giving
from polls.lifecycle.steps import NotPossibleError
from polls.models import ChangedCode, CodeBatch, Event, Poll
from polls.results import export

#: Cards on one page of the sheet: more would keep a browser busy for long.
CARDS = 1000


@dataclass(frozen=True, slots=True)
class Owner:
    """The poll or the event that codes are for."""

    electorate: Electorate
    title: str
    code: str
    slug: str
    is_event: bool
    polls: "QuerySet[Poll]"

    @property
    def address(self) -> str:
        """Return the address of the page of its codes."""
        return self.page("codes")

    @property
    def home(self) -> str:
        """Return the address of its own page."""
        return reverse("host_event" if self.is_event else "host_poll", args=[self.slug])

    @property
    def sheet(self) -> str:
        """Return the address of the cards."""
        return self.page("codes_sheet")

    @property
    def csv(self) -> str:
        """Return the address of the table."""
        return self.page("codes_csv")

    def page(self, name: str) -> str:
        """Return the address of one of the pages of its codes."""
        return reverse(f"host_event_{name}" if self.is_event else f"host_{name}", args=[self.slug])


@dataclass(frozen=True, slots=True)
class Card:
    """A code as it is printed."""

    number: int
    letters: str

    @property
    def grouped(self) -> str:
        """Return it as people read it."""
        return codes.grouped(self.letters)

    @property
    def ending(self) -> str:
        """Return the last letters, by which a host tells cards apart without voting with one."""
        return self.letters[-4:]


def _owner(request: HttpRequest, where: dict[str, str]) -> Owner:
    """Return whose codes they are. Raises RefusedError."""
    if "event" in where:
        event = event_of(request, where["event"])
        return _of_event(event)
    poll = poll_of(request, where["slug"])
    electorate = _checked(poll.tally.electorate)
    if electorate.is_of_event:
        return _of_event(event_of(request, Event.objects.get(pk=electorate.rows["event_id"]).slug))
    polls = Poll.objects.filter(pk=poll.pk)
    return Owner(electorate, poll.question, poll.code, poll.slug, is_event=False, polls=polls)


def _of_event(event: Event) -> Owner:
    electorate = _checked(event.electorate)
    polls = Poll.objects.filter(tally__electorate=event.electorate).order_by("place__position")
    return Owner(electorate, event.title, event.code, event.slug, is_event=True, polls=polls)


def _checked(word: str) -> Electorate:
    electorate = Electorate.read(word)
    if electorate is None or not electorate.has_codes:
        raise RefusedError(409, "no_codes", gettext("There are no voting codes here: choose first who may vote."))
    return electorate


@for_hosts
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, **where: str) -> HttpResponse:
    """Show what was given out, and look one code up by `?number=`. POST does what its button says (`do`)."""
    owner = _owner(request, where)
    if request.method == "POST":
        return _do(request, owner)
    made = given.made(owner.electorate)
    polls = owner.polls.select_related("tally")
    context = {
        "owner": owner,
        "batches": CodeBatch.objects.filter(**owner.electorate.rows),
        "changed": ChangedCode.objects.filter(**owner.electorate.rows),
        "made": made,
        "revoked": given.revoked(owner.electorate),
        "turnout": [{"poll": poll, "used": poll.tally.voters} for poll in polls],
        "most": giving.MOST_AT_ONCE,
        **_looked_up(request, owner, made),
    }
    return render(request, "polls/host/codes.html", context)


def _looked_up(request: HttpRequest, owner: Owner, made: int) -> dict[str, Any]:
    """Return the code that was asked for, by its number or by itself, with the row that says what became of it."""
    asked = clean(request.GET.get("number", ""))
    if not asked:
        return {}
    typed = codes.read(owner.electorate, asked)
    number = typed.number if typed else whole_number(asked, codes.MOST) or 0
    row = ChangedCode.objects.filter(**owner.electorate.rows, number=number).first()
    card = next(_cards(owner, number, number, with_revoked=True)) if 1 <= number <= made else None
    return {"asked": asked, "card": card, "row": row}


def _do(request: HttpRequest, owner: Owner) -> HttpResponse:
    action = {"make": _make, "revoke": _revoke, "replace": _replace}.get(request.POST.get("do", ""))
    if action is None:
        raise RefusedError(400, "bad_action", gettext("Nothing was done: the form does not say what to do."))
    try:
        return action(request, owner)
    except NotPossibleError as error:
        messages.error(request, str(error))
    except KeyGoneError:
        messages.error(request, gettext("The secret key of these codes is no longer configured on this server."))
    return redirect(owner.address)


def _make(request: HttpRequest, owner: Owner) -> HttpResponse:
    count = whole_number(request.POST.get("count", ""), giving.MOST_AT_ONCE)
    if not count:
        text = gettext("How many codes? A whole number from 1 to {most}.")
        raise NotPossibleError(text.format(most=giving.MOST_AT_ONCE))
    label = clean(request.POST.get("label", ""))[:60]
    batch = giving.give_out(owner.electorate, count, label)
    _note(request, owner, gettext_noop("Made {count} voting codes."), count=str(count))
    said = ngettext("%(count)s code was made. Print it below.", "%(count)s codes were made. Print them below.", count)
    messages.success(request, said % {"count": batch.count})
    return redirect(owner.address)


def _revoke(request: HttpRequest, owner: Owner) -> HttpResponse:
    number = _number(request)
    giving.revoke(owner.electorate, number)
    _note(request, owner, gettext_noop("Revoked voting code {number}."), number=str(number))
    messages.success(
        request, gettext("Code %(number)s is revoked, and its ballot does not count.") % {"number": number}
    )
    return redirect(owner.address)


def _replace(request: HttpRequest, owner: Owner) -> HttpResponse:
    number = _number(request)
    giving.replace(owner.electorate, number)
    _note(request, owner, gettext_noop("Replaced voting code {number}."), number=str(number))
    text = gettext("Code %(number)s has a new card, and the old one is refused. A ballot that was cast with it stays.")
    messages.success(request, text % {"number": number})
    return redirect(f"{owner.address}?number={number}")


def _number(request: HttpRequest) -> int:
    return whole_number(request.POST.get("number", ""), codes.MOST) or 0


def _note(request: HttpRequest, owner: Owner, what: str, **values: str) -> None:
    """Record it in the histories of all polls that the codes are for."""
    for poll in owner.polls:
        history.note(host_of(request), poll, what, CHANGE, **values)


# On paper, and as a file ---------------------------------------------------------------------------------------------


@for_hosts
def sheet(request: HttpRequest, **where: str) -> HttpResponse:
    """Show cards to cut out, of the codes `from` to `to`: so many at once as a browser can print."""
    owner = _owner(request, where)
    first, last = _span(request, owner)
    shown = min(last, first + CARDS - 1)
    address = _address(request, owner)
    drawn = qr.Alike(f"{address}#", codes.LENGTH)
    context = {
        "owner": owner,
        "cards": [(card, drawn.inline(card.letters)) for card in _cards(owner, first, shown)],
        "parts": [(begin, min(last, begin + CARDS - 1)) for begin in range(first, last + 1, CARDS)],
        "first": first,
        "last": last,
        "address": address.partition("://")[2],
    }
    return render(request, "polls/host/codes_sheet.html", context)


@for_hosts
def csv(request: HttpRequest, **where: str) -> HttpResponse:
    """Send the codes `from` to `to` as a table: so many at once as are made at once.

    `?separator=` is as for results.csv.
    """
    owner = _owner(request, where)
    first, last = _span(request, owner)
    if last - first + 1 > giving.MOST_AT_ONCE:
        text = gettext("A table has at most {most} codes. End its address with ?from=1&to={most}, and so on.")
        raise RefusedError(400, "too_many_codes", text.format(most=giving.MOST_AT_ONCE))
    address = _address(request, owner)
    columns = [gettext("Number"), gettext("Code"), gettext("Link")]
    rows = ([card.number, card.grouped, f"{address}#{card.letters}"] for card in _cards(owner, first, last))
    separator = export.separator_of(request.GET.get("separator"), request.LANGUAGE_CODE)
    headers = {"Content-Disposition": f'attachment; filename="{owner.slug}-codes.csv"'}
    return HttpResponse(export.table(columns, rows, separator), content_type="text/csv; charset=utf-8", headers=headers)


def _address(request: HttpRequest, owner: Owner) -> str:
    """Return the short address. The code follows as a fragment, which no server sees and no log keeps."""
    return f"{origins.join_url(request)}/{owner.code}"


def _span(request: HttpRequest, owner: Owner) -> tuple[int, int]:
    """Return the first and the last number that is asked for; all that were given out by default, and no others."""
    last = given.made(owner.electorate)
    first = whole_number(request.GET.get("from", ""), codes.MOST) or 1
    return first, min(whole_number(request.GET.get("to", ""), codes.MOST) or last, last)


def _cards(owner: Owner, first: int, last: int, *, with_revoked: bool = False) -> Iterator[Card]:
    """Yield the codes of these numbers, which were given out, as they are good now. Raises RefusedError."""
    rows = ChangedCode.objects.filter(**owner.electorate.rows, number__range=(first, last))
    changed = {row.number: row for row in rows}
    for number in range(first, last + 1):
        row = changed.get(number)
        if row is None or not row.is_revoked or with_revoked:
            generation = 0 if row is None else row.least - row.is_revoked
            yield Card(number, _letters(owner, Code(number, generation)))


def _letters(owner: Owner, code: Code) -> str:
    try:
        return codes.written(owner.electorate, code)
    except KeyGoneError as error:
        text = gettext("The secret key of these codes is no longer configured on this server.")
        raise RefusedError(409, "key_gone", text) from error

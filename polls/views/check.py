"""Checking the count: a ballot by its receipt, and the public list of all ballots."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import Error as PostgresError
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.stores import postgres
from core.web import guesses
from core.web.errors import answer
from polls.box import definitions
from polls.box.casts import code_of_number, receipt_number
from polls.box.definition import Definition
from polls.models import BallotList, Poll, ResultRule, State
from polls.recount import lists, lookup
from polls.views.shared import needs_a_store, published, receipt_of_this_round
from polls.voting.errors import RETRY_AFTER

#: How often a minute one network may look for receipts, and download lists. A whole room may share an address.
_MOST_LOOKED_FOR, _MOST_DOWNLOADS = 300, 120
#: Words of static/check.js.
SENTENCES: Final = {
    "busy": _("Recounting …"),
    "agrees": _("{ballots} ballots recounted: every number agrees, and each ballot is as it was published."),
    "differs": _("{ballots} ballots recounted: something is not as it was published."),
    "not_published": _("The first line of this file is not the one that this page has the commitment of."),
    "too_many": _("More ballots differ than can be named. Download the file again."),
    "no_file": _("This is no file of ballots of a poll."),
    "failed": _("The ballots could not be read. Try again in a moment."),
    "changed": _("{receipt}: changed since"),
    "dropped": _("{receipt}: missing in this file"),
    "added": _("{receipt}: added since"),
    "unreadable": _("line {line}: no ballot"),
    "impossible": _("{receipt} (line {line}): can be no ballot of this poll"),
    "misplaced": _("{receipt} (line {line}): not in its place"),
    "sealed": _("Result"),
    "recounted": _("Recount"),
    "as_sealed": _("as shown"),
    "same": _("the same"),
    "other": _("another"),
    "nameless": _("entry {id}, which is not shown"),
    "of_ballots": _("Ballots"),
    "of_voters": _("Voters"),
    "of_right": _("Voters who answered right"),
    "of_rounds": _("Rounds of the runoff"),
    "of_points": _("Borda points"),
    "of_leaders": _("Who is ahead"),
    "of_statements": _("Means and medians"),
    "of_median": _("Median"),
    "of_bars": _("Bars of the estimates"),
}


@dataclass(frozen=True, slots=True)
class ShownBallot:
    """A ballot that was found. `words` are its choices; None where they are not told."""

    standing: str
    words: list[str | None] | None


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of a poll, asked of Postgres: what a host has forbidden a moment ago is not shown."""

    may_be_checked: bool
    is_final: bool
    #: Only where the totals are public, too: else receipts tried by chance would tell what they come to.
    tell_choices: bool

    @classmethod
    def of(cls, poll_id: int) -> "_Rules":
        """Return the rules of a poll. Raises django.db.Error, and Poll.DoesNotExist if it is gone."""
        fields = ("may_be_checked", "result_rule", "tally__state", "tally__is_test")
        allowed, rule, state, is_test = Poll.objects.values_list(*fields).get(pk=poll_id)
        may_be_checked, is_final = allowed and rule != ResultRule.STAFF, state == State.FINAL and not is_test
        return cls(may_be_checked, is_final, may_be_checked and (is_final or rule == ResultRule.ALWAYS))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs_a_store
def check(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page, and with POST what became of the ballot with a receipt.

    A receipt leads to a ballot, so it stands in no address: servers log addresses beside those of the callers.
    """
    poll = published(definitions.cache.get(slug))
    typed = request.POST.get("receipt", "").strip()[:20]
    number = receipt_number(typed)
    if number is not None and guesses.are_too_many(request, "receipt", _MOST_LOOKED_FOR):
        detail = gettext("Too many receipts were looked for from your network. Try again in a minute.")
        return answer(request, 429, "too_many", detail, guesses.WINDOW_S)
    try:
        with postgres.bounded():
            rules = _Rules.of(poll.id)
            made = lists.public(poll.id)
            found = None if number is None else _found(poll, number, told=rules.tell_choices)
    except PostgresError:
        return _unread(request)
    except Poll.DoesNotExist as error:
        raise Http404 from error
    own = receipt_of_this_round(request, poll)
    context = {
        "poll": poll,
        "may_be_checked": rules.may_be_checked,
        "is_final": rules.is_final,
        "made": made,
        "earlier": _earlier(made),
        "own": "" if own is None else own.code,
        "typed": typed,
        "receipt": "" if number is None else code_of_number(number),
        "found": found,
        "sentences": SENTENCES,
    }
    return render(request, "polls/check.html", context)


def _unread(request: HttpRequest) -> HttpResponse:
    return answer(request, 503, "unavailable", gettext("Ballots can't be read just now. Try again."), RETRY_AFTER)


def _found(poll: Definition, number: int, *, told: bool) -> list[ShownBallot]:
    """Return the ballots of a receipt, with what they say if it may be told."""
    return [
        ShownBallot(ballot.standing.value, _words(poll, ballot.selections) if told else None)
        for ballot in lookup.find(poll.id, number)
    ]


def _words(poll: Definition, selections: tuple[int, ...]) -> list[str | None]:
    if poll.kind.keeps_answers and not poll.kind.is_ordered:
        return [poll.kind.word(selections)]
    return lookup.texts(poll.id, selections)


def _earlier(made: BallotList | None) -> list[dict[str, Any]]:
    """Return what was published before in this round, newest first."""
    earlier = [] if made is None else made.earlier
    return [{"commitment": commitment, "made_at": parse_datetime(when)} for commitment, when in reversed(earlier)]


@require_safe
@needs_a_store
def ballots(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Send the public list of a final poll; 404 if there is none."""
    poll = published(definitions.cache.get(slug))
    if guesses.are_too_many(request, "list", _MOST_DOWNLOADS):
        detail = gettext("Too many files were asked for from your network. Try again in a minute.")
        return answer(request, 429, "too_many", detail, guesses.WINDOW_S)
    try:
        with postgres.bounded():
            made = lists.public(poll.id)
    except PostgresError:
        return _unread(request)
    if made is None:
        raise Http404
    etag = f'"{made.commitment}"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or StreamingHttpResponse(content_type="application/jsonl; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    response["Vary"] = "Accept-Encoding"
    if isinstance(response, StreamingHttpResponse):
        response["Content-Disposition"] = f'attachment; filename="{slug}-ballots.jsonl"'
        is_compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        if is_compressed:
            response["Content-Encoding"] = "gzip"
        response.streaming_content = _Pieces(made, is_compressed=is_compressed)
    return response


class _Pieces:
    """The file of a list in pieces. Each is read from Postgres when the one before has been sent."""

    def __init__(self, made: BallotList, *, is_compressed: bool) -> None:
        self._made, self._is_compressed = made, is_compressed

    def __iter__(self) -> Iterator[bytes]:
        packer = zlib.compressobj(6, wbits=31) if self._is_compressed else None
        for piece in lists.pieces(self._made):
            # Nothing stays open while the client reads, in a thread that no request belongs to.
            connection.close()
            text = piece.encode()
            if packed := text if packer is None else packer.compress(text):
                yield packed
        if packer is not None:
            yield packer.flush()

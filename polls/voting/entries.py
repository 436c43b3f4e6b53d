"""Entries: what a voter of an open list writes becomes a choice, and is picked by a vote like any other.

Unlike a vote, writing needs Postgres: an entry has to be there before a ballot can name it.
"""

from uuid import UUID

from django.db import Error as PostgresError
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from core.stores import postgres
from core.web import rude_words, texts
from polls.box.definition import Definition
from polls.counting import entries
from polls.counting.entries import Entry
from polls.counting.tally import closing_time_has_passed, kind_of
from polls.kinds.open_list import MOST_ENTRIES, MOST_LETTERS, MOST_PICKS, OpenList
from polls.lifecycle import transitions
from polls.lifecycle.steps import transition
from polls.models import EntryState, State, Tally
from polls.voting import casting, limits, rate_limit, submission, tickets
from polls.voting.casting import Submission
from polls.voting.errors import (
    BadEntryError,
    ClosedError,
    NoPageError,
    NoSuchPollError,
    NotOpenYetError,
    NotWrittenError,
    OtherRoundError,
    TooManyError,
)
from polls.voting.receipts import Receipt, kept_by
from polls.voting.voters import Voter, key


def write(request: HttpRequest, definition: Definition, voter: Voter) -> tuple[Entry, Receipt]:
    """Make the entry of this POST, unless one reads the same, and cast the voter's ballot with it. May be repeated.

    Raises CastError: before the entry is made, nothing is stored; afterwards what became of the vote.
    """
    tickets.check(definition, tickets.of(request, definition))
    text = texts.clean(request.POST.get("text", ""))
    page = submission.Page.read(request.POST.get("page", ""), voter)
    if page is None:
        raise NoPageError
    last = kept_by(request, definition, voter)
    picked = () if last is None or last.cast.round != page.round else last.cast.selections
    _check(text, picked)
    limit = rate_limit.limit(request)
    if limit is not None and (seconds := rate_limit.take(rate_limit.entries, limit)):
        raise TooManyError(retry_after=seconds)
    author = key(voter.id, definition.voter_salt)
    if definition.has_limits:
        _bound(definition, submission.stamped(request, definition, voter, picked, page), author)
    entry, newest = _written(definition, author, text, page.round)
    selections = picked if entry.id in picked else (*picked, entry.id)
    return entry, casting.cast(newest, submission.stamped(request, newest, voter, selections, page))


def _bound(definition: Definition, vote: Submission, author: UUID) -> None:
    """Raise CastError where the poll's limits hold the author back, so that no entry comes without its vote."""
    newcomer = vote.comer.as_newcomer(definition, author)
    if newcomer and (reply := limits.of_entries.admit(definition, author, newcomer)):
        raise vote.comer.refusal(definition, reply)


def _check(text: str, picked: tuple[int, ...]) -> None:
    if not text:
        raise BadEntryError
    if len(text) > MOST_LETTERS:
        raise BadEntryError(gettext("An entry can have at most {most} letters.").format(most=MOST_LETTERS))
    if len(picked) >= MOST_PICKS:
        raise BadEntryError(gettext("You have picked {most} entries, and no more is possible.").format(most=MOST_PICKS))


def _written(definition: Definition, author: UUID, text: str, round_: int) -> tuple[Entry, Definition]:
    """Return the entry and the definition that has it, which is then everybody's. Raises CastError."""
    try:
        with postgres.bounded():
            with transition(definition.id) as tally:
                entry = _write(tally, author, text, round_)
            newest = transitions.tell_all(definition.id) if entry.is_new else definition
    except Tally.DoesNotExist:
        raise NoSuchPollError from None
    except PostgresError as error:
        raise NotWrittenError from error
    if newest is None:
        raise NoSuchPollError
    return entry, newest


def _write(tally: Tally, author: UUID, text: str, round_: int) -> Entry:
    if tally.state in transitions.UNOPENED:
        raise NotOpenYetError
    if tally.state != State.OPEN or closing_time_has_passed(tally.pk):
        raise ClosedError
    if tally.round != round_:
        raise OtherRoundError
    kind = kind_of(tally.pk)
    if not isinstance(kind, OpenList):
        raise NoSuchPollError
    text = rude_words.mask(text, kind.details.masked)
    if present := entries.find(tally.pk, text, kind.details.merged):
        return present
    most = kind.details.most
    if entries.written_by(tally.pk, author) >= most:
        raise BadEntryError(
            ngettext(
                "You have written your entry already.", "You have written your {most} entries already.", most
            ).format(most=most)
        )
    if len(tally.choice_ids) >= MOST_ENTRIES:
        raise BadEntryError(gettext("This poll has {most} entries, and takes no more.").format(most=MOST_ENTRIES))
    return entries.add(tally, text, author, EntryState.WAITING if kind.details.approval else EntryState.SHOWN)

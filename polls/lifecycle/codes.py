"""Voting codes of a poll, or of an event for all its polls: giving out, revoking and replacing.

Every function raises django.db.Error if Postgres fails, NotPossibleError with the reason for people, and KeyGoneError
if the secret key of the codes is configured no longer. If only Redis fails none raises: the safety net tells it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from polls.box.casts import NO_CAST
from polls.counting import networks
from polls.electorate import codes, given
from polls.electorate.codes import Code
from polls.electorate.electorates import Electorate
from polls.electorate.keys import of_voter
from polls.lifecycle import transitions
from polls.lifecycle.steps import NotPossibleError
from polls.models import Ballot, ChangedCode, CodeBatch, Event, Poll, State, Tally

#: Codes that are made at once.
MOST_AT_ONCE = 20_000


def give_out(electorate: Electorate, count: int, label: str = "") -> CodeBatch:
    """Make so many more codes. Nothing but their number is stored."""
    with _locked(electorate):
        made = given.made(electorate)
        if made + count > codes.MOST:
            raise NotPossibleError(gettext("No more than {most} codes are possible.").format(most=codes.MOST))
        return CodeBatch.objects.create(**electorate.rows, first=made + 1, count=count, label=label)


def revoke(electorate: Electorate, number: int) -> None:
    """Refuse the code of this number from now on, and set its ballots aside, but for final polls. May be repeated."""
    with _changing(electorate, number) as code:
        if not code.is_revoked:
            code.least += 1
            code.is_revoked = True


def replace(electorate: Electorate, number: int) -> str:
    """Return a new code in the place of the one of this number, which is refused from now on. Its ballots stay.

    Those of a revoked one count again.
    """
    with _changing(electorate, number) as code:
        if code.least + (not code.is_revoked) > codes.LAST_GENERATION:
            raise NotPossibleError(
                gettext("This code was replaced too often. Revoke it, and hand out one of another number.")
            )
        code.least += not code.is_revoked
        code.is_revoked = False
    return codes.written(electorate, Code(number, code.least))


@contextmanager
def _locked(electorate: Electorate) -> Iterator[list[Tally]]:
    """Yield the locked Tally rows of the polls in which these codes are good."""
    with transaction.atomic():
        # First, as every change of an event does it.
        list(Event.objects.select_for_update().filter(electorate=str(electorate)))
        yield list(Tally.objects.select_for_update().filter(electorate=str(electorate)).order_by("pk"))


@contextmanager
def _changing(electorate: Electorate, number: int) -> Iterator[ChangedCode]:
    """Yield the row of a code and save what the block has changed; all definitions and ballots follow."""
    with _locked(electorate) as tallies:
        code = _row(electorate, number)
        before = code.least, code.is_revoked
        yield code
        if before == (code.least, code.is_revoked):
            return
        code.save()
        for tally in tallies:
            _follow(electorate, tally, code)
    for tally in tallies:
        transitions.tell_all(tally.pk)


def _row(electorate: Electorate, number: int) -> ChangedCode:
    """Return the row of a code that was given out, or a new one."""
    if not 1 <= number <= given.made(electorate):
        raise NotPossibleError(gettext("No code with the number {number} was given out.").format(number=number))
    changed = ChangedCode.objects.filter(**electorate.rows)
    row = changed.filter(number=number).first()
    if row is None and changed.count() >= given.MOST_CHANGED:
        text = gettext("{most} codes were revoked or replaced, and no more is possible.")
        raise NotPossibleError(text.format(most=given.MOST_CHANGED))
    return row or ChangedCode(**electorate.rows, number=number, least=0, is_revoked=False)


def _follow(electorate: Electorate, tally: Tally, code: ChangedCode) -> None:
    """Raise the version of a poll's definition, and have the ballot of the code count or not. Needs the Tally lock."""
    tally.definition_version += 1
    if tally.state in (State.OPEN, State.SEALING):
        salt = bytes(Poll.objects.values_list("voter_salt", flat=True).get(pk=tally.pk))
        voter = of_voter(electorate.voter_id(code.number), salt.hex())
        if code.is_revoked:
            # A vote that is still on its way takes this place, and stays set aside as any ballot that is.
            place = {"cast_id": NO_CAST, "counted_at": timezone.now()}
            Ballot.objects.get_or_create(poll_id=tally.pk, voter_key=voter, defaults=place)
        else:
            Ballot.objects.filter(poll_id=tally.pk, voter_key=voter, cast_id=NO_CAST).delete()
        ballots = Ballot.objects.filter(poll_id=tally.pk, voter_key=voter)
        networks.move_ballots(tally, ballots, aside=code.is_revoked)
    tally.version += 1
    tally.save()

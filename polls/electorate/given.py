"""The rows of voting codes: how many were given out, and which of them were revoked or replaced."""

from uuid import UUID

from django.db.models import Sum

from polls.electorate.electorates import Electorate, KeyGoneError
from polls.electorate.keys import of_voter
from polls.models import ChangedCode, CodeBatch

#: By the number of a code the least generation that is taken.
Changed = tuple[tuple[int, int], ...]

#: Codes of a poll or an event that may be revoked or replaced: all web services have them in the poll's definition.
MOST_CHANGED = 1000


def changed(word: str) -> Changed:
    """Return the codes that were revoked or replaced; costs no query where there are no codes."""
    electorate = Electorate.read(word)
    if electorate is None or not electorate.has_codes:
        return ()
    return tuple(ChangedCode.objects.filter(**electorate.rows).values_list("number", "least").order_by("number"))


def revoked_voters(word: str, voter_salt: bytes) -> frozenset[UUID]:
    """Return the voter keys in one poll whose ballots do not count; costs no query where there are no codes."""
    electorate = Electorate.read(word)
    if electorate is None or not electorate.has_codes:
        return frozenset()
    numbers = ChangedCode.objects.filter(**electorate.rows, is_revoked=True).values_list("number", flat=True)
    try:
        return frozenset(of_voter(electorate.voter_id(number), voter_salt.hex()) for number in numbers)
    except KeyGoneError:
        return frozenset()


def made(electorate: Electorate) -> int:
    """Return how many codes were given out. Their numbers are 1 to this one."""
    return CodeBatch.objects.filter(**electorate.rows).aggregate(Sum("count"))["count__sum"] or 0


def revoked(electorate: Electorate) -> int:
    """Return how many of them are revoked."""
    return ChangedCode.objects.filter(**electorate.rows, is_revoked=True).count()

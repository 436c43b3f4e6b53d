"""Making the public list of a poll, and reading it.

It is made once the poll is final, and made again when the poll has changed since: its version says so. Each worker
looks for missing ones every second (workers.lists), so one is there whatever was killed meanwhile.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import TypedDict

from django.db import connection, transaction
from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from polls.counting.tally import kind_of, lock
from polls.models import (
    Answer,
    Ballot,
    BallotList,
    BallotListPart,
    Choice,
    EntryState,
    Poll,
    ResultRule,
    State,
    Tally,
    Total,
)
from polls.recount import file, sketch

#: Rows of one part: some 90 kB.
ROWS_OF_A_PART = 5000
#: The limit of time of each statement; the one that sorts the ballots takes longest.
TIMEOUT = "5min"
#: The first part of the keys of the locks that keep two workers from making one list.
_LOCK = 22
#: The number of a receipt: the last 30 bits of the cast id (polls.box.casts).
_NUMBER = "('x' || right(cast_id::text, 8))::bit(32)::bigint & 1073741823"


def _checkable() -> QuerySet[Poll]:
    """Return the polls whose ballots everybody may know. What is hidden by the result rule stays hidden."""
    polls = Poll.objects.filter(may_be_checked=True, tally__state=State.FINAL, tally__is_test=False)
    return polls.exclude(result_rule=ResultRule.STAFF)


def public(poll_id: int) -> BallotList | None:
    """Return the list of a poll that everybody may read; None if there is none. Raises django.db.Error."""
    polls = _checkable().filter(pk=poll_id, ballot_list__version=F("tally__version"))
    return BallotList.objects.filter(pk__in=polls.values("pk")).first()


def missing() -> list[int]:
    """Return the polls whose list is missing, or older than they are. Raises django.db.Error."""
    is_old = Q(ballot_list=None) | ~Q(ballot_list__version=F("tally__version"))
    return list(_checkable().filter(is_old).values_list("pk", flat=True))


@transaction.atomic
def make(poll_id: int) -> None:
    """Make the list of a final poll, unless somebody else is doing so, or has done so.

    The Tally is locked at the end alone. If the poll has changed meanwhile nothing is stored. Raises Tally.DoesNotExist
    if there is no such poll any more, and django.db.Error.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, poll_id % 2**31])
        if not cursor.fetchone()[0]:
            return
        cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}'")
    tally = Tally.objects.select_related("poll").get(pk=poll_id)
    before = BallotList.objects.filter(pk=poll_id).first()
    if before is not None and before.version == tally.version:
        return
    made = BallotList(poll_id=poll_id, version=tally.version, round=tally.round, made_at=timezone.now())
    if before is not None:
        before.delete()
    made.save(force_insert=True)
    head = _head(tally, _store_rows(made))
    made.head, made.ballots, made.set_aside = file.write(head), head["ballots"], head["set_aside"]
    made.commitment = hashlib.sha256(made.head.encode()).hexdigest()
    if before is not None and before.round == made.round:
        _go_on_from(made, before)
    made.save()
    now = lock(poll_id)
    if (now.version, now.state) != (tally.version, State.FINAL):
        transaction.set_rollback(True)


def _go_on_from(made: BallotList, before: BallotList) -> None:
    """Take over what was published of this round before."""
    made.earlier = before.earlier
    if made.commitment == before.commitment:
        made.made_at = before.made_at
    else:
        made.earlier = [*before.earlier, [before.commitment, before.made_at.isoformat(timespec="seconds")]]


class _Stored(TypedDict):
    """The fields of a head about its rows."""

    ballots: int
    rows_sha256: str
    sketch: list[str]


def _parts(poll_id: int) -> Iterator[list[tuple[int, str]]]:
    """Yield the ballots that count in parts: number and line of each, in the order of the file."""
    ballots = Ballot.objects.filter(poll_id=poll_id, is_set_aside=False).exclude(selections=[])
    number = RawSQL(_NUMBER, [], output_field=BigIntegerField())  # noqa: S611 -- a constant
    ordered = ballots.annotate(number=number).order_by("number", "selections").values_list("number", "selections")
    rows = ordered.iterator(chunk_size=ROWS_OF_A_PART)
    while part := [(receipt, file.row(receipt, selections)) for receipt, selections in islice(rows, ROWS_OF_A_PART)]:
        yield part


def _store_rows(made: BallotList) -> _Stored:
    """Store the rows in parts. Returns what the head says of them."""
    sha256, sums, ballots = hashlib.sha256(), sketch.empty(), 0
    for number, part in enumerate(_parts(made.pk)):
        for receipt, line in part:
            sketch.add(sums, sketch.key_of(receipt, line.encode()))
        lines = "".join(f"{line}\n" for _, line in part)
        sha256.update(lines.encode())
        BallotListPart.objects.create(list=made, number=number, lines=lines)
        ballots += len(part)
    return {"ballots": ballots, "rows_sha256": sha256.hexdigest(), "sketch": [f"{cell:x}" for cell in sums]}


def _head(tally: Tally, rows: _Stored) -> file.Head:
    poll, kind = tally.poll, kind_of(tally.pk)
    choices = list(poll.choices.all())
    totals = dict(Total.objects.filter(poll=poll).values_list("choice_id", "votes"))
    votes = {choice.pk: totals.get(choice.pk, 0) for choice in choices}
    answers = list(Answer.objects.filter(poll=poll).order_by("selections").values_list("selections", "ballots"))
    return {
        "format": file.FORMAT,
        "version": file.VERSION,
        "poll": poll.slug,
        "question": poll.question,
        "round": tally.round,
        "kind": poll.kind,
        "max_choices": poll.max_choices,
        "details": poll.details,
        "choices": [_listed(choice) for choice in choices],
        "right": tally.right_ids,
        "set_aside": Ballot.objects.filter(poll=poll, is_set_aside=True).exclude(selections=[]).count(),
        "result": {
            "voters": tally.voters,
            "votes": list(votes.values()),
            "right_voters": tally.right_voters if tally.right_ids else None,
            "more": file.more(kind, votes, answers),
        },
        **rows,
    }


def _listed(choice: Choice) -> file.ListedChoice:
    text = choice.text if choice.entry_state == EntryState.SHOWN else None
    listed: file.ListedChoice = {"id": choice.pk, "text": text}
    return {**listed, "statement": choice.statement} if choice.statement else listed


def pieces(made: BallotList) -> Iterator[str]:
    """Yield the file of a list, piece by piece; each is read by itself, so nothing stays open in between.

    Raises BallotListPart.DoesNotExist if the list is replaced meanwhile, and django.db.Error.
    """
    yield made.head + "\n"
    for number in range(-(-made.ballots // ROWS_OF_A_PART)):
        yield BallotListPart.objects.values_list("lines", flat=True).get(
            list__commitment=made.commitment, list=made.pk, number=number
        )

"""The tally: THE transaction that counts casts, for the worker's batches and for the web services' direct path alike.

Idempotence is by cast id and voter, never by position: a batch that comes again, late or over two paths, finds its cast
ids (or greater ones) already there and changes nothing. Where votes can't be changed, a ballot that is stored stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.db.models import DateTimeField, Func
from django.utils import timezone

from polls import kinds
from polls.box.casts import BadCastError, Cast, Entry, first, milliseconds, newest, position_key
from polls.counting import timeline
from polls.counting.totals import Move, move_totals
from polls.kinds import Kind
from polls.models import Ballot, Poll, SetAside, State, Tally

#: Casts that one transaction counts. Greater batches cost less a cast and hold the Tally lock longer.
BATCH = 2000


class Direct(Enum):
    """The outcome of a cast on the direct path."""

    COUNTED = "counted"
    CLOSED = "closed"
    #: Another vote of this voter counts, and votes can't be changed.
    HAS_VOTED = "has voted"
    OTHER_ROUND = "other round"


def lock(poll_id: int) -> Tally:
    """The poll's Tally row, locked until the transaction ends. Needs a transaction. Raises Tally.DoesNotExist."""
    return Tally.objects.select_for_update().get(pk=poll_id)


def kind_of(poll_id: int) -> Kind:
    """Return the kind of a poll. Raises Poll.DoesNotExist."""
    return kinds.of(*Poll.objects.values_list("kind", "max_choices", "details").get(pk=poll_id))


def count_batch(poll_id: int, box: int, entries: Sequence[Entry]) -> None:
    """Count what was read from a box, set aside what can't be counted, and raise `counted_through`.

    Commits before it returns; only then may the entries be deleted from the box. May be repeated: a second call with
    the same entries changes nothing. Raises PostgresError when Postgres can't: nothing was counted, or all was, and the
    same call again is right in both cases.
    """
    try:
        with transaction.atomic():
            _count(poll_id, box, entries)
    except (DataError, IntegrityError) as error:
        # Only bad data is set aside, and only the piece that is bad: halve the batch until it stands alone.
        if len(entries) == 1:
            _count_without(poll_id, box, entries[0], str(error))
            return
        half = len(entries) // 2
        count_batch(poll_id, box, entries[:half])
        count_batch(poll_id, box, entries[half:])


def count_direct(poll_id: int, casts: Sequence[Cast], before_commit: Callable[[], None]) -> list[Direct]:
    """Count casts straight into Postgres, for a web service that can't reach the ballot box; what became of each.

    It never moves `counted_through`: casts still waiting in Redis would be taken for counted. `before_commit` is called
    when all is written and COMMIT comes next. May be repeated. Raises PostgresError, and Tally.DoesNotExist.
    """
    with transaction.atomic():
        tally = lock(poll_id)
        stored = _stored(poll_id, casts)
        takes_votes = tally.state == State.OPEN and not closing_time_has_passed(poll_id)
        of_round = [cast for cast in casts if cast.round == tally.round]
        firsts = {key: cast.cast_id for key, cast in first(of_round).items()} if takes_votes else {}
        standing = firsts | {key: cast_id for key, (cast_id, *_) in stored.items()}
        outcomes = [_outcome(tally, cast, standing.get(cast.voter_key), takes_votes=takes_votes) for cast in casts]
        fresh = [cast for cast, outcome in zip(casts, outcomes, strict=True) if outcome is Direct.COUNTED]
        if takes_votes and _store(tally, kind_of(poll_id), fresh, stored):
            tally.version += 1
            tally.save(update_fields=["version", "voters", "timeline"])
        before_commit()
    return outcomes


def _outcome(tally: Tally, cast: Cast, standing: UUID | None, *, takes_votes: bool) -> Direct:
    """Return what becomes of a cast. `standing`: the vote that its voter has, where it can't be changed."""
    if cast.round != tally.round:
        return Direct.OTHER_ROUND
    if standing not in (None, cast.cast_id) and not tally.allows_changes:
        return Direct.HAS_VOTED
    return Direct.COUNTED if takes_votes or cast.cast_id == standing else Direct.CLOSED


@dataclass(frozen=True, slots=True)
class Found:
    """The cast that Postgres has stored for one voter, with the state of the poll."""

    state: str
    round: int
    box: int
    cast_id: UUID | None
    selections: tuple[int, ...] = ()
    allows_changes: bool = True


def look_up(poll_id: int, voter_key: UUID) -> Found:
    """Which cast of this voter counts. Under the Tally lock: a plain read may miss a COMMIT that is on its way."""
    with transaction.atomic():
        tally = lock(poll_id)
        ballots = Ballot.objects.filter(poll_id=poll_id, voter_key=voter_key).values_list("cast_id", "selections")
        cast_id, selections = ballots.first() or (None, ())
        return Found(tally.state, tally.round, tally.box, cast_id, tuple(selections), tally.allows_changes)


def first_vote(poll_id: int, voter_key: UUID) -> Cast | None:
    """Return the vote of this voter that is stored, without a lock: one whose COMMIT is on its way may be missed."""
    ballots = Ballot.objects.filter(poll_id=poll_id, voter_key=voter_key)
    # One at most: to ask for the first would sort them.
    for cast_id, selections, round_ in ballots.values_list("cast_id", "selections", "poll__tally__round"):
        return Cast(cast_id, voter_key, tuple(selections), round_)
    return None


class Clock(Func):
    """Postgres's clock at this instant, not at the beginning of the transaction."""

    function = "clock_timestamp"
    output_field = DateTimeField()


def closing_time_has_passed(poll_id: int) -> bool:
    """By Postgres's clock at this instant. Under the Tally lock the answer stands."""
    return Poll.objects.filter(pk=poll_id, closes_at__lte=Clock()).exists()


def opening_time_has_passed(poll_id: int) -> bool:
    """By Postgres's clock at this instant. False where the poll is opened by hand."""
    return Poll.objects.filter(pk=poll_id, opens_at__lte=Clock()).exists()


def set_aside(poll_id: int, box: int, entries: Sequence[Entry], reason: str) -> None:
    """Set everything aside that was read from a box. May be repeated. Raises django.db.Error."""
    _set_aside(poll_id, box, [(entry, reason) for entry in entries])


def _count(poll_id: int, box: int, entries: Sequence[Entry]) -> None:
    tally = lock(poll_id)
    if tally.state == State.FINAL:
        return
    kind = kind_of(poll_id)
    good, bad = _sift(tally, kind, entries)
    changed = _store(tally, kind, good, _stored(poll_id, good))
    _set_aside(poll_id, box, bad)
    if _advance(tally, box, entries[-1].position) or changed:
        tally.version += 1
        tally.save(update_fields=["version", "voters", "timeline", "counted_through"])


@transaction.atomic
def _count_without(poll_id: int, box: int, entry: Entry, reason: str) -> None:
    """Set one entry aside that Postgres refused, and go past it."""
    tally = lock(poll_id)
    _set_aside(poll_id, box, [(entry, reason)])
    if tally.state != State.FINAL and _advance(tally, box, entry.position):
        tally.version += 1
        tally.save(update_fields=["version", "counted_through"])


def _advance(tally: Tally, box: int, through: str) -> bool:
    """Raise `counted_through`, if this is the present box and it is further. Returns whether it was."""
    if box != tally.box or position_key(through) <= position_key(tally.counted_through):
        return False
    tally.counted_through = through
    return True


def _sift(tally: Tally, kind: Kind, entries: Sequence[Entry]) -> tuple[list[Cast], list[tuple[Entry, str]]]:
    """Casts of this round that can be counted, and what can't with the reason. Those of other rounds are neither."""
    choice_ids = frozenset(tally.choice_ids)
    good: list[Cast] = []
    bad: list[tuple[Entry, str]] = []
    for entry in entries:
        try:
            cast = Cast.load(entry.payload)
            fault = kind.fault(cast.selections, choice_ids)
        except BadCastError as error:
            fault = str(error)
        if fault:
            bad.append((entry, fault))
        elif cast.round == tally.round:
            good.append(cast)
    return good, bad


#: The ballots of some voters: by voter key the cast id, what was chosen, and whether it is set aside.
_Stored = dict[UUID, tuple[UUID, list[int], bool]]


def _store(tally: Tally, kind: Kind, casts: Sequence[Cast], stored: _Stored) -> bool:
    """Upsert the ballots that take the place of the `stored` ones, and move totals by the difference.

    Returns whether anything changed; `tally.voters` and `tally.timeline` are set and not saved. Needs the Tally lock.
    """
    newer = _newer(casts, stored) if tally.allows_changes else _of_new_voters(casts, stored)
    if not newer:
        return False
    now = timezone.now()
    Ballot.objects.bulk_create(
        [
            Ballot(
                poll_id=tally.pk,
                voter_key=cast.voter_key,
                cast_id=cast.cast_id,
                selections=list(cast.selections),
                counted_at=now,
                network=cast.network,
            )
            for cast in newer
        ],
        update_conflicts=True,
        unique_fields=["poll", "voter_key"],
        update_fields=["cast_id", "selections", "counted_at"],
    )
    moved = [(stored.get(cast.voter_key, (None, (), False)), cast.selections) for cast in newer]
    # One that is set aside stays so, whatever it says now.
    move_totals(tally, kind, [Move(before, after) for (_id, before, is_set_aside), after in moved if not is_set_aside])
    first = [milliseconds(cast.cast_id) for cast in newer if cast.voter_key not in stored]
    tally.timeline = timeline.grown(tally.timeline, first, int(now.timestamp() * 1000))
    return True


def _newer(casts: Sequence[Cast], stored: _Stored) -> list[Cast]:
    return [cast for key, cast in newest(casts).items() if key not in stored or cast.cast_id > stored[key][0]]


def _of_new_voters(casts: Sequence[Cast], stored: _Stored) -> list[Cast]:
    return [cast for key, cast in first(casts).items() if key not in stored]


def _stored(poll_id: int, casts: Sequence[Cast]) -> _Stored:
    """The ballots of those who made these casts. Under the Tally lock they stay as they are."""
    rows = Ballot.objects.filter(poll_id=poll_id, voter_key__in={cast.voter_key for cast in casts})
    found = rows.values_list("voter_key", "cast_id", "selections", "is_set_aside")
    return {key: (cast_id, chosen, is_set_aside) for key, cast_id, chosen, is_set_aside in found}


def _set_aside(poll_id: int, box: int, bad: Sequence[tuple[Entry, str]]) -> None:
    SetAside.objects.bulk_create(
        [
            SetAside(
                poll_id=poll_id,
                box=box,
                position=entry.position,
                payload=_printable(entry.payload[:4096].decode(errors="backslashreplace")),
                reason=_printable(reason[:500]),
            )
            for entry, reason in bad
        ],
        ignore_conflicts=True,
    )


def _printable(text: str) -> str:
    # Postgres stores no NUL in a text.
    return text.replace("\0", "\\x00")

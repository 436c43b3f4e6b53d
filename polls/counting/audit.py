"""The audit: every total recomputed from the ballots, and compared with what is stored.

Ballots, totals and voters are written in one transaction, so what one statement sees of a poll belongs together, also
while votes are being counted: no lock is needed to compare, and nobody waits for it. A repair holds the Tally lock,
as all who write totals do.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from django.db import connection, transaction
from django.utils import timezone

from polls.box.casts import milliseconds
from polls.counting import right, timeline
from polls.counting.tally import kind_of, lock
from polls.counting.totals import put_answers
from polls.models import Ballot, Poll, SetAside, State, Total
from polls.results import broadcast, snapshots

#: How long one poll may take. A million ballots take half a second, more when they have to be read from the disk.
TIMEOUT = "10min"

#: Ballots that chose the same are counted first and taken apart afterwards, so that a row is read once and Postgres
#: keeps one entry for each way of voting. What is no list of numbers is named as it stands: an unknown choice. <weight>
#: and <named> are the SQL of the poll's kind.
_COMPARE = """
WITH chosen AS (
    SELECT selections, is_set_aside, count(*) AS ballots FROM polls_ballot WHERE poll_id = %(poll_id)s
    GROUP BY selections, is_set_aside
), counted AS (
    SELECT coalesce(choice, 'null') AS choice, sum(ballots * (<weight>))::bigint AS votes
    FROM chosen, LATERAL (<named>) AS named
    WHERE NOT is_set_aside
    GROUP BY 1
), listed AS (
    SELECT DISTINCT jsonb_array_elements_text(choice_ids) AS choice FROM polls_tally WHERE poll_id = %(poll_id)s
), present AS (
    SELECT polls_choice.id::text AS choice, text, position, votes
    FROM polls_choice LEFT JOIN polls_total
        ON polls_total.choice_id = polls_choice.id AND polls_total.poll_id = polls_choice.poll_id
    WHERE polls_choice.poll_id = %(poll_id)s
), answered AS (
    SELECT coalesce(jsonb_agg(jsonb_build_array(selections, stored, recomputed) ORDER BY selections), '[]') AS wrong
    FROM (SELECT selections, ballots AS stored FROM polls_answer WHERE poll_id = %(poll_id)s) AS kept
    FULL JOIN (
        SELECT selections, ballots AS recomputed FROM chosen
        WHERE %(keeps_answers)s AND NOT is_set_aside AND selections <> '[]' AND jsonb_typeof(selections) = 'array'
    ) AS given USING (selections)
    WHERE stored IS DISTINCT FROM recomputed
)
SELECT slug, tally.voters, (SELECT coalesce(sum(ballots), 0)::bigint FROM chosen),
    (SELECT coalesce(sum(ballots), 0)::bigint FROM chosen WHERE selections <> '[]' AND NOT is_set_aside),
    (SELECT coalesce(sum(span::numeric), 0)::bigint
        FROM jsonb_path_query(tally.timeline, '$.votes[*] ? (@.type() == "number")') AS span),
    (SELECT wrong FROM answered),
    tally.right_voters, CASE WHEN state = 'final' AND right_ids <> '[]' THEN (
        SELECT coalesce(sum(ballots), 0)::bigint FROM chosen
        WHERE NOT is_set_aside AND selections @> right_ids AND selections <@ right_ids
    ) ELSE tally.right_voters END,
    choice, present.text, present.choice IS NOT NULL, listed.choice IS NOT NULL, present.votes, counted.votes
FROM polls_poll
LEFT JOIN polls_tally AS tally ON tally.poll_id = polls_poll.id
LEFT JOIN (present FULL JOIN listed USING (choice) FULL JOIN counted USING (choice)) ON true
WHERE polls_poll.id = %(poll_id)s
ORDER BY present.position, present.choice::bigint, choice
"""

#: The choices that a ballot names, each with its place.
_NAMED = """
    SELECT choice, place FROM jsonb_array_elements_text(
        CASE jsonb_typeof(selections) WHEN 'array' THEN selections ELSE jsonb_build_array(selections) END
    ) WITH ORDINALITY AS listed (choice, place)
"""
#: The same where entries may be merged: each counts for the one that it was merged into, once for each ballot.
_NAMED_ONCE = """
    SELECT DISTINCT coalesce(
        (SELECT details -> 'merged' ->> choice FROM polls_poll WHERE id = %(poll_id)s), choice
    ) AS choice, 1 AS place FROM (<named>) AS each_named
""".replace("<named>", _NAMED)


class What(Enum):
    """The kinds of difference."""

    TOTAL = "total"
    VOTERS = "voters"
    #: The time line has more voters than there are ballots. Fewer is right: there are polls older than the time line.
    #: (A ballot that was taken back stays on it.)
    TIMELINE = "time line"
    #: The number of ballots that give one answer, of kinds that keep it.
    ANSWER = "answer"
    #: The voters who answered right, of a final quiz.
    RIGHT = "right voters"
    #: Ballots name it, and the poll doesn't have it.
    UNKNOWN_CHOICE = "unknown choice"
    #: In the Tally's list of choices and not among the poll's, or the other way round: 1 is there, 0 isn't.
    LISTED = "listed"


#: What the ballots tell. The rest a repair leaves as it is.
_TOLD_BY_BALLOTS = (What.TOTAL, What.VOTERS, What.TIMELINE, What.ANSWER, What.RIGHT)


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that is not what it should be. `stored` is None where there is no row."""

    poll: str
    what: What
    #: Its id; the answer as it stands in the ballots, as JSON.
    choice: str | None
    text: str | None
    stored: int | None
    recomputed: int

    @property
    def difference(self) -> int:
        """By how much the stored number is too small."""
        return self.recomputed - (self.stored or 0)


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of comparing a poll with its ballots."""

    poll_id: int
    slug: str
    ballots: int
    #: Those that were neither taken back nor set aside.
    voters: int
    #: Voters in its time line.
    on_timeline: int
    differences: tuple[Difference, ...]
    #: Whether there is a row to lock, and to write voters into.
    has_tally: bool

    @property
    def can_be_repaired(self) -> bool:
        """Tell whether a repair would change something."""
        return self.has_tally and any(difference.what in _TOLD_BY_BALLOTS for difference in self.differences)


@dataclass(frozen=True, slots=True)
class SetAsides:
    """How many casts were set aside, and the newest of them with its poll's slug (None: that poll is gone)."""

    count: int
    newest: SetAside | None
    poll: str | None


@transaction.atomic
def compare(poll_id: int) -> Compared:
    """Compare one poll with its ballots, as of one instant. Raises django.db.Error, and Poll.DoesNotExist."""
    return _compare(poll_id)


def repair(poll_id: int) -> tuple[Compared, Compared]:
    """Set totals, answers and voters to what the ballots say, in one transaction under the Tally lock.

    The version grows. A time line that does not add up is drawn anew; one that does is better than what the ballots
    tell of it. Returns the poll as it was and as it is now. Publishes the new snapshot. May be repeated: what needs no
    repair is not touched. Raises django.db.Error, and Poll.DoesNotExist or Tally.DoesNotExist if the poll is gone.
    """
    with transaction.atomic():
        tally = lock(poll_id)
        before = _compare(poll_id)
        if not before.can_be_repaired:
            return before, before
        _put_totals(before)
        put_answers(poll_id, dict(_wrong_answers(before)))
        tally.voters = before.voters
        if before.on_timeline != before.ballots:
            tally.timeline = _timeline(poll_id)
        if tally.state == State.FINAL:
            tally.right_voters = right.count(tally)
        tally.version += 1
        tally.save(update_fields=["voters", "timeline", "right_voters", "version"])
    broadcast.publish(poll_id)
    return before, compare(poll_id)


def recount(poll_id: int) -> None:
    """Set the totals to what the ballots say, once what an entry counts for has changed. Needs the Tally lock.

    Nothing is published, and the version stays: both are left to the caller.
    """
    _put_totals(_compare(poll_id))


def _put_totals(compared: Compared) -> None:
    wrong = [difference for difference in compared.differences if difference.what is What.TOTAL]
    Total.objects.bulk_create(
        [Total(choice_id=int(total.choice or 0), poll_id=compared.poll_id, votes=total.recomputed) for total in wrong],
        update_conflicts=True,
        unique_fields=["choice"],
        update_fields=["poll", "votes"],
    )


def _wrong_answers(compared: Compared) -> Iterator[tuple[tuple[int, ...], int]]:
    for difference in compared.differences:
        if difference.what is What.ANSWER:
            yield tuple(json.loads(difference.choice or "[]")), difference.recomputed


def _timeline(poll_id: int) -> snapshots.Timeline:
    """When the ballots were cast. Of voters who changed their mind that is the last time, and not the first."""
    cast_ids = Ballot.objects.filter(poll_id=poll_id).values_list("cast_id", flat=True)
    return timeline.grown({}, map(milliseconds, cast_ids.iterator()), int(timezone.now().timestamp() * 1000))


def set_asides(poll_ids: Sequence[int] | None = None) -> SetAsides:
    """Return what was set aside of these polls; of all, deleted ones too, if None. Raises django.db.Error."""
    rows = SetAside.objects.all() if poll_ids is None else SetAside.objects.filter(poll_id__in=poll_ids)
    newest = rows.order_by("set_aside_at", "pk").last()
    poll = Poll.objects.filter(pk=newest.poll_id).values_list("slug", flat=True).first() if newest else None
    return SetAsides(rows.count(), newest, poll)


def _compare(poll_id: int) -> Compared:
    """Needs a transaction, since its limit of time is the transaction's."""
    kind = kind_of(poll_id)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}'")
        statement = _COMPARE.replace("<weight>", kind.audit_weight)
        statement = statement.replace("<named>", _NAMED_ONCE if kind.takes_entries else _NAMED)
        cursor.execute(statement, {"poll_id": poll_id, "keeps_answers": kind.keeps_answers})
        rows = cursor.fetchall()
    if not rows:
        raise Poll.DoesNotExist(f"There is no poll {poll_id} any more.")
    slug, stored, ballots, voters, on_timeline, answers, said_right, answered_right, *_ = rows[0]
    differences = [Difference(slug, What.VOTERS, None, None, stored, voters)] if stored != voters else []
    if on_timeline > ballots:
        differences.append(Difference(slug, What.TIMELINE, None, None, on_timeline, ballots))
    if said_right != answered_right:
        differences.append(Difference(slug, What.RIGHT, None, None, said_right, answered_right))
    for row in rows:
        if row[8] is not None:
            differences += _differences(slug, *row[8:])
    for selections, kept, given in json.loads(answers):
        differences.append(Difference(slug, What.ANSWER, json.dumps(selections), None, kept, given or 0))
    return Compared(poll_id, slug, ballots, voters, on_timeline, tuple(differences), has_tally=stored is not None)


def _differences(
    slug: str, choice: str, text: str | None, present: bool, listed: bool, stored: int | None, recomputed: int | None
) -> list[Difference]:
    """Yield the differences of one choice. `present`: the poll has it; `listed`: its Tally counts it."""
    found = []
    if present != listed:
        found.append(Difference(slug, What.LISTED, choice, text, int(listed), int(present)))
    if present and stored != (recomputed or 0):
        found.append(Difference(slug, What.TOTAL, choice, text, stored, recomputed or 0))
    if not present and recomputed:
        found.append(Difference(slug, What.UNKNOWN_CHOICE, choice, None, None, recomputed))
    return found

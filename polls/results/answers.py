"""The distinct answers of polls whose kind keeps them, for the statement that reads snapshots."""

from collections.abc import Sequence

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

#: On one row of each poll, since all its rows would repeat them. In SQL: Django took 0.4 ms of each snapshot to write
#: it, for polls without answers too (docs/benchmarks.md).
_KEPT = """
CASE WHEN polls_poll.kind = ANY(%s)
    AND polls_total.choice_id = (SELECT min(choice_id) FROM polls_total AS own WHERE own.poll_id = polls_poll.id)
THEN (
    SELECT jsonb_agg(jsonb_build_array(selections, ballots)) FROM polls_answer WHERE poll_id = polls_poll.id
) END
"""


def kept(kinds: Sequence[str]) -> RawSQL:
    """Return an expression over polls with their totals: the answers with their ballots, on one row of each poll.

    `kinds` are the names of those that keep answers; for other polls it is None.
    """
    return RawSQL(_KEPT, [list(kinds)], output_field=JSONField())  # noqa: S611 -- a constant

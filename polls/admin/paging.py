"""Long lists: their length is estimated and their pages are bounded: a million rows are not read to show 100."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    # Only the type stubs know it as a generic class.
    _Paginator = Paginator

#: Rows that are counted one by one; of more the number is estimated, or said to be at least this.
COUNTED = 10_000
#: Rows that can be paged through. What is further back is found by the search and the filters.
PAGED = 10_000

#: The planner's own way: rows per page at the last ANALYZE, times the pages there are now.
_ESTIMATE = """
SELECT (reltuples / greatest(relpages, 1) * pg_relation_size(oid) / current_setting('block_size')::int)::bigint
FROM pg_class WHERE oid = %s::regclass
"""


def estimated_rows(table: str) -> int:
    """About how many rows a table has, without reading it; 0 where Postgres never looked. Raises django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute(_ESTIMATE, [connection.ops.quote_name(table)])
        return max(0, int(cursor.fetchone()[0] or 0))


class LongListPaginator(_Paginator):
    """Pages of a list of any length, the whole of which is never counted."""

    #: Set by whoever knows the exact number of what is listed.
    known_count: int | None = None

    @cached_property
    def count(self) -> int:
        """How many there are: exact up to COUNTED, else known, estimated for the whole table, or COUNTED at least."""
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        some = rows.order_by()[: COUNTED + 1].count()
        if some <= COUNTED:
            return some
        if self.known_count is not None:
            return max(some, self.known_count)
        return some if rows.query.where else max(some, estimated_rows(rows.model._meta.db_table))  # noqa: SLF001

    @cached_property
    def num_pages(self) -> int:
        """Pages that can be turned to: as far as PAGED rows go."""
        return min(super().num_pages, -(-PAGED // self.per_page))

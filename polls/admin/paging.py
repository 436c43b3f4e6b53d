"""Pages of long lists: lengths are estimated and pages limited, so that one page never reads a million rows."""

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

#: Rows that are counted exactly. Above, the number is an estimate, or this as a lower limit.
COUNTED = 10_000
#: Rows that can be paged through. Search and filters find the others.
PAGED = 10_000

#: The planner's own estimate: rows per page at the last ANALYZE, times the present number of pages.
_ESTIMATE = """
SELECT (reltuples / greatest(relpages, 1) * pg_relation_size(oid) / current_setting('block_size')::int)::bigint
FROM pg_class WHERE oid = %s::regclass
"""


def estimated_rows(table: str) -> int:
    """Estimate the rows of a table without reading it; 0 before the first ANALYZE. Raises django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute(_ESTIMATE, [connection.ops.quote_name(table)])
        return max(0, int(cursor.fetchone()[0] or 0))


class LongListPaginator(_Paginator):
    """A paginator that never counts a whole list."""

    #: The exact number of rows, where the caller knows it.
    known_count: int | None = None

    @cached_property
    def count(self) -> int:
        """Return the number of rows: exact up to COUNTED; else `known_count`, an estimate (whole table), or COUNTED."""
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
        """Return the number of pages within PAGED rows."""
        return min(super().num_pages, -(-PAGED // self.per_page))

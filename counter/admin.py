"""Counters in the admin."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from counter import counting
from counter.models import Counter

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Counter]
else:
    # Generic only in the type stubs.
    _ModelAdmin = admin.ModelAdmin


@admin.register(Counter)
class CounterAdmin(_ModelAdmin):
    """Makes and deletes counters. Their numbers are read-only."""

    search_fields = ("name",)

    def get_list_display(self, request: HttpRequest) -> list[str | Callable[[Counter], Any]]:
        """Read the numbers of all counters at once, and return the columns."""
        totals = counting.totals()

        @admin.display(description=gettext_lazy("visits"))
        def visits(counter: Counter) -> int:
            return totals.get(counter.pk, 0)

        return ["name", visits, "created_at"]

    def get_fields(self, request: HttpRequest, obj: Counter | None = None) -> tuple[str, ...]:
        """Return the fields: a new counter has no number yet."""
        return ("name", "visits", "created_at") if obj else ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Counter | None = None) -> tuple[str, ...]:
        """Make the name of a counter read-only: processes remember it."""
        return ("name", "visits", "created_at") if obj else ()

    @admin.display(description=gettext_lazy("visits"))
    def visits(self, counter: Counter) -> int:
        """Return the present number."""
        return counting.totals().get(counter.pk, 0)

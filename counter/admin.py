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
    # Only the type stubs know it as a generic class.
    _ModelAdmin = admin.ModelAdmin


@admin.register(Counter)
class CounterAdmin(_ModelAdmin):
    """Makes and deletes counters. Their numbers are only shown: what was counted was seen."""

    search_fields = ("name",)

    def get_list_display(self, request: HttpRequest) -> list[str | Callable[[Counter], Any]]:
        """The number of each counter, all read at once."""
        totals = counting.totals()

        @admin.display(description=gettext_lazy("visits"))
        def visits(counter: Counter) -> int:
            return totals.get(counter.pk, 0)

        return ["name", visits, "created_at"]

    def get_fields(self, request: HttpRequest, obj: Counter | None = None) -> tuple[str, ...]:
        """A new counter has a name, and no number yet."""
        return ("name", "visits", "created_at") if obj else ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Counter | None = None) -> tuple[str, ...]:
        """A counter keeps its name: processes remember it."""
        return ("name", "visits", "created_at") if obj else ()

    @admin.display(description=gettext_lazy("visits"))
    def visits(self, counter: Counter) -> int:
        """The number now."""
        return counting.totals().get(counter.pk, 0)

"""The filter by poll: a search field, since a list of all polls would be too long."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from core.web.texts import whole_number
from polls.models import Ballot, Poll

#: The parameter: `?poll=7`.
PARAMETER = "poll"


def widget() -> AutocompleteSelect:
    """Return Django admin's autocomplete widget. It asks the admin of the polls, which checks permissions."""
    return AutocompleteSelect(Ballot.poll.field, admin.site)


def poll_in(request: HttpRequest) -> int | None:
    """Return the id of the requested poll; None if there is none, or no valid one."""
    return whole_number(request.GET.get(PARAMETER, ""))


class PollFilter(admin.SimpleListFilter):
    """Filters by one poll; an invalid id gives no rows."""

    title = gettext_lazy("poll")
    parameter_name = PARAMETER
    template = "admin/poll_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Return no choices: the template draws a field."""
        return []

    def has_output(self) -> bool:
        """Show the field although `lookups` is empty."""
        return True

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any] | None":
        """Return the rows of the poll."""
        if not self.value():
            return queryset
        poll_id = poll_in(request)
        return queryset.none() if poll_id is None else queryset.filter(poll_id=poll_id)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return the context of the template: the field, the other parameters, and the address without this filter."""
        poll_id = poll_in(self.request)
        field = forms.ModelChoiceField(Poll.objects.all(), required=False, widget=widget())
        yield {
            "widget": field.widget.render(PARAMETER, poll_id, {"id": "poll-filter"}),
            "others": [pair for pair in changelist.get_filters_params().items() if pair[0] != PARAMETER],
            "is_set": bool(self.value()),
            "without": changelist.get_query_string(remove=[PARAMETER]),
        }

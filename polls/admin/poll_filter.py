"""The filter by poll: a field that finds one, since a list of all would not end."""

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

#: Of `?poll=7`.
PARAMETER = "poll"


def widget() -> AutocompleteSelect:
    """Django admin's own: it asks the admin of the polls as somebody types, and that asks who may see them."""
    return AutocompleteSelect(Ballot.poll.field, admin.site)


def poll_in(request: HttpRequest) -> int | None:
    """The id of the poll that is asked for; None without one, or for what is no id."""
    return whole_number(request.GET.get(PARAMETER, ""))


class PollFilter(admin.SimpleListFilter):
    """Rows of one poll; those of none for what is no poll's id."""

    title = gettext_lazy("poll")
    parameter_name = PARAMETER
    template = "admin/poll_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        """Nothing is listed."""
        return []

    def has_output(self) -> bool:
        """The field is there all the same."""
        return True

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any] | None":
        """Those of the poll."""
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

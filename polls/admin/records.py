"""Rows that the machine writes, to be looked at: ballots, what was set aside, past rounds. However many there are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polls.admin import poll_filter
from polls.admin.paging import LongListPaginator
from polls.admin.poll_filter import PollFilter
from polls.models import Ballot, Poll, RoundResult, SetAside, Tally


class LookOnly:
    """Rows that the machine writes: they can be looked at, and nothing else."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one by hand."""
        return False


class LongList(LookOnly, admin.ModelAdmin):
    """A list of rows that may be a million: found by poll and by number, in the order of an index, nothing counted."""

    paginator = LongListPaginator
    show_full_result_count = False
    # Facets count every choice of every filter.
    show_facets = ShowFacets.NEVER
    # Only in an order that an index has.
    sortable_by = ()
    list_filter = (PollFilter,)

    @property
    def media(self) -> forms.Media:
        """With what the filter's field needs."""
        return super().media + poll_filter.widget().media + forms.Media(css={"all": ["inspectors.css"]})


@admin.register(Ballot)
class BallotAdmin(LongList):
    """Stored ballots. A voter key says nothing of who it is."""

    list_display = ("cast_id", "poll", "chosen", "pressed", "counted", "voter_key")
    list_select_related = ("poll",)
    # Named so that there is a field; `get_search_results` does the search.
    search_fields = ("cast_id",)
    search_help_text = gettext_lazy("A cast id or a voter key, whole.")

    def get_ordering(self, request: HttpRequest) -> tuple[str]:
        """Order one poll's ballots by cast and all ballots by voter, newest first: each has an index."""
        return ("-id",) if poll_filter.poll_in(request) is None else ("-cast_id",)

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Take the number of one poll's ballots from its Tally, which counts voters."""
        paginator: Any = super().get_paginator(request, *args, **kwargs)
        poll_id = poll_filter.poll_in(request)
        if poll_id is not None:
            paginator.known_count = Tally.objects.filter(pk=poll_id).values_list("voters", flat=True).first()
        return paginator

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Ballot]", search_term: str
    ) -> "tuple[QuerySet[Ballot], bool]":
        """By cast id or voter key. Both indexes begin with the poll: each poll is asked, which reads a page or two."""
        if not search_term.strip():
            return queryset, False
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        ballots = Ballot.objects.filter(poll__in=Poll.objects.all()).values_list("pk", flat=True)
        found = {*ballots.filter(voter_key=wanted), *ballots.filter(cast_id=wanted)}
        return queryset.filter(pk__in=found), False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Ballot]":
        """With the texts of all choices, once a page."""
        return super().get_queryset(request).prefetch_related("poll__choices")

    @admin.display(description=gettext_lazy("cast at"))
    def pressed(self, ballot: Ballot) -> str:
        """To the millisecond: a room presses within a few."""
        return _to_the_millisecond(ballot.cast_at)

    @admin.display(description=gettext_lazy("counted at"))
    def counted(self, ballot: Ballot) -> str:
        """Likewise."""
        return _to_the_millisecond(ballot.counted_at)

    @admin.display(description=gettext_lazy("chosen"))
    def chosen(self, ballot: Ballot) -> str:
        """The texts of the choices, in the order in which they were picked."""
        texts = {choice.pk: choice.text for choice in ballot.poll.choices.all()}
        return ", ".join(texts.get(choice, f"({choice})") for choice in ballot.selections)


def _to_the_millisecond(moment: datetime) -> str:
    return localtime(moment).isoformat(" ", timespec="milliseconds").partition("+")[0]


@admin.register(SetAside)
class SetAsideAdmin(LongList):
    """Casts that could not be counted, with the reason."""

    list_display = ("poll", "box", "position", "reason", "set_aside_at")
    ordering = ("-id",)
    # Exact in the way that its index has: `=` would compare in capitals.
    search_fields = ("position__exact",)
    search_help_text = gettext_lazy("A position, whole: 1764061200000-0.")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SetAside]":
        """With the poll's slug; the poll may be gone."""
        slug = Poll.objects.filter(pk=OuterRef("poll_id")).values("slug")
        rows: QuerySet[SetAside] = super().get_queryset(request).annotate(slug=Subquery(slug))
        return rows

    @admin.display(description=gettext_lazy("poll"))
    def poll(self, row: Any) -> str:
        """Its slug, or its number where it is gone."""
        return row.slug or _("%(number)s (deleted)") % {"number": row.poll_id}


@admin.register(RoundResult)
class RoundResultAdmin(LookOnly, admin.ModelAdmin):
    """The last totals of rounds that a reset ended."""

    list_display = ("poll", "round", "ended_at", "totals")
    list_select_related = ("poll",)
    list_filter = (PollFilter,)
    show_facets = ShowFacets.NEVER

    @property
    def media(self) -> forms.Media:
        """With what the filter's field needs."""
        return super().media + poll_filter.widget().media

    @admin.display(description=gettext_lazy("totals"))
    def totals(self, result: RoundResult) -> str:
        """Votes of each choice."""
        return ", ".join(f"{choice['text']} {choice['votes']}" for choice in result.snapshot.get("choices", []))

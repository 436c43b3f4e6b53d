"""Read-only lists of any length: ballots, casts set aside, results of past rounds."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from polls.admin import poll_filter
from polls.admin.paging import LongListPaginator
from polls.admin.poll_filter import PollFilter
from polls.models import Ballot, Poll, RoundResult, SetAside, Tally
from polls.results import estimates


class LookOnly:
    """Rows that the machine writes: read-only."""

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
    """A list of a million rows or more: filtered by poll, searched by number, ordered by an index, never counted."""

    paginator = LongListPaginator
    show_full_result_count = False
    # Facets would count each option of each filter.
    show_facets = ShowFacets.NEVER
    # Every order needs an index.
    sortable_by = ()
    list_filter = (PollFilter,)

    @property
    def media(self) -> forms.Media:
        """With what the filter's field needs."""
        return super().media + poll_filter.widget().media + forms.Media(css={"all": ["inspectors.css"]})


@admin.register(Ballot)
class BallotAdmin(LongList):
    """Stored ballots. A voter key does not identify a person."""

    list_display = ("cast_id", "poll", "chosen", "pressed", "counted", "voter_key")
    list_select_related = ("poll",)
    # Makes the search field appear; `get_search_results` does the search.
    search_fields = ("cast_id",)
    search_help_text = gettext_lazy("A complete cast id or voter key.")

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
        """Search by cast id or voter key, poll by poll: both indexes begin with the poll."""
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
        """Fetch the texts of all choices once a page."""
        return super().get_queryset(request).prefetch_related("poll__choices")

    @admin.display(description=gettext_lazy("cast at"))
    def pressed(self, ballot: Ballot) -> str:
        """Return the moment of the press, to the millisecond."""
        return _to_the_millisecond(ballot.cast_at)

    @admin.display(description=gettext_lazy("counted at"))
    def counted(self, ballot: Ballot) -> str:
        """Return the moment of counting, to the millisecond."""
        return _to_the_millisecond(ballot.counted_at)

    @admin.display(description=gettext_lazy("chosen"))
    def chosen(self, ballot: Ballot) -> str:
        """Return the texts of the choices in the order of the picks."""
        texts = {choice.pk: choice.text for choice in ballot.poll.choices.all()}
        return ", ".join(texts.get(choice, f"({choice})") for choice in ballot.selections)


def _to_the_millisecond(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC"


@admin.register(SetAside)
class SetAsideAdmin(LongList):
    """Casts that could not be counted, with the reason."""

    list_display = ("poll", "box", "position", "reason", "set_aside_at")
    ordering = ("-id",)
    # Matches the index: `=` would compare in upper case.
    search_fields = ("position__exact",)
    search_help_text = gettext_lazy("A complete position: 1764061200000-0.")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SetAside]":
        """Annotate the poll's slug; None if the poll was deleted."""
        slug = Poll.objects.filter(pk=OuterRef("poll_id")).values("slug")
        rows: QuerySet[SetAside] = super().get_queryset(request).annotate(slug=Subquery(slug))
        return rows

    @admin.display(description=gettext_lazy("poll"))
    def poll(self, row: Any) -> str:
        """Return the poll's slug, or its id if it was deleted."""
        return row.slug or _("%(number)s (deleted)") % {"number": row.poll_id}


@admin.register(RoundResult)
class RoundResultAdmin(LookOnly, admin.ModelAdmin):
    """The last totals of past rounds."""

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
        """Return the votes of each choice; of an estimate its median."""
        key, gaps = estimates.told(result.snapshot)
        if key:
            return str(estimates.SENTENCES[key]).format(**gaps)
        return ", ".join(f"{choice['text']} {choice['votes']}" for choice in result.snapshot.get("choices", []))

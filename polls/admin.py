"""The admin of the polls: people's rows can be edited; the machine's can be looked at."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest

from polls import lifecycle
from polls.models import Ballot, Choice, Poll, RoundResult, SetAside


class ChoiceInline(admin.TabularInline):
    """Choices come and go while no ballot can name them; after that only their texts change."""

    model = Choice
    extra = 2
    fields = ("position", "text")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where no ballot can name one."""
        return super().has_add_permission(request, obj) and _may_change_choices(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only where no ballot can name one."""
        return super().has_delete_permission(request, obj) and _may_change_choices(obj)


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


@admin.register(Poll)
class PollAdmin(admin.ModelAdmin):
    """Polls, with what is counted in them and the transitions of polls.lifecycle as actions."""

    list_display = ("question", "slug", "code", "state", "round", "voters", "opens_at", "closes_at")
    list_filter = ("tally__state", "created_at")
    list_select_related = ("tally",)
    search_fields = ("question", "slug", "code")
    prepopulated_fields = {"slug": ("question",)}  # noqa: RUF012
    readonly_fields = ("code", "state", "round", "voters")
    autocomplete_fields = ("owner", "hosts")
    inlines = (ChoiceInline,)
    actions = ("publish", "open_polls", "seal_polls", "reset_polls")

    def save_model(self, request: HttpRequest, obj: Poll, form: ModelForm, change: bool) -> None:
        """A poll is whose it is that makes it."""
        if not change and obj.owner is None:
            obj.owner = cast("User", request.user)
        super().save_model(request, obj, form, change)

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm,
        formsets: list[BaseInlineFormSet],
        change: bool,
    ) -> None:
        """Save the choices, and tell the machine of the edit in the same transaction."""
        super().save_related(request, form, formsets, change)
        lifecycle.edited(form.instance.pk)

    def get_deleted_objects(
        self, objs: "QuerySet[Any] | Sequence[Any]", request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with these polls, counted: to list ten million ballots would help nobody.

        Ballots and past rounds have pages that only show them; with their poll they go all the same.
        """
        polls = list(objs)
        counts = {
            "polls": len(polls),
            "ballots": Ballot.objects.filter(poll__in=polls).count(),
            "past rounds": RoundResult.objects.filter(poll__in=polls).count(),
        }
        return [str(poll) for poll in polls], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Poll) -> None:
        """One poll, with its box."""
        lifecycle.delete(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Poll]") -> None:
        """Several, one after the other."""
        for poll in queryset:
            lifecycle.delete(poll.pk)

    @admin.display(ordering="tally__state")
    def state(self, poll: Poll) -> str:
        """Where it is in its life."""
        return str(poll.tally.get_state_display()) if _has_tally(poll) else "draft"

    @admin.display(ordering="tally__round")
    def round(self, poll: Poll) -> int:
        """Which round it is in."""
        return poll.tally.round if _has_tally(poll) else 1

    @admin.display(ordering="tally__voters")
    def voters(self, poll: Poll) -> int:
        """How many ballots are counted in this round."""
        return poll.tally.voters if _has_tally(poll) else 0

    @admin.action(description="Publish: show them, to open at their time or by hand", permissions=["change"])
    def publish(self, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
        """Draft to scheduled."""
        self._each(request, polls, lifecycle.publish, "published")

    @admin.action(description="Open (or open again)", permissions=["change"])
    def open_polls(self, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
        """Open by hand."""
        self._each(request, polls, lifecycle.open_poll, "opened")

    @admin.action(description="Close", permissions=["change"])
    def seal_polls(self, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
        """Seal; final follows when every vote accepted before is counted."""
        self._each(request, polls, lifecycle.seal, "closed")

    @admin.action(description="Reset: delete the votes, begin the next round", permissions=["delete"])
    def reset_polls(self, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
        """Begin the next round."""
        self._each(request, polls, lifecycle.reset, "reset")

    def _each(self, request: HttpRequest, polls: "QuerySet[Poll]", transition: Callable[[int], Any], done: str) -> None:
        for poll in polls:
            try:
                transition(poll.pk)
            except lifecycle.NotPossibleError as error:
                self.message_user(request, f"{poll.slug}: {error}", messages.ERROR)
                continue
            self.log_change(request, poll, f"{done.capitalize()}.")
            self.message_user(request, f"{poll.slug} was {done}.", messages.SUCCESS)


@admin.register(Ballot)
class BallotAdmin(LookOnly, admin.ModelAdmin):
    """Stored ballots. A voter key says nothing of who it is."""

    list_display = ("cast_id", "poll", "selections", "cast_at", "counted_at")
    list_filter = ("poll",)
    list_select_related = ("poll",)
    search_fields = ("=voter_key", "=cast_id")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(SetAside)
class SetAsideAdmin(LookOnly, admin.ModelAdmin):
    """Casts that could not be counted, with the reason."""

    list_display = ("poll_id", "box", "position", "reason", "set_aside_at")
    ordering = ("-id",)


@admin.register(RoundResult)
class RoundResultAdmin(LookOnly, admin.ModelAdmin):
    """The last totals of rounds that a reset ended."""

    list_display = ("poll", "round", "ended_at")
    list_select_related = ("poll",)


def _has_tally(poll: Poll) -> bool:
    """The reverse one-to-one raises where the row is missing: a poll that is being added."""
    return hasattr(poll, "tally")


def _may_change_choices(poll: Poll | None) -> bool:
    return poll is None or not _has_tally(poll) or lifecycle.choices_may_change(poll.tally)

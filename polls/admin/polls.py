"""Polls in the admin: what people edit, what is counted, and the actions."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy, ngettext

from core.stores.redis import RedisUnavailableError
from polls.admin import actions
from polls.admin.choices import ChoiceInline
from polls.box import ballot_box
from polls.lifecycle import transitions
from polls.models import Ballot, Poll, RoundResult, State

#: Choices whose totals a list shows, and letters of each.
LEADING = 3
LETTERS = 40


@admin.register(Poll)
class PollAdmin(admin.ModelAdmin):
    """Polls, with what is counted in them and the transitions of polls.lifecycle.transitions as actions."""

    list_display = ("question", "slug", "code", "state", "round", "voters", "waiting", "totals", "closes_at")
    list_filter = ("tally__state", "created_at")
    list_select_related = ("tally",)
    show_full_result_count = False
    search_fields = ("question", "slug", "code")
    prepopulated_fields = {"slug": ("question",)}  # noqa: RUF012
    readonly_fields = ("code", "state", "round", "voters", "all_totals")
    autocomplete_fields = ("owner", "hosts")
    inlines = (ChoiceInline,)
    actions = actions.ALL

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new poll begins empty: what an address says may be of any kind, and Django draws it unread."""
        return {}

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
        transitions.edited(form.instance.pk)

    def get_deleted_objects(
        self, objs: "QuerySet[Any] | Sequence[Any]", request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Count what is deleted with these polls: a list of ten million ballots would help nobody.

        Ballots and past rounds have pages that only show them; with their poll they go all the same.
        """
        polls = list(objs)
        counts = {
            gettext("polls"): len(polls),
            gettext("ballots"): Ballot.objects.filter(poll__in=polls).count(),
            gettext("past rounds"): RoundResult.objects.filter(poll__in=polls).count(),
        }
        return [str(poll) for poll in polls], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Poll) -> None:
        """Delete a poll, with its box."""
        transitions.delete(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Poll]") -> None:
        """Several, one after the other."""
        for poll in queryset:
            transitions.delete(poll.pk)

    @admin.display(description=gettext_lazy("state"), ordering="tally__state")
    def state(self, poll: Poll) -> str:
        """Return the state in words."""
        return str(poll.tally.get_state_display() if _has_tally(poll) else State.DRAFT.label)

    @admin.display(description=gettext_lazy("round"), ordering="tally__round")
    def round(self, poll: Poll) -> int:
        """Which round it is in."""
        return poll.tally.round if _has_tally(poll) else 1

    @admin.display(description=gettext_lazy("voters"), ordering="tally__voters")
    def voters(self, poll: Poll) -> "int | SafeString":
        """How many ballots are counted in this round, with the way to them."""
        if not _has_tally(poll) or not poll.tally.voters:
            return 0
        address = reverse("admin:polls_ballot_changelist", query={"poll": poll.pk})
        return format_html('<a href="{}">{}</a>', address, poll.tally.voters)

    @admin.display(description=gettext_lazy("waiting"), empty_value="?")
    def waiting(self, poll: Poll) -> int | None:
        """How many votes wait to be counted; None while Redis can't say."""
        number: int | None = vars(poll).get("waiting")
        return number

    @admin.display(description=gettext_lazy("totals"))
    def totals(self, poll: Poll) -> SafeString:
        """Votes of the leading choices, in the order of the ballot: fifty of them would fill a screen."""
        counted = [choice for choice in poll.choices.all() if hasattr(choice, "total")]
        leading = sorted(counted, key=lambda choice: -choice.total.votes)[:LEADING]
        votes = [(Truncator(choice.text).chars(LETTERS), choice.total.votes) for choice in counted if choice in leading]
        shown = format_html_join(", ", "{} <strong>{}</strong>", votes)
        rest = len(counted) - len(votes)
        more = ngettext("and %(count)s more", "and %(count)s more", rest) % {"count": rest}
        return format_html("{} {}", shown, more) if rest else shown

    @admin.display(description=gettext_lazy("totals"))
    def all_totals(self, poll: Poll) -> SafeString:
        """Votes of each choice, as they are counted now."""
        votes = [(choice.text, choice.total.votes) for choice in poll.choices.all() if hasattr(choice, "total")]
        return format_html_join(", ", "{} <strong>{}</strong>", votes)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Poll]":
        """With the totals, in two statements for a whole page."""
        return super().get_queryset(request).prefetch_related("choices__total")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With what waits in the boxes of a page: one round trip."""
        response = super().changelist_view(request, extra_context)
        if "cl" in (getattr(response, "context_data", None) or {}):
            polls = [poll for poll in response.context_data["cl"].result_list if _has_tally(poll)]  # type: ignore[attr-defined]
            with suppress(RedisUnavailableError):
                waiting = ballot_box.waiting([(poll.pk, poll.tally.box) for poll in polls])
                for poll, number in zip(polls, waiting, strict=True):
                    vars(poll)["waiting"] = number
        return response


def _has_tally(poll: Poll) -> bool:
    """The reverse one-to-one raises where the row is missing: a poll that is being added."""
    return hasattr(poll, "tally")

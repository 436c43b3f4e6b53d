"""Polls in the admin: their fields, their counts, and the actions."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
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
from polls import kinds
from polls.admin import actions
from polls.admin.choices import ChoiceInline
from polls.box import ballot_box
from polls.lifecycle import transitions
from polls.models import Ballot, Poll, RoundResult, State

#: Choices whose totals the list shows, and letters of each text.
LEADING = 3
LETTERS = 40


@admin.register(Poll)
class PollAdmin(admin.ModelAdmin):
    """Polls with their counts; the transitions of polls.lifecycle.transitions are actions."""

    list_display = ("question", "slug", "code", "state", "round", "voters", "waiting", "totals", "closes_at")
    list_filter = ("tally__state", "created_at")
    list_select_related = ("tally",)
    show_full_result_count = False
    search_fields = ("question", "slug", "code")
    prepopulated_fields = {"slug": ("question",)}  # noqa: RUF012
    readonly_fields = ("code", "state", "round", "voters", "all_totals")
    autocomplete_fields = ("owner", "hosts")
    exclude = ("who_may_vote",)
    inlines = (ChoiceInline,)
    actions = actions.ALL

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show the rule of changes, and keep it, where a ballot may be there."""
        may_change = obj is None or not _has_tally(obj) or transitions.rule_may_change(obj.tally)
        return (*super().get_readonly_fields(request, obj), *(() if may_change else ("allows_changes",)))

    def get_inlines(self, request: HttpRequest, obj: Poll | None) -> "tuple[type[InlineModelAdmin[Any, Any]], ...]":
        """Leave out entries that voters write: hosts have buttons for them, and there can be a thousand."""
        return () if obj is not None and obj.kind in kinds.taking_entries() else self.inlines

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Ignore initial values in the address: Django draws them unchecked."""
        return {}

    def save_model(self, request: HttpRequest, obj: Poll, form: ModelForm, change: bool) -> None:
        """Make the creator the owner."""
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
        """Save the choices and call `edited` in the same transaction."""
        super().save_related(request, form, formsets, change)
        transitions.edited(form.instance.pk)

    def get_deleted_objects(
        self, objs: "QuerySet[Any] | Sequence[Any]", request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Count what is deleted with these polls; a list could have ten million ballots.

        Nobody may delete ballots and past rounds by hand, but they are deleted with their poll.
        """
        polls = list(objs)
        counts = {
            gettext("polls"): len(polls),
            gettext("ballots"): Ballot.objects.filter(poll__in=polls).count(),
            gettext("past rounds"): RoundResult.objects.filter(poll__in=polls).count(),
        }
        return [str(poll) for poll in polls], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Poll) -> None:
        """Delete a poll with its box."""
        transitions.delete(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Poll]") -> None:
        """Delete polls one after the other, with their boxes."""
        for poll in queryset:
            transitions.delete(poll.pk)

    @admin.display(description=gettext_lazy("state"), ordering="tally__state")
    def state(self, poll: Poll) -> str:
        """Return the state in words."""
        return str(poll.tally.get_state_display() if _has_tally(poll) else State.DRAFT.label)

    @admin.display(description=gettext_lazy("round"), ordering="tally__round")
    def round(self, poll: Poll) -> int:
        """Return the number of the round."""
        return poll.tally.round if _has_tally(poll) else 1

    @admin.display(description=gettext_lazy("voters"), ordering="tally__voters")
    def voters(self, poll: Poll) -> "int | SafeString":
        """Return the number of counted ballots of this round, with a link to them."""
        if not _has_tally(poll) or not poll.tally.voters:
            return 0
        address = reverse("admin:polls_ballot_changelist", query={"poll": poll.pk})
        return format_html('<a href="{}">{}</a>', address, poll.tally.voters)

    @admin.display(description=gettext_lazy("waiting"), empty_value="?")
    def waiting(self, poll: Poll) -> int | None:
        """Return the number of votes not yet counted; None while Redis does not answer."""
        number: int | None = vars(poll).get("waiting")
        return number

    @admin.display(description=gettext_lazy("totals"))
    def totals(self, poll: Poll) -> SafeString:
        """Return the votes of the leading choices, in the order of the ballot."""
        counted = [choice for choice in poll.choices.all() if hasattr(choice, "total")]
        leading = sorted(counted, key=lambda choice: -choice.total.votes)[:LEADING]
        votes = [(Truncator(choice.text).chars(LETTERS), choice.total.votes) for choice in counted if choice in leading]
        shown = format_html_join(", ", "{} <strong>{}</strong>", votes)
        rest = len(counted) - len(votes)
        more = ngettext("and %(count)s more", "and %(count)s more", rest) % {"count": rest}
        return format_html("{} {}", shown, more) if rest else shown

    @admin.display(description=gettext_lazy("totals"))
    def all_totals(self, poll: Poll) -> SafeString:
        """Return the votes of each choice, as counted now."""
        votes = [(choice.text, choice.total.votes) for choice in poll.choices.all() if hasattr(choice, "total")]
        return format_html_join(", ", "{} <strong>{}</strong>", votes)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Poll]":
        """Fetch the totals of a whole page in two statements."""
        return super().get_queryset(request).prefetch_related("choices__total")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Read the waiting votes of a whole page in one round trip."""
        response = super().changelist_view(request, extra_context)
        if "cl" in (getattr(response, "context_data", None) or {}):
            polls = [poll for poll in response.context_data["cl"].result_list if _has_tally(poll)]  # type: ignore[attr-defined]
            with suppress(RedisUnavailableError):
                waiting = ballot_box.waiting([(poll.pk, poll.tally.box) for poll in polls])
                for poll, number in zip(polls, waiting, strict=True):
                    vars(poll)["waiting"] = number
        return response


def _has_tally(poll: Poll) -> bool:
    """Tell whether a poll has its Tally row: a poll that is being added has none."""
    return hasattr(poll, "tally")

"""Admin actions for the polls selected in the list. Each is recorded in the poll's history.

Messages name no totals: the next user of the browser may see them.
"""

from contextlib import suppress
from dataclasses import dataclass

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from core.stores.redis import RedisUnavailableError
from polls.admin import files
from polls.box import ballot_box
from polls.counting import audit
from polls.host import buttons, history
from polls.host.access import host_of
from polls.host.buttons import Button
from polls.lifecycle import transitions
from polls.models import Poll, Tally

# Transitions ---------------------------------------------------------------------------------------------------------


@admin.action(
    description=gettext_lazy("Publish: visible to all, opens at the set time or manually"), permissions=["change"]
)
def publish(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
    """Move drafts to scheduled."""
    _each(page, request, polls, buttons.PUBLISH)


@admin.action(description=gettext_lazy("Open (or open again)"), permissions=["change"])
def open_polls(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
    """Open the polls by hand."""
    _each(page, request, polls, buttons.OPEN)


@admin.action(description=gettext_lazy("Close"), permissions=["change"])
def seal_polls(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
    """Seal the polls; each is final once every vote accepted before is counted."""
    _each(page, request, polls, buttons.SEAL)


def _each(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]", button: Button) -> None:
    for poll in polls:
        try:
            button.transition(poll.pk)
        except transitions.NotPossibleError as error:
            page.message_user(request, f"{poll.slug}: {error}", messages.ERROR)
            continue
        page.log_change(request, poll, button.noted)
        page.message_user(request, str(button.said_of) % {"poll": poll.slug}, messages.SUCCESS)


# Recount -------------------------------------------------------------------------------------------------------------

#: History entries for numbers that belong to no choice.
_RECOUNTED = {
    audit.What.VOTERS: gettext_noop("Recounted: {stored} voters were stored, the ballots say {told}."),
    audit.What.TIMELINE: gettext_noop("Recounted: {stored} were in the time line, the ballots say {told}."),
    audit.What.RIGHT: gettext_noop("Recounted: {stored} voters were stored as right, the ballots say {told}."),
}


@admin.action(description=gettext_lazy("Recount: set totals to what the ballots say"), permissions=["change"])
def recount(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]") -> None:
    """Repair these polls, as `manage.py audit --repair` does."""
    for poll in polls:
        try:
            before, after = audit.repair(poll.pk)
        except (Poll.DoesNotExist, Tally.DoesNotExist):
            page.message_user(request, _("%(poll)s has no tally.") % {"poll": poll.slug}, messages.ERROR)
            continue
        for difference in before.differences:
            _note(request, poll, difference)
        level, text = _recount_message(before, after)
        page.message_user(request, text % {"poll": poll.slug}, level)


def _recount_message(before: audit.Compared, after: audit.Compared) -> tuple[int, str]:
    if after.differences:
        return messages.ERROR, _("%(poll)s was recounted, and something still differs: see `manage.py audit`.")
    if before.differences:
        return messages.WARNING, _("%(poll)s was recounted. It differed from its ballots; its history says how.")
    return messages.SUCCESS, _("%(poll)s was recounted: every total equals its ballots.")


def _note(request: HttpRequest, poll: Poll, difference: audit.Difference) -> None:
    what = _RECOUNTED.get(
        difference.what, gettext_noop("Recounted: {of}: {stored} was stored, the ballots say {told}.")
    )
    stored = "0" if difference.stored is None else str(difference.stored)
    of = difference.text or difference.choice or difference.what.value
    history.note(host_of(request), poll, what, of=of, stored=stored, told=str(difference.recomputed))


# Files ---------------------------------------------------------------------------------------------------------------


@admin.action(description=gettext_lazy("Export the results as CSV"), permissions=["view"])
def export_csv(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]") -> HttpResponse:
    """Send a CSV row for each choice of each poll."""
    return files.as_csv([poll.pk for poll in polls])


@admin.action(description=gettext_lazy("Export the results as JSON"), permissions=["view"])
def export_json(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]") -> HttpResponse:
    """Send the snapshot of each poll as JSON."""
    return files.as_json([poll.pk for poll in polls])


# Reset ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loss:
    """The ballots and casts that a reset of a poll deletes."""

    poll: Poll
    round: int
    ballots: int
    #: Votes received and not yet counted; None if Redis does not answer.
    waiting: int | None
    #: The reason why the poll can't be reset; empty if it can.
    refusal: str


@admin.action(description=gettext_lazy("Reset: delete the votes, begin the next round"), permissions=["delete"])
def reset_polls(page: ModelAdmin, request: HttpRequest, polls: "QuerySet[Poll]") -> HttpResponse | None:
    """Show what a reset deletes; begin the next round once it is confirmed."""
    if request.POST.get("post"):
        _each(page, request, polls, buttons.RESET)
        return None
    losses = [_loss(poll) for poll in polls.select_related("tally")]
    context = page.admin_site.each_context(request) | {
        "title": _("Reset: delete the votes, begin the next round"),
        "opts": page.opts,
        "losses": losses,
        "possible": [loss for loss in losses if not loss.refusal],
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "media": page.media,
    }
    return TemplateResponse(request, "admin/polls/poll/reset_confirmation.html", context)


def _loss(poll: Poll) -> Loss:
    tally = getattr(poll, "tally", None)
    if tally is None or tally.state in transitions.UNOPENED:
        return Loss(poll, 1, 0, 0, _("It was never opened: there is nothing to reset."))
    waiting: int | None = None
    with suppress(RedisUnavailableError):
        waiting = ballot_box.waiting([(poll.pk, tally.box)])[0]
    return Loss(poll, tally.round, tally.voters, waiting, "")


ALL = (publish, open_polls, seal_polls, recount, export_csv, export_json, reset_polls)

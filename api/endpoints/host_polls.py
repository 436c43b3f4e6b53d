"""Operations of hosts on polls: the same operations as on their pages, with the same rules and the same history."""

from enum import StrEnum
from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from api import documents, forms
from api.access import Token
from api.endpoints.hosting import CHANGE, READ, Key
from api.endpoints.polls import results
from api.idempotency import once
from api.schemas import (
    ClosingTime,
    HostedPoll,
    HostedPollPage,
    NewPoll,
    PageNumber,
    PageSize,
    PollChange,
    Results,
    Slug,
    User,
    UserName,
)
from polls.box import definitions
from polls.host import buttons, operations
from polls.host.access import host_of, owned_by, poll_of
from polls.host.buttons import Button
from polls.host.forms import ShareForm
from polls.models import Poll
from polls.results import snapshots
from polls.results.snapshots import STAFF

router = Router(tags=["Hosting polls"], auth=Token())


class Action(StrEnum):
    """An action on a poll by one press."""

    PUBLISH = "publish"
    OPEN = "open"
    CLOSE = "close"
    RESET = "reset"
    TRY_OUT = "try-out"
    END_TEST = "end-test"


_BUTTONS: Final[dict[Action, Button]] = {
    Action.PUBLISH: buttons.PUBLISH,
    Action.OPEN: buttons.OPEN,
    Action.CLOSE: buttons.SEAL,
    Action.RESET: buttons.RESET,
    Action.TRY_OUT: buttons.TRY_OUT,
    Action.END_TEST: buttons.END_TEST,
}


def _read(request: HttpRequest, slug: str) -> HostedPoll:
    return documents.hosted_polls(request, [poll_of(request, slug)])[0]


@router.get("/polls", response={200: HostedPollPage, **READ}, summary="List your polls")
def list_hosted_polls(request: HttpRequest, page: PageNumber = 1, size: PageSize = 20) -> HostedPollPage:
    """Return the polls that you host, the newest first."""
    found = Poll.objects.hosted_by(host_of(request)).filter(tally__isnull=False).order_by("-created_at", "-id")
    rows, about = documents.page_of(found.prefetch_related("choices", "hosts"), page, size)
    return HostedPollPage(items=documents.hosted_polls(request, rows), **about)


@router.post("/polls", response={201: HostedPoll, **CHANGE}, summary="Make a poll")
def create_poll(request: HttpRequest, sent: NewPoll, idempotency_key: Key = "") -> Status[object]:
    """Make a draft, which only its hosts see."""

    def create() -> HostedPoll:
        form, choices = forms.of_new(sent)
        poll, _ = operations.create(host_of(request), form, choices.rows)
        return _read(request, poll.slug)

    return once(request, idempotency_key, create)


@router.get("/polls/{slug:slug}", response={200: HostedPoll, **READ}, summary="Read a poll of yours")
def read_hosted_poll(request: HttpRequest, slug: Slug) -> HostedPoll:
    """Return a poll with what only its hosts see."""
    return _read(request, slug)


@router.patch("/polls/{slug:slug}", response={200: HostedPoll, **CHANGE}, summary="Change a poll")
def change_poll(request: HttpRequest, slug: Slug, sent: PollChange) -> HostedPoll:
    """Change what was sent. Once opened, a poll keeps what its ballots depend on. With `version` nobody is undone."""
    poll = poll_of(request, slug)
    form, choices = forms.of_change(poll, sent, sent.version)
    operations.change(host_of(request), poll, form, choices.rows)
    return _read(request, slug)


@router.delete("/polls/{slug:slug}", response={204: None, **CHANGE}, summary="Delete a poll")
def delete_poll(request: HttpRequest, slug: Slug) -> Status[None]:
    """Delete a poll with all its votes. Only its owner may."""
    operations.delete(host_of(request), owned_by(request, slug))
    return Status(204, None)


@router.post("/polls/{slug:slug}/copies", response={201: HostedPoll, **CHANGE}, summary="Copy a poll")
def copy_poll(request: HttpRequest, slug: Slug, idempotency_key: Key = "") -> Status[object]:
    """Make a draft of yours with the same question, choices and rules."""

    def create() -> HostedPoll:
        return _read(request, operations.duplicate(host_of(request), poll_of(request, slug)).slug)

    return once(request, idempotency_key, create)


@router.post("/polls/{slug:slug}/closing-time", response={200: HostedPoll, **CHANGE}, summary="Set the closing time")
def set_closing_time(request: HttpRequest, slug: Slug, sent: ClosingTime) -> HostedPoll:
    """Close an open poll in so many minutes."""
    operations.close_in(host_of(request), poll_of(request, slug), sent.minutes, sent.after)
    return _read(request, slug)


@router.get("/polls/{slug:slug}/results", response={200: Results, 304: None, **READ}, summary="Read a result of yours")
def read_hosted_results(request: HttpRequest, slug: Slug) -> HttpResponse:
    """Return the totals, whatever the poll's result rule. `If-None-Match` as for the public result."""
    poll = poll_of(request, slug)
    newest = snapshots.newest([poll.pk], with_waiting=True)
    return results(request, definitions.of(poll), newest, STAFF)


@router.post("/polls/{slug:slug}/hosts", response={200: HostedPoll, **CHANGE}, summary="Add a host")
def add_host(request: HttpRequest, slug: Slug, sent: User) -> HostedPoll:
    """Let another user host the poll with you. Only its owner may."""
    poll = owned_by(request, slug)
    form = ShareForm(sent.model_dump())
    form.shared = poll
    if not form.is_valid():
        raise forms.sentences(form)
    operations.share(host_of(request), poll, form.user)
    return _read(request, slug)


@router.delete("/polls/{slug:slug}/hosts/{username}", response={204: None, **CHANGE}, summary="Remove a host")
def remove_host(request: HttpRequest, slug: Slug, username: UserName) -> Status[None]:
    """Take a poll from another host, or leave it yourself. Only its owner may remove others."""
    user = host_of(request)
    poll = poll_of(request, slug) if username == user.get_username() else owned_by(request, slug)
    operations.unshare(user, poll, username)
    return Status(204, None)


@router.post(
    "/polls/{slug:slug}/actions/{action}", response={200: HostedPoll, **CHANGE}, summary="Open, close, reset ..."
)
def act_on_poll(request: HttpRequest, slug: Slug, action: Action) -> HostedPoll:
    """Do what a button of the host's page does. `open` also opens a closed poll again, in the same round."""
    poll = poll_of(request, slug)
    button = _BUTTONS[action]
    if action is Action.RESET and poll.tally.is_test:
        button = buttons.GO_LIVE
    operations.press(host_of(request), poll, button)
    return _read(request, slug)

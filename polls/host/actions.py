"""Actions of hosts. Each is a POST, answered with a redirect to the page it came from, or with JSON."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import is_aware
from django.utils.translation import gettext, gettext_noop

from core.web.texts import whole_number
from polls.box.casts import NETWORK_LENGTH
from polls.host import buttons, history, operations
from polls.host.access import RefusedError, View, for_hosts, host_of, poll_of, posts_only
from polls.host.answers import done, not_done, press
from polls.host.buttons import Button
from polls.lifecycle import transitions
from polls.models import LATEST, MOST_MINUTES


def _view_of(button: Button) -> View:
    @for_hosts
    @posts_only
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        return press(request, poll_of(request, slug), button)

    return view


open_poll = _view_of(buttons.OPEN)
seal = _view_of(buttons.SEAL)
publish = _view_of(buttons.PUBLISH)
try_out = _view_of(buttons.TRY_OUT)
end_test = _view_of(buttons.END_TEST)


@for_hosts
@posts_only
def reset(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the next round; after a test the first real one."""
    poll = poll_of(request, slug)
    return press(request, poll, buttons.GO_LIVE if poll.tally.is_test else buttons.RESET)


@for_hosts
@posts_only
def close_in(request: HttpRequest, slug: str) -> HttpResponse:
    """Close the poll in `minutes`, or move the closing time `after`, which the page shows, by `minutes` or by -1."""
    poll = poll_of(request, slug)
    after = _after(request)
    minutes = _minutes(request, may_be_less=after is not None)
    try:
        closes_at = operations.close_in(host_of(request), poll, minutes, after)
    except (transitions.NotPossibleError, ObjectDoesNotExist) as error:
        return not_done(request, poll, error)
    said = gettext("It closes at %(time)s UTC.") % {"time": f"{closes_at:%H:%M:%S}"}
    return done(request, poll, "closing_time", said, closes_at=closes_at.isoformat())


@for_hosts
@posts_only
def set_aside(request: HttpRequest, slug: str) -> HttpResponse:
    """Exclude the ballots of one network from the count."""
    noted = gettext_noop("Set aside {number} ballots from network {network}.")
    return _move(request, slug, transitions.set_aside, noted)


@for_hosts
@posts_only
def put_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Count the excluded ballots of one network again."""
    noted = gettext_noop("Put back {number} ballots from network {network}.")
    return _move(request, slug, transitions.put_back, noted)


def _move(request: HttpRequest, slug: str, step: Callable[[int, str], int], noted: str) -> HttpResponse:
    poll = poll_of(request, slug)
    network = request.POST.get("network", "")
    if not re.fullmatch(f"[0-9a-f]{{{NETWORK_LENGTH}}}", network):
        raise RefusedError(400, "bad_network", gettext("This network is no longer listed. Reload the page."))
    try:
        number = step(poll.pk, network)
    except (transitions.NotPossibleError, ObjectDoesNotExist) as error:
        return not_done(request, poll, error)
    if number:
        history.note(host_of(request), poll, noted, number=str(number), network=network)
    said = gettext(noted).format(number=number, network=network)
    return done(request, poll, "moved", said, ballots=number)


def _minutes(request: HttpRequest, *, may_be_less: bool) -> int:
    text = request.POST.get("minutes", "")
    if may_be_less and text == "-1":
        return -1
    if minutes := whole_number(text, MOST_MINUTES):
        return minutes
    detail = gettext("How many minutes? A whole number from 1 to %(most)s.") % {"most": MOST_MINUTES}
    raise RefusedError(400, "bad_minutes", detail)


def _after(request: HttpRequest) -> datetime | None:
    text = request.POST.get("after")
    if text is None:
        return None
    with suppress(ValueError):
        after = datetime.fromisoformat(text)
        if is_aware(after) and after <= LATEST:
            return after
    raise RefusedError(400, "bad_time", gettext("Somebody else has changed this poll. Check it and try again."))

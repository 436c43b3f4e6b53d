"""Actions of hosts: each by POST, answered with the page it came from, or with JSON if that is asked for."""

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
from polls.host import history
from polls.host.access import RefusedError, for_hosts, host_of, poll_of, posts_only
from polls.host.answers import done, not_done
from polls.lifecycle import transitions, trials
from polls.models import LATEST, MOST_MINUTES


@for_hosts
@posts_only
def open_poll(request: HttpRequest, slug: str) -> HttpResponse:
    """Open it; a final one again, in the same round."""
    return _do(request, slug, transitions.open_poll, "opened", gettext_noop("Opened."), gettext("Poll opened."))


@for_hosts
@posts_only
def seal(request: HttpRequest, slug: str) -> HttpResponse:
    """Close it now."""
    said = gettext("Poll closed. Final once all votes are counted.")
    return _do(request, slug, transitions.seal, "closed", gettext_noop("Closed."), said)


@for_hosts
@posts_only
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a draft, to open at its time or by hand."""
    said = gettext("Poll published. It opens at its time, or when you open it.")
    return _do(request, slug, transitions.publish, "published", gettext_noop("Published."), said)


@for_hosts
@posts_only
def reset(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the next round; after a test the first real one."""
    was_test = poll_of(request, slug).tally.is_test
    if was_test:
        said = gettext("Poll is live. Test votes were deleted.")
        return _do(request, slug, transitions.reset, "live", gettext_noop("Went live after a test."), said)
    said = gettext("New round started. The last result is kept.")
    return _do(request, slug, transitions.reset, "reset", gettext_noop("New round started."), said)


@for_hosts
@posts_only
def try_out(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a test round."""
    said = gettext("Test started. Test votes are deleted when you go live.")
    return _do(request, slug, trials.try_out, "testing", gettext_noop("Test started."), said)


@for_hosts
@posts_only
def end_test(request: HttpRequest, slug: str) -> HttpResponse:
    """End the test round without going live."""
    said = gettext("Test ended. Test votes were deleted; the poll is not open.")
    return _do(request, slug, trials.end_test, "ended", gettext_noop("Ended the test."), said)


@for_hosts
@posts_only
def close_in(request: HttpRequest, slug: str) -> HttpResponse:
    """Let it close in so many `minutes`, or so many `after` the closing time that the page shows; -1 is one less."""
    poll = poll_of(request, slug)
    after = _after(request)
    minutes = _minutes(request, may_be_less=after is not None)
    try:
        closes_at = transitions.close_in(poll.pk, minutes, after=after)
    except (transitions.NotPossibleError, ObjectDoesNotExist) as error:
        return not_done(request, poll, error)
    noted = gettext_noop("Closes at {time} UTC.")
    history.note(host_of(request), poll, noted, time=f"{closes_at:%Y-%m-%d %H:%M:%S}")
    said = gettext("It closes at %(time)s UTC.") % {"time": f"{closes_at:%H:%M:%S}"}
    return done(request, poll, "closing_time", said, closes_at=closes_at.isoformat())


@for_hosts
@posts_only
def set_aside(request: HttpRequest, slug: str) -> HttpResponse:
    """Let the ballots of one network count no more, until they are put back."""
    noted = gettext_noop("Set aside {number} ballots from network {network}.")
    return _move(request, slug, transitions.set_aside, noted)


@for_hosts
@posts_only
def put_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Let them count again."""
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


def _do(
    request: HttpRequest, slug: str, step: Callable[[int], object], status: str, noted: str, said: str
) -> HttpResponse:
    """Take one step of polls.lifecycle.transitions, write down who did, and answer."""
    poll = poll_of(request, slug)
    try:
        step(poll.pk)
    except (transitions.NotPossibleError, ObjectDoesNotExist) as error:
        return not_done(request, poll, error)
    history.note(host_of(request), poll, noted)
    return done(request, poll, status, said)

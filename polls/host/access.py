"""Access to host pages: hosts reach their own polls and those that they were added to, superusers every poll."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from core.web.errors import answer, wants_json
from polls import people
from polls.models import Poll


class RefusedError(Exception):
    """A refused request: `code` is the HTTP status, `status` is for programs, the text for people."""

    def __init__(self, code: int, status: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.status = code, status


View = Callable[..., HttpResponse]


def for_hosts(view: View) -> View:
    """Let hosts alone see a page: others go to the sign-in page or are refused. Answers RefusedError."""

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return turned_away(request) or view(request, *args, **kwargs)
        except RefusedError as error:
            return answer(request, error.code, error.status, str(error))

    return wrapper


def posts_only(view: View) -> View:
    """Accept POST alone: redirect any other request, such as one after signing in, to the poll's page."""

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str) -> HttpResponse:
        if request.method == "POST":
            return view(request, slug)
        if wants_json(request):
            return answer(request, 405, "not_allowed", gettext("Use POST for this."))
        return redirect("host_poll", slug)

    return wrapper


def host_of(request: HttpRequest) -> User:
    """Return the signed-in host. Call it only after `turned_away` has let them in."""
    return cast("User", request.user)


def turned_away(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a caller who is no host: a redirect to the sign-in page, or a refusal."""
    user = request.user
    if people.may_host(user):
        return None
    if user.is_authenticated:
        detail = gettext("You are signed in as %(name)s, and this account hosts no polls. Ask whoever runs this site.")
        return answer(request, 403, "forbidden", detail % {"name": user.get_username()})
    if wants_json(request):
        return answer(request, 403, "signed_out", gettext("You are not signed in. Sign in and try again."))
    return redirect_to_login(_page_of(request))


def _page_of(request: HttpRequest) -> str:
    """Return the page to show after signing in: a form is not sent again."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    slug = request.resolver_match.kwargs.get("slug") if request.resolver_match else None
    return reverse("host_poll", args=[slug]) if slug else reverse("host")


def poll_of(request: HttpRequest, slug: str) -> Poll:
    """Return a poll of this host. Raises RefusedError; to others it does not reveal a draft."""
    poll = Poll.objects.hosted_by(host_of(request)).filter(slug=slug, tally__isnull=False).first()
    if poll is not None:
        return poll
    if Poll.objects.published().filter(slug=slug).exists():
        raise RefusedError(403, "forbidden", gettext("You don't host this poll. Its owner can add you."))
    raise RefusedError(404, "not_found", gettext("You have no poll at this address."))


def is_owner(user: User, poll: Poll) -> bool:
    """Tell whether somebody may delete the poll and add hosts."""
    return user.is_superuser or poll.owner_id == user.pk


def owned_by(request: HttpRequest, slug: str) -> Poll:
    """Return a poll as `poll_of` does, for an action of its owner alone. Raises RefusedError."""
    poll = poll_of(request, slug)
    if not is_owner(host_of(request), poll):
        raise RefusedError(403, "forbidden", gettext("Only the poll's owner can do this."))
    return poll

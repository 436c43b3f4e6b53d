"""The page that makes and edits a poll. On every error the form comes back with all that was typed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.web.errors import answer
from core.web.texts import clean
from polls import kinds, pictures
from polls.host import buttons, editing, operations, uploads
from polls.host.access import RefusedError, host_of, poll_of, turned_away
from polls.host.choices import ROWS_AT_FIRST, BaseChoices, choices_drawn, rows_of, typed_rows
from polls.host.forms import PollForm, typed
from polls.lifecycle import edits, events, transitions
from polls.models import Event, Poll, Tally, new_code

View = Callable[..., HttpResponse]

#: Buttons that change only the form.
_REARRANGES = ("add", "up", "down", "remove", "bare", "kind")


def _keeps_what_was_typed(view: View) -> View:
    """Answer with the submitted form and a message if what it needs is gone: session, picture, or Postgres."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            refusal = turned_away(request)
            if refusal is not None and request.method == "POST" and not request.user.is_authenticated:
                problem = gettext("You have been signed out, and nothing was saved. What you typed is still here.")
                sign_in = redirect_to_login(request.path)["Location"]
                return _again(request, problem, 403, sign_in=sign_in)
            return refusal or view(request, *args, **kwargs)
        except RefusedError as error:
            return answer(request, error.code, error.status, str(error))
        except pictures.GoneError as error:
            return _again(request, str(error), 409)
        except (OperationalError, InterfaceError):
            if request.method != "POST":
                raise
            problem = gettext("The database can't be reached just now, and nothing was saved. Try again in a moment.")
            return _again(request, problem, 503)

    return wrapper


def _again(request: HttpRequest, problem: str, status: int, *, seen: int | None = None, **context: Any) -> HttpResponse:
    """Return the submitted form, drawn without a store, as if filled in for the version `seen`."""
    initial = typed(request.POST) | ({} if seen is None else {"seen": seen})
    if _chosen_kind(request) not in ("", request.POST.get("kind")):
        initial.pop("max_choices", None)  # each kind has a number of its own to begin with
    is_shown = "is_quiz" not in request.POST and not _chosen_kind(request)
    form = PollForm(
        initial=initial, fixed=request.POST.get("fixed") == "1", kind=_kind(request), right_is_shown=is_shown
    )
    return _draw(request, form, _rows_again(request, form), status, problem=problem, **context)


def _rows_again(request: HttpRequest, form: PollForm) -> BaseChoices:
    """Return the submitted rows; those of the kind if another one was chosen."""
    if _chosen_kind(request) not in ("", request.POST.get("kind")):
        return _first_rows(form)
    rows = typed_rows(request.POST) if form.keeps_choices else _with_spare(request)
    return choices_drawn(rows, fixed=form.keeps_choices)


def _first_rows(form: PollForm) -> BaseChoices:
    texts = form.given_choices or [""] * (ROWS_AT_FIRST + 1)
    return choices_drawn([{"text": text} for text in texts], fixed=form.keeps_choices)


def _kind(request: HttpRequest) -> str:
    """Return the name of the kind that the form, or the address of a new one, says."""
    return kinds.named(_chosen_kind(request) or request.POST.get("kind") or request.GET.get("kind", ""))


def _chosen_kind(request: HttpRequest) -> str:
    """Return the name of the kind that the pressed button chooses; empty for another button."""
    action, _, name = request.POST.get("do", "").partition("-")
    return name if action == "kind" else ""


def _with_spare(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the submitted rows, with a spare one at the end if none is left or one was asked for."""
    rows = typed_rows(request.POST)
    adds = request.POST.get("do") == "add" or not rows or rows[-1]["text"].strip()
    return [*rows, {"text": ""}] if adds else rows


@_keeps_what_was_typed
def new(request: HttpRequest) -> HttpResponse:
    """Make a poll, of the kind that `?kind=` names, in the event that `?event=` names."""
    if request.method != "POST":
        form = PollForm(initial={"code": new_code()}, kind=_kind(request))
        return _draw(request, form, _first_rows(form))
    refused = uploads.take(request)
    if _rearranges(request):
        return _rearranged(request, refused)
    form, choices = _sent(request, refused)
    if not all([form.is_valid(), choices.is_valid()]):
        return _draw(request, form, choices, 400)
    poll, made = operations.create(host_of(request), form, choices.rows)
    if made:
        _put_into_event(request, poll)
    return _go_on(request, poll, gettext("Saved as a draft. Only hosts can see it."))


@_keeps_what_was_typed
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a poll; after its opening only texts, result rule and closing time."""
    poll = poll_of(request, slug)
    fixed = not transitions.choices_may_change(poll.tally)
    if request.method != "POST":
        kept = kinds.of(poll.kind, poll.max_choices, poll.details)
        rows = [
            {"id": row.id, "text": row.text, "picture": row.picture or "", "right": row.is_right}
            for row in rows_of(() if kept.takes_entries else poll.choices.all())
        ]
        initial = {"seen": edits.version(poll.tally), "is_quiz": any(row["right"] for row in rows)}
        is_shown = not transitions.right_may_change(poll.tally)
        form = PollForm(instance=poll, initial=initial, fixed=fixed, right_is_shown=is_shown)
        rows = rows if form.keeps_choices else [*rows, {"text": ""}]
        return _draw(request, form, choices_drawn(rows, fixed=form.keeps_choices), poll=poll)
    refused = uploads.take(request)
    if _rearranges(request):
        return _rearranged(request, refused, poll=poll)
    form, choices = _sent(request, refused, poll, fixed=fixed)
    if not all([form.is_valid(), choices.is_valid()]):
        return _draw(request, form, choices, 400, poll=poll)
    try:
        changed = operations.change(host_of(request), poll, form, choices.rows)
    except editing.ChangedMeanwhileError as error:
        problem = gettext("Somebody has changed this poll since you began. Save again to replace their version.")
        return _again(request, problem, 409, seen=error.version, poll=poll)
    except transitions.NotPossibleError as error:
        return _draw(request, form, choices, 409, poll=poll, problem=str(error))
    return _go_on(request, poll, gettext("Saved.") if changed else gettext("Nothing has changed."))


def _rearranges(request: HttpRequest) -> bool:
    return request.POST.get("do", "").partition("-")[0] in _REARRANGES


def _rearranged(request: HttpRequest, refused: uploads.Refused, **context: Any) -> HttpResponse:
    return _again(request, next(iter(refused.values()), ""), 400 if refused else 200, **context)


def _sent(
    request: HttpRequest, refused: uploads.Refused, poll: Poll | None = None, *, fixed: bool = False
) -> tuple[PollForm, BaseChoices]:
    """Return the submitted forms."""
    opens = request.POST.get("do") == "open"
    return operations.forms_of(request.POST, _kind(request), poll, fixed=fixed, opens=opens, refused=refused)


def _go_on(request: HttpRequest, poll: Poll, said: str) -> HttpResponse:
    """Show the saved poll; with `do=open` open it first, or schedule it if it has an opening time."""
    if request.POST.get("do") != "open":
        messages.success(request, said)
        return redirect("host_poll", poll.slug)
    if Tally.objects.get(pk=poll.pk).state not in transitions.UNOPENED:
        return redirect("host_poll", poll.slug)  # the same form was sent twice
    waits = Poll.objects.filter(pk=poll.pk, opens_at__gt=timezone.now()).exists()
    button = buttons.PUBLISH if waits else buttons.OPEN
    try:
        operations.press(host_of(request), poll, button)
    except transitions.NotPossibleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _when(poll) if waits else str(button.said))
    return redirect("host_poll", poll.slug)


def _put_into_event(request: HttpRequest, poll: Poll) -> None:
    """Put a new poll at the end of the event that the address names, if the caller hosts it."""
    slug = clean(request.GET.get("event", ""))
    event = Event.objects.hosted_by(host_of(request)).filter(slug=slug).first() if slug else None
    if event is not None:
        events.add(event.pk, [poll.pk])


def _when(poll: Poll) -> str:
    """Return the message with the opening time in UTC; the page shows it in the reader's time zone."""
    opens_at = Poll.objects.values_list("opens_at", flat=True).get(pk=poll.pk)
    return gettext("Scheduled for {time}.").format(time=f"{opens_at:%Y-%m-%d %H:%M} UTC")


def _draw(
    request: HttpRequest, form: PollForm, choices: BaseChoices, status: int = 200, **context: Any
) -> HttpResponse:
    shared = {
        "kinds": kinds.offered(),
        "action": request.POST.get("do", ""),
        "token_cookie": settings.CSRF_COOKIE_NAME,
        **uploads.LIMITS,
    }
    context = {"form": form, "choices": choices, **shared, **context}
    return render(request, "polls/host/edit.html", context, status=status)

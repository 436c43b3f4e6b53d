"""The table of transitions that one button makes, on the host pages and in the admin, with their texts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop

from polls.lifecycle import transitions, trials


@dataclass(frozen=True, slots=True)
class Button:
    """A transition and its texts."""

    transition: Callable[[int], object]
    #: In the JSON answer.
    status: str
    #: In the poll's history.
    noted: str
    #: On the host page; and in the admin, where several polls may be picked.
    said: Promise
    said_of: Promise | None = None


OPEN: Final = Button(
    transitions.open_poll,
    "opened",
    gettext_noop("Opened."),
    gettext_lazy("Poll opened."),
    gettext_lazy("%(poll)s was opened."),
)
#: That of a yes-or-no poll which is made by the same press.
ASK: Final = replace(OPEN, noted=gettext_noop("Asked yes or no."))
SEAL: Final = Button(
    transitions.seal,
    "closed",
    gettext_noop("Closed."),
    gettext_lazy("Poll closed. Final once all votes are counted."),
    gettext_lazy("%(poll)s was closed."),
)
PUBLISH: Final = Button(
    transitions.publish,
    "published",
    gettext_noop("Published."),
    gettext_lazy("Poll published. It opens at its time, or when you open it."),
    gettext_lazy("%(poll)s was published."),
)
RESET: Final = Button(
    transitions.reset,
    "reset",
    gettext_noop("New round started."),
    gettext_lazy("New round started. The last result is kept."),
    gettext_lazy("%(poll)s was reset."),
)
#: A reset that ends a test round.
GO_LIVE: Final = Button(
    transitions.reset,
    "live",
    gettext_noop("Went live after a test."),
    gettext_lazy("Poll is live. Test votes were deleted."),
)
TRY_OUT: Final = Button(
    trials.try_out,
    "testing",
    gettext_noop("Test started."),
    gettext_lazy("Test started. Test votes are deleted when you go live."),
)
END_TEST: Final = Button(
    trials.end_test,
    "ended",
    gettext_noop("Ended the test."),
    gettext_lazy("Test ended. Test votes were deleted; the poll is not open."),
)

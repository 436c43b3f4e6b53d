"""Texts of error pages beside the detail: a headline, what the error means for the vote, and what to do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    # Only the type stubs know it.
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class Words:
    """The headline and the meaning of an error; `meaning` is empty where the detail says it already."""

    headline: "_StrOrPromise"
    meaning: "_StrOrPromise" = ""


_NOT_STORED = _("If it was a vote, it was not recorded.")
_KEPT = _("Votes that were accepted are kept.")

#: By the status for programs ...
_BY_STATUS = {
    "csrf": Words(_("Form not accepted"), _NOT_STORED),
    "hidden": Words(_("Not shown"), _("Your vote counts all the same.")),
    "signed_out": Words(_("Not signed in"), _("Nothing was changed.")),
    "not_recorded": Words(_("Not recorded")),
    "unknown": Words(_("Not known"), _("Asking again never counts a vote twice.")),
    "not_known": Words(_("Not known"), _KEPT),
}
#: ... else by the HTTP code.
_BY_CODE = {
    400: Words(_("Can't be read"), _NOT_STORED),
    403: Words(_("Not allowed"), _("Nothing was changed. Use another account. Voting needs none.")),
    404: Words(_("Page not found"), _("No vote was cast or changed.")),
    405: Words(_("Not done"), _("Nothing was changed.")),
    409: Words(_("Not possible now"), _("Nothing was changed.")),
    410: Words(_("Lost"), _("It is not in the result.")),
    429: Words(_("Too many at once"), _("Votes that were accepted before are kept.")),
    500: Words(
        _("Our fault"),
        _("A vote that you have seen received or counted is safe. If you voted just now, look at the poll's page."),
    ),
    503: Words(_("Not available now"), _KEPT),
}
_OTHERWISE = Words(_("Not done"))


def of(code: int, status: str) -> Words:
    """Return the texts for an answer with this HTTP code and this status for programs."""
    return _BY_STATUS.get(status) or _BY_CODE.get(code, _OTHERWISE)


def way_out(code: int, status: str, method: str | None, path: str) -> dict[str, Any]:
    """Return the label of the page's one button, and where it leads."""
    if code == 404:
        return {"text": _("See the polls"), "url": "/?home"}
    if status == "signed_out" or (code == 403 and status == "forbidden"):
        return {"text": _("Sign in"), "login": True}
    if status == "csrf":
        return {"text": _("Load the page again"), "url": ""}
    if method in ("GET", "HEAD"):
        return {"text": _("Try again"), "url": ""}
    return {"text": _("Back to the page"), "url": path}

"""Pages in frames of other sites: who may show them, and their cookies.

A browser keeps the cookies of a frame apart for each site that shows it (partitioned cookies, CHIPS), so they have
names of their own. It keeps them over HTTPS alone, and where it blocks all of them there are none: then nobody votes
in the frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from core.web import csp, origins

THEMES: Final = ("light", "dark")
#: What the names of a frame's cookies begin with.
_PREFIX = "framed_"


@dataclass(frozen=True, slots=True)
class Frame:
    """The wishes in the address of a frame. `theme`: `light` or `dark`; empty: that of the page around it."""

    #: What its sockets say in `?view=`: that they have its cookies, and its rights.
    view: ClassVar = "frame"

    theme: str = ""


def enter(request: HttpRequest) -> None:
    """Take this request for one of a frame."""
    theme = request.GET.get("theme", "")
    request.frame = Frame(theme if theme in THEMES else "")  # type: ignore[attr-defined]


def of(request: HttpRequest) -> Frame | None:
    """Return the frame that the page is for; None for a page in a window of its own."""
    return getattr(request, "frame", None)


def is_framed(request: HttpRequest) -> bool:
    """Tell whether the page is for a frame."""
    return of(request) is not None


def may_keep_cookies(request: HttpRequest) -> bool:
    """Tell whether browsers keep cookies in a frame of this address at all: over HTTPS, and of their own machine."""
    return request.is_secure() or origins.is_loopback(request)


def is_a_page(request: HttpRequest) -> bool:
    """Tell whether the browser wants it for a window of its own. Browsers of before 2023 do not say so."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def is_of_this_site(request: HttpRequest) -> bool:
    """Tell whether a form was not sent by a page of another site, as far as the browser says."""
    return request.headers.get("Origin") in (None, f"{request.scheme}://{request.get_host()}")


def cookie_name(request: HttpRequest, name: str) -> str:
    """Return the name of a cookie that frames have, too."""
    return _PREFIX + name if is_framed(request) else name


def mark_cookie(response: HttpResponse, name: str) -> None:
    """Let browsers keep a cookie of this answer in a frame, if it is one of a frame (`cookie_name`)."""
    if not name.startswith(_PREFIX):
        return
    cookie = response.cookies[name]
    cookie["secure"] = True
    # Before 3.14 Python has no attribute of that name.
    cookie["samesite"] = "None; Partitioned"


def allow(response: HttpResponse, allowed: Sequence[str]) -> HttpResponse:
    """Return the answer, which pages of these origins may show in a frame; without any nobody may."""
    patch_vary_headers(response, ["Sec-Fetch-Dest"])
    if allowed:
        csp.let_frame(response, allowed)
        response.xframe_options_exempt = True
    return response

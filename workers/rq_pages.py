"""django-rq's pages under our Content-Security-Policy, which allows nothing that stands in the midst of a page.

The scripts and styles that its templates hold never change, so the policy names them, by their hashes. Attributes that
run or draw something have no such way: they are taken out, and nothing is lost by it but the click on a row that has a
link as well.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from django.http import HttpResponse

_INLINE = r"<{tag}(?: type=\"text/javascript\")?>(.*?)</{tag}>"
_ATTRIBUTE = re.compile(rb' (?:onclick|style)="[^"]*"')


def within_our_policy(response: HttpResponse) -> HttpResponse:
    """Return the page without those attributes, allowed to use the scripts and styles of its templates."""
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return response
    response.content = _ATTRIBUTE.sub(b"", response.content)
    response._csp_update = {  # type: ignore[attr-defined]  # noqa: SLF001
        "script-src": ["'self'", *_hashes("script")],
        "style-src": ["'self'", *_hashes("style")],
    }
    return response


@cache
def _hashes(tag: str) -> list[str]:
    """Return the hashes of what stands in these tags, in all templates, as a policy names them."""
    return sorted({_hash(text) for page in _templates() for text in _inline(tag, page)})


def _templates() -> Iterator[str]:
    folder = files("django_rq") / "templates" / "django_rq"
    return (page.read_text() for page in folder.iterdir() if page.name.endswith(".html"))


def _inline(tag: str, page: str) -> list[str]:
    return re.findall(_INLINE.format(tag=tag), page, re.DOTALL)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

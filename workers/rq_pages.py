"""django-rq's pages under our Content-Security-Policy, which allows no inline scripts or styles.

The inline styles of its templates never change, so the policy allows them by their hashes. Inline scripts, event
handlers and style attributes are removed. Only the click on a whole row is lost, and each row has a link: the script
calls a function that Django's actions.js no longer has, and actions.js does the same by itself.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from django.http import HttpResponse

from core.web import csp

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_SCRIPT = re.compile(rb'<script type="text/javascript">.*?</script>', re.DOTALL)
_ATTRIBUTE = re.compile(rb' (?:onclick|style)="[^"]*"')


def within_our_policy(response: HttpResponse) -> HttpResponse:
    """Return the page without them, allowed to use the styles of its templates."""
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return response
    response.content = _ATTRIBUTE.sub(b"", _SCRIPT.sub(b"", response.content))
    return csp.allow(response, "style-src", *_styles())


@cache
def _styles() -> list[str]:
    """Return the hashes of all inline styles, as a policy names them."""
    return sorted({_hash(text) for page in _templates() for text in _STYLE.findall(page)})


def _templates() -> Iterator[str]:
    folder = files("django_rq") / "templates" / "django_rq"
    return (page.read_text() for page in folder.iterdir() if page.name.endswith(".html"))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

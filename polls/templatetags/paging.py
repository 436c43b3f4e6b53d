"""Several lists on one page, each with its own pages."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django import template

register = template.Library()

#: The parameters with the page numbers of the lists.
PARAMETERS: Final = ("open", "closed", "page")


@register.simple_tag(takes_context=True)
def page_at(context: Mapping[str, Any], name: str, number: int) -> str:
    """Return the address of another page of the list of that name; the other lists keep their pages."""
    asked = context["request"].GET
    return "?" + urlencode({key: asked[key] for key in PARAMETERS if key in asked} | {name: number})

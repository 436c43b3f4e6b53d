"""Several lists on one page, each with pages of its own."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django import template

register = template.Library()

#: The parameters that turn the pages of a list.
PARAMETERS: Final = ("open", "closed", "page")


@register.simple_tag(takes_context=True)
def page_at(context: Mapping[str, Any], name: str, number: int) -> str:
    """The address of another page of the list of that name; the lists beside it stay where they are."""
    asked = context["request"].GET
    return "?" + urlencode({key: asked[key] for key in PARAMETERS if key in asked} | {name: number})

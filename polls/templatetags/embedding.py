"""Addresses on pages of a poll, which in a frame lead to what the frame may show."""

from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import reverse

from core.web.iframes import Frame

register = template.Library()


@register.simple_tag(takes_context=True)
def results_address(context: Context) -> str:
    """Return the address of the result."""
    if context.get("frame"):
        return _in_frame(context, show="results")
    return f"{context['result_url']}{reverse('results', args=[context['poll'].slug])}"


@register.simple_tag(takes_context=True)
def vote_address(context: Context) -> str:
    """Return the address of the ballot, from within a frame."""
    return _in_frame(context)


@register.simple_tag(takes_context=True)
def entry_address(context: Context) -> str:
    """Return the address that takes an entry of an open list."""
    return reverse("embed_entries" if context.get("frame") else "write_entry", args=[context["poll"].slug])


@register.simple_tag(takes_context=True)
def ballot_in_a_window(context: Context) -> str:
    """Return the address of a frame that opens the ballot in a window of its own."""
    return _in_frame(context, ballot="window")


def _in_frame(context: Context, **asked: str) -> str:
    frame: Frame = context["frame"]
    query = urlencode({**asked, **({"theme": frame.theme} if frame.theme else {})})
    return reverse("embed", args=[context["poll"].slug]) + (f"?{query}" if query else "")

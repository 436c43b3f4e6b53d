"""The address of a poll's WebSocket, for the script of a page."""

from urllib.parse import urlencode

from django import template

register = template.Library()


@register.simple_tag
def socket_path(slug: str, **options: str | None) -> str:
    """Return the path of a poll's socket, with the options that have a value."""
    query = urlencode({name: value for name, value in options.items() if value})
    return f"/ws/polls/{slug}/" + (f"?{query}" if query else "")
